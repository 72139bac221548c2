import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A Merkle path as the contracts take it. */
export interface Path {
  index: bigint;
  path: string[];
}

/** Proof of data segment inclusion as the contracts take it. */
export interface Inclusion {
  proofSubtree: Path;
  proofIndex: Path;
}

/** A published proof: a segment, its inclusion, and the deal whose aggregate it leads to. */
export interface PublishedProof {
  dealId: bigint;
  providerId: bigint;
  segment: { cid: string; root: string; height: number; paddedBytes: bigint };
  aggregate: { cid: string; root: string; height: number; paddedBytes: bigint };
  proof: Inclusion;
}

interface VectorPath {
  index: string;
  path: string[];
}

const hex = (text: string): bigint => BigInt(`0x${text}`);
const pathOf = ({ index, path }: VectorPath): Path => ({ index: hex(index), path: path.map((node) => `0x${node}`) });
const rootOf = (cid: string): string => `0x${cid.slice(-64)}`;

/** The proof of deal 180313. In the file every number of the proof is hexadecimal, without 0x. */
export function publishedProof(): PublishedProof {
  const file = join(__dirname, "../vectors/podsi-deal-180313.json");
  const deal = JSON.parse(readFileSync(file, "utf8")).dealInfo[0];
  const { verifierData, inclusionProof } = deal.proof;
  const paddedBytes = hex(verifierData.sizePc);
  const aggregateCid = "0181e20392202061857fc1ae3a26cd3521cbf387fe43ed70949522af39c2f80601b85fd999a831";
  return {
    dealId: BigInt(deal.dealId),
    providerId: BigInt(deal.storageProvider),
    segment: {
      cid: `0x${verifierData.commPc}`,
      root: rootOf(verifierData.commPc),
      height: heightOf(paddedBytes),
      paddedBytes,
    },
    aggregate: { cid: `0x${aggregateCid}`, root: rootOf(aggregateCid), height: 21, paddedBytes: 67_108_864n },
    proof: { proofSubtree: pathOf(inclusionProof.proofSubtree), proofIndex: pathOf(inclusionProof.proofIndex) },
  };
}

/** The height of a piece of so many padded bytes. */
export function heightOf(paddedBytes: bigint): number {
  return paddedBytes.toString(2).length - 6;
}

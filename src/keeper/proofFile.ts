import { readFile } from "node:fs/promises";

import { z } from "zod";

import { dealStatusAbi } from "../protocol/dealStatus";
import { pieceOfKey } from "../data/pieceKey";
import { paddedBytesOf } from "../data/piece";

const hexText = (text: string) => (text.startsWith("0x") ? text : `0x${text}`);
/** Aggregators publish numbers as hex without a prefix; ours are decimal JSON numbers or strings with one. */
const hexNumber = z
  .union([z.number().int().nonnegative(), z.string().regex(/^(0x)?[0-9a-f]+$/i)])
  .transform((value) => {
    return typeof value === "number" ? BigInt(value) : BigInt(hexText(value));
  });
const path = z.object({ index: hexNumber, path: z.array(z.string().transform(hexText)) });
const proofSchema = z.object({
  verifierData: z.object({ commPc: z.string().transform(hexText), sizePc: hexNumber }),
  inclusionProof: z.object({ proofSubtree: path, proofIndex: path }),
});
const dealSchema = z.object({ dealId: z.union([z.number(), z.string()]), proof: proofSchema });
const fileSchema = z.union([z.object({ dealInfo: z.array(dealSchema) }), dealSchema, proofSchema]);

type DealProof = z.infer<typeof proofSchema>;

export class ProofFileError extends Error {
  override readonly name = "ProofFileError";
}

/** The proof for `dealId` in an aggregator's answer (`dealInfo[]`), or the one proof that the file is. */
export async function readProofFile(file: string, dealId: bigint): Promise<DealProof> {
  const parsed = fileSchema.safeParse(JSON.parse(await readFile(file, "utf8")));
  if (!parsed.success)
    throw new ProofFileError(`${file} contains no inclusion proof: ${z.prettifyError(parsed.error)}`);
  const found = parsed.data;
  if ("inclusionProof" in found) return found;
  const deals = "dealInfo" in found ? found.dealInfo : [found];
  const deal = deals.find((it) => BigInt(it.dealId) === dealId);
  if (deal !== undefined) return deal.proof;
  throw new ProofFileError(
    `${file} has no proof for deal ${dealId}; it has proofs for deals ${deals.map((it) => it.dealId).join(", ")}.`,
  );
}

/** For a deal whose piece is the requested piece itself: two empty paths. */
export function wholePieceProof(piece: string): DealProof {
  const { cid, height } = pieceOfKey(piece);
  const empty = { index: 0n, path: [] };
  return {
    verifierData: { commPc: `0x${Buffer.from(cid.bytes).toString("hex")}`, sizePc: paddedBytesOf(height) },
    inclusionProof: { proofSubtree: empty, proofIndex: empty },
  };
}

export function completeCall(
  requestId: bigint,
  deal: { marketActorId: bigint; dealId: bigint; providerId: bigint },
  { inclusionProof, verifierData }: DealProof,
): string {
  return dealStatusAbi.encodeFunctionData(
    "complete(uint256,uint64,uint64,uint64,((uint64,bytes32[]),(uint64,bytes32[])),(bytes,uint64))",
    [requestId, deal.marketActorId, deal.dealId, deal.providerId, inclusionProof, verifierData],
  );
}

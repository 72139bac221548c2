import type { API } from "@web3-storage/data-segment";

import { fr32Unpad, PADDED_QUAD_BYTES, QUAD_BYTES } from "./fr32";
import { capacityBytesOf, heightOf, paddedBytesOf, type Piece } from "./piece";
import { NODE_BYTES } from "./pieceTree";

/** The largest aggregate that the index format and its library handle: a 32 GiB sector. */
const MAX_AGGREGATE_BYTES = 1n << 35n;
const ENTRY_BYTES = 64n;
const MIN_ENTRIES = 4n;

/** The pieces cannot be packed; the message says why. */
export class AggregateError extends Error {
  override readonly name = "AggregateError";
}

export interface AggregateMember {
  piece: Piece;
  /** The payload, `piece.payloadBytes` of it, from its start each time. */
  open(): AsyncIterable<Uint8Array>;
}

/** A Merkle path as contracts take it: the siblings, lowest first, as 0x-hex. */
export interface MerklePathAbi {
  index: bigint;
  path: string[];
}

/** The inclusion proof as `DealStatus.complete` takes it (FRC-0058). */
export interface InclusionProofAbi {
  proofSubtree: MerklePathAbi;
  proofIndex: MerklePathAbi;
}

export interface Aggregate {
  piece: Piece;
  paddedBytes: bigint;
  /** In the order in which they were given. */
  members: { piece: Piece; proof: InclusionProofAbi }[];
  /** The payload of the aggregate, unpadded: what a storage provider fetches. */
  bytes(): AsyncIterable<Uint8Array>;
}

/** The number of 64-byte entries in the index of an aggregate (FRC-0058). */
export function indexEntriesOf(paddedBytes: bigint): bigint {
  const entries = paddedBytes / 2048n / ENTRY_BYTES;
  return entries > MIN_ENTRIES ? entries : MIN_ENTRIES;
}

interface Placed {
  member: AggregateMember;
  /** Position among the members as given. */
  given: number;
  /** In padded bytes from the aggregate's start. */
  offset: bigint;
}

/** Packs pieces into one, with an index at its end and for each piece a proof that it lies inside. */
export async function buildAggregate(
  members: AggregateMember[],
  options: { paddedBytes?: bigint } = {},
): Promise<Aggregate> {
  if (members.length === 0) throw new AggregateError("An aggregate needs at least one piece.");
  const placed = place(members);
  const paddedBytes = sizeFor(placed, options.paddedBytes);

  const { Aggregate: Builder } = await import("@web3-storage/data-segment");
  const built = Builder.build({
    pieces: placed.map(({ member: { piece } }) => ({
      root: piece.root as unknown as API.MerkleTreeNode,
      height: piece.height,
      padding: 0n,
    })),
    size: Builder.Size.from(paddedBytes),
  });
  const indexStart = paddedBytes - indexEntriesOf(paddedBytes) * ENTRY_BYTES;

  const proofs = new Map(
    placed.map(({ member, given, offset }, position): [number, InclusionProofAbi] => [
      given,
      {
        proofSubtree: toAbi(built.tree.collectProof(member.piece.height, offset / paddedBytesOf(member.piece.height))),
        proofIndex: toAbi(built.tree.collectProof(1, indexStart / ENTRY_BYTES + BigInt(position))),
      },
    ]),
  );
  const height = heightOf(paddedBytes);
  const index = indexOf(built.tree, indexStart, placed.length);
  return {
    piece: {
      root: Uint8Array.from(built.root as unknown as Uint8Array),
      height,
      payloadBytes: capacityBytesOf(height),
    },
    paddedBytes,
    members: members.map(({ piece }, given) => ({ piece, proof: proofs.get(given)! })),
    bytes: () => payloadOf(placed, index, indexStart, paddedBytes),
  };
}

/** Largest first, so that each piece's offset is a multiple of its size without gaps. */
function place(members: AggregateMember[]): Placed[] {
  let offset = 0n;
  return members
    .map((member, given) => ({ member, given }))
    .sort((a, b) => b.member.piece.height - a.member.piece.height)
    .map(({ member, given }) => {
      const placed = { member, given, offset };
      offset += paddedBytesOf(member.piece.height);
      return placed;
    });
}

/** The given size, or the smallest that holds the pieces and their index; padded bytes. */
function sizeFor(placed: Placed[], asked: bigint | undefined): bigint {
  const last = placed.at(-1)!;
  const contents = last.offset + paddedBytesOf(last.member.piece.height);
  const fits = (size: bigint): boolean =>
    contents + indexEntriesOf(size) * ENTRY_BYTES <= size && BigInt(placed.length) <= indexEntriesOf(size);
  if (asked !== undefined) {
    heightOf(asked);
    if (asked > MAX_AGGREGATE_BYTES)
      throw new AggregateError(`An aggregate has at most 32 GiB of padded bytes; ${asked} bytes were asked for.`);
    if (!fits(asked)) {
      throw new AggregateError(
        `${placed.length} pieces of ${contents} padded bytes and their index do not fit into ${asked} bytes: ` +
          `choose a larger size or fewer pieces.`,
      );
    }
    return asked;
  }
  let size = 512n;
  while (size <= MAX_AGGREGATE_BYTES && !fits(size)) size *= 2n;
  if (size > MAX_AGGREGATE_BYTES) {
    throw new AggregateError(
      `${placed.length} pieces of ${contents} padded bytes do not fit into 32 GiB: make several aggregates.`,
    );
  }
  return size;
}

function toAbi([index, path]: API.ProofData): MerklePathAbi {
  return { index, path: (path as unknown as Uint8Array[]).map((node) => `0x${Buffer.from(node).toString("hex")}`) };
}

/** The index as it lies at the aggregate's end: two leaves an entry, read from the tree that was built. */
function indexOf(tree: API.AggregateTree, indexStart: bigint, entries: number): Uint8Array {
  const index = new Uint8Array(2 * NODE_BYTES * entries);
  for (let leaf = 0; leaf < 2 * entries; leaf++) {
    const node = tree.node(0, indexStart / BigInt(NODE_BYTES) + BigInt(leaf)) as unknown as Uint8Array;
    index.set(node, leaf * NODE_BYTES);
  }
  return index;
}

async function* payloadOf(
  placed: Placed[],
  index: Uint8Array,
  indexStart: bigint,
  paddedBytes: bigint,
): AsyncGenerator<Uint8Array> {
  let contents = 0n;
  for (const { member } of placed) {
    let left = member.piece.payloadBytes;
    for await (const chunk of member.open()) {
      left -= BigInt(chunk.length);
      if (left < 0n) break;
      yield chunk;
    }
    if (left !== 0n) {
      throw new AggregateError(
        `A member has ${left > 0n ? "fewer" : "more"} bytes than the ${member.piece.payloadBytes} of its piece.`,
      );
    }
    yield* zeros(capacityBytesOf(member.piece.height) - member.piece.payloadBytes);
    contents += paddedBytesOf(member.piece.height);
  }
  yield* zeros(unpadded(indexStart - contents));
  const padded = new Uint8Array(Number(paddedBytes - indexStart));
  padded.set(index);
  const tail = new Uint8Array(Number(unpadded(paddedBytes - indexStart)));
  fr32Unpad(padded, tail);
  yield tail;
}

function unpadded(paddedBytes: bigint): bigint {
  return (paddedBytes / BigInt(PADDED_QUAD_BYTES)) * BigInt(QUAD_BYTES);
}

const ZEROS = new Uint8Array(1 << 16);

function* zeros(count: bigint): Generator<Uint8Array> {
  for (let left = count; left > 0n; left -= BigInt(ZEROS.length)) {
    yield left < BigInt(ZEROS.length) ? ZEROS.subarray(0, Number(left)) : ZEROS;
  }
}

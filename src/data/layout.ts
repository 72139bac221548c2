import { ErasureCode, ErasureCodeError } from "./erasureCode";
import { capacityBytesOf, paddedBytesOf } from "./piece";
import { MIN_HEIGHT } from "./pieceTree";

/** How a payload is cut: k contiguous ranges of `shardBytes`, the last zero-filled; each range fills a piece. */
export interface Layout {
  code: ErasureCode;
  payloadBytes: bigint;
  /** Payload of a shard: 127 × 2^m bytes. */
  shardBytes: bigint;
  /** Padded size of a shard. */
  paddedShardBytes: bigint;
  shardHeight: number;
  /** Height of droot: n shards, filled up with zero pieces to a power of two. */
  rootHeight: number;
}

/** A shard's payload is at most 2^46 bytes: offsets stay exact as numbers. */
const MAX_SHARD_HEIGHT = 41;

/** The layout with the smallest shards that hold the payload, or with the padded shard size given. */
export function layoutOf(code: ErasureCode, payloadBytes: bigint, paddedShardBytes?: bigint): Layout {
  if (payloadBytes < 0n) throw new ErasureCodeError(`A payload cannot have ${payloadBytes} bytes.`);
  let shardHeight = MIN_HEIGHT;
  const holds = (): boolean => BigInt(code.dataShards) * capacityBytesOf(shardHeight) >= payloadBytes;
  const right = (): boolean =>
    paddedShardBytes === undefined ? holds() : paddedBytesOf(shardHeight) >= paddedShardBytes;
  while (!right() && shardHeight < MAX_SHARD_HEIGHT) shardHeight++;
  if (!holds() || (paddedShardBytes !== undefined && paddedBytesOf(shardHeight) !== paddedShardBytes)) {
    throw new ErasureCodeError(
      `${code.dataShards} shards of ${paddedShardBytes ?? paddedBytesOf(shardHeight)} padded bytes ` +
        `(a power of two, at least 128) do not hold a payload of ${payloadBytes} bytes.`,
    );
  }
  return {
    code,
    payloadBytes,
    shardBytes: capacityBytesOf(shardHeight),
    paddedShardBytes: paddedBytesOf(shardHeight),
    shardHeight,
    rootHeight: shardHeight + Math.ceil(Math.log2(code.totalShards)),
  };
}

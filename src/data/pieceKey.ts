import { hexlify } from "ethers";
import type { CID } from "multiformats/cid";

import { capacityBytesOf, heightOf, type Piece } from "./piece";
import { parsePieceCid, PieceCidError, pieceCidV2 } from "./pieceCid";

/** A piece's key: its root and height. The payload's size, which a CID v2 also carries, does not make another piece. */
export function pieceKeyOf(root: Uint8Array | string, height: number): string {
  return `${typeof root === "string" ? root : hexlify(root)}-${height}`;
}

/** The piece's CID v2 with no claim about its payload: what the contract knows. */
export function pieceOfKey(key: string): { root: Uint8Array; height: number; cid: CID } {
  const [hex, height] = key.split("-");
  const piece = { root: Buffer.from(hex!.slice(2), "hex"), height: Number(height) };
  return { ...piece, cid: pieceCidV2({ ...piece, payloadBytes: capacityBytesOf(piece.height) }) };
}

/** A piece from a CID v2, or from a CID v1 and its padded size. */
export function pieceOf(cid: string | Uint8Array, paddedBytes?: bigint): Piece {
  const parts = parsePieceCid(cid);
  const height = parts.height ?? (paddedBytes === undefined ? undefined : heightOf(paddedBytes));
  if (height === undefined) {
    throw new PieceCidError(
      "A piece CID v1 does not say how large the piece is: give its padded size in bytes as well.",
    );
  }
  if (paddedBytes !== undefined && heightOf(paddedBytes) !== height) {
    throw new PieceCidError(`The piece CID says 2^${height + 5} padded bytes, not ${paddedBytes}.`);
  }
  return { root: parts.root, height, payloadBytes: parts.payloadBytes ?? capacityBytesOf(height) };
}

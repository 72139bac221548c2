import { CID } from "multiformats/cid";
import * as Digest from "multiformats/hashes/digest";
import { varint } from "multiformats";

import { capacityBytesOf, type Piece } from "./piece";
import { MAX_HEIGHT, MIN_HEIGHT, NODE_BYTES } from "./pieceTree";

const RAW = 0x55;
const FIL_COMMITMENT_UNSEALED = 0xf101;
/** Multihash of piece CID v1: the bare root. */
const SHA2_256_TRUNC254_PADDED = 0x1012;
/** Multihash of piece CID v2 (FRC-0069): payload padding, height, root. */
const FR32_SHA2_256_TRUNC254_PADDED_BINARY_TREE = 0x1011;

/** A piece CID cannot be read or made; the message shows it. */
export class PieceCidError extends Error {
  override readonly name = "PieceCidError";
}

/** What a piece CID tells. Version 1 carries neither height nor payload size. */
export interface PieceCidParts {
  root: Uint8Array;
  height?: number;
  payloadBytes?: bigint;
}

/** The CID of the bare root. */
export function pieceCidV1(piece: Pick<Piece, "root">): CID {
  return CID.createV1(FIL_COMMITMENT_UNSEALED, Digest.create(SHA2_256_TRUNC254_PADDED, piece.root));
}

/** The CID of root, height and payload padding (FRC-0069). Throws PieceCidError when the payload does not fit the height. */
export function pieceCidV2(piece: Piece): CID {
  const padding = capacityBytesOf(piece.height) - piece.payloadBytes;
  if (piece.height < MIN_HEIGHT || piece.height > MAX_HEIGHT || padding < 0n) {
    throw new PieceCidError(`No piece of height ${piece.height} holds a payload of ${piece.payloadBytes} bytes.`);
  }
  // Padding is below 2^53 as long as the height is below 49, which no sector reaches.
  const paddingLength = varint.encodingLength(Number(padding));
  const digest = new Uint8Array(paddingLength + 1 + NODE_BYTES);
  varint.encodeTo(Number(padding), digest, 0);
  digest[paddingLength] = piece.height;
  digest.set(piece.root, paddingLength + 1);
  return CID.createV1(RAW, Digest.create(FR32_SHA2_256_TRUNC254_PADDED_BINARY_TREE, digest));
}

/** Reads a piece CID v1 or v2: a CID, its text, its bytes, or those in hex (0x…), with or without a leading 0x00. */
export function parsePieceCid(cid: string | Uint8Array | CID): PieceCidParts {
  const { code, multihash } = toCid(cid);
  if (code === FIL_COMMITMENT_UNSEALED && multihash.code === SHA2_256_TRUNC254_PADDED) {
    if (multihash.digest.length !== NODE_BYTES) throw new PieceCidError(`${show(cid)}: its root is not 32 bytes long.`);
    return { root: multihash.digest };
  }
  if (code === RAW && multihash.code === FR32_SHA2_256_TRUNC254_PADDED_BINARY_TREE)
    return parseV2(multihash.digest, cid);
  throw new PieceCidError(
    `${show(cid)} is not a piece CID: those start with baga6ea4sea (v1) or bafkzcib (v2). ` +
      `For the CID of a file or a CAR, compute its piece first (npx hardhat data commp FILE).`,
  );
}

function parseV2(digest: Uint8Array, cid: string | Uint8Array | CID): PieceCidParts {
  const [padding, paddingLength] = readVarint(digest, cid);
  if (digest.length !== paddingLength + 1 + NODE_BYTES)
    throw new PieceCidError(`${show(cid)}: its digest has a wrong length.`);
  const height = digest[paddingLength]!;
  if (height < MIN_HEIGHT || height > MAX_HEIGHT)
    throw new PieceCidError(`${show(cid)}: no piece has height ${height}.`);
  const payloadBytes = capacityBytesOf(height) - BigInt(padding);
  if (payloadBytes < 0n) throw new PieceCidError(`${show(cid)}: its padding of ${padding} bytes exceeds the piece.`);
  return { root: digest.slice(paddingLength + 1), height, payloadBytes };
}

function readVarint(bytes: Uint8Array, cid: string | Uint8Array | CID): [value: number, length: number] {
  try {
    const [value, length] = varint.decode(bytes);
    if (varint.encodingLength(value) === length) return [value, length];
  } catch {
    // Falls through to the error below.
  }
  throw new PieceCidError(`${show(cid)}: its payload padding is not a varint.`);
}

function toCid(cid: string | Uint8Array | CID): CID {
  try {
    if (typeof cid === "string") return /^0x/i.test(cid) ? toCid(fromHex(cid)) : CID.parse(cid.trim());
    if (cid instanceof Uint8Array) return CID.decode(cid[0] === 0 ? cid.subarray(1) : cid);
    return CID.asCID(cid) ?? CID.decode(cid.bytes);
  } catch (cause) {
    throw new PieceCidError(`${show(cid)} is not a CID.`, { cause });
  }
}

function fromHex(hex: string): Uint8Array {
  if (!/^0x([0-9a-f]{2})+$/i.test(hex)) throw new PieceCidError(`${hex} is not hex.`);
  return Uint8Array.from(Buffer.from(hex.slice(2), "hex"));
}

function show(cid: string | Uint8Array | CID): string {
  return cid instanceof Uint8Array ? `0x${Buffer.from(cid).toString("hex")}` : String(cid);
}

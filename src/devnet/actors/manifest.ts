import { getBytes, hexlify } from "ethers";

import { delegatedAddress } from "./addresses";

/** The receiver of a notice about a piece: an Ethereum address, or the bytes of any Filecoin address. */
export interface NoticeManifest {
  receiver: string | Uint8Array;
  payload: Uint8Array;
}

export interface PieceManifest {
  root: Uint8Array;
  paddedBytes: bigint;
  notify?: NoticeManifest[];
}

export interface SectorManifest {
  number: bigint;
  /** The epoch to which the provider commits the sector. */
  expiration: bigint;
  /** f05 deals whose pieces lie in the sector, before `pieces`. */
  dealIds?: bigint[];
  pieces?: PieceManifest[];
}

/** The bytes of f05. */
const MARKET_ADDRESS = "0x0005";

/** A manifest whose deals are resolved to pieces that notify f05. */
interface FlatManifest {
  sectors: { number: bigint; expiration: bigint }[];
  pieces: { parent: bigint; paddedSize: bigint; root: string }[];
  notices: { parent: bigint; receiver: string; payload: string }[];
}

/** As `Manifest.sol` takes it; sectors ascend by number. */
export function flatten(sectors: SectorManifest[]): FlatManifest {
  const flat: FlatManifest = { sectors: [], pieces: [], notices: [] };
  const ascending = [...sectors].sort((a, b) => (a.number < b.number ? -1 : 1));
  for (const sector of ascending) {
    for (const piece of sector.pieces ?? []) {
      for (const notice of piece.notify ?? []) {
        flat.notices.push({
          parent: BigInt(flat.pieces.length),
          receiver: receiverBytes(notice.receiver),
          payload: hexlify(notice.payload),
        });
      }
      flat.pieces.push({
        parent: BigInt(flat.sectors.length),
        paddedSize: piece.paddedBytes,
        root: hexlify(piece.root),
      });
    }
    flat.sectors.push({ number: sector.number, expiration: sector.expiration });
  }
  return flat;
}

/** A deal's piece as a commit names it: f05 is told, with the deal's id as CBOR. */
export function dealPiece(deal: { id: bigint; pieceRoot: Uint8Array; paddedBytes: bigint }): PieceManifest {
  const notice = { receiver: getBytes(MARKET_ADDRESS), payload: cborUint(deal.id) };
  return { root: deal.pieceRoot, paddedBytes: deal.paddedBytes, notify: [notice] };
}

/** Whether any receiver is another than f05. */
export function hasContractNotice(sectors: SectorManifest[]): boolean {
  const notices = sectors.flatMap((sector) => sector.pieces ?? []).flatMap((piece) => piece.notify ?? []);
  return notices.some((notice) => receiverBytes(notice.receiver) !== MARKET_ADDRESS);
}

function cborUint(value: bigint): Uint8Array {
  if (value < 24n) return Uint8Array.of(Number(value));
  const width = [1, 2, 4, 8].find((bytes) => value < 1n << BigInt(8 * bytes));
  if (width === undefined) throw new RangeError(`${value} takes more than 64 bits`);
  return getBytes(`0x${(24 + Math.log2(width)).toString(16)}${value.toString(16).padStart(2 * width, "0")}`);
}

function receiverBytes(receiver: string | Uint8Array): string {
  return typeof receiver === "string" ? delegatedAddress(receiver) : hexlify(receiver);
}

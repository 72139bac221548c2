import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { commitPiece, paddedBytesOf, type Piece } from "../data/piece";
import { pieceCidV2 } from "../data/pieceCid";
import { parentOf, zeroRoot } from "../data/pieceTree";

/** Where a piece's payload lies: a range of a file. */
export interface Shelved {
  file: string;
  offset: bigint;
  payloadBytes: bigint;
}

/** Bytes were not the piece they were said to be. */
export class PieceMismatchError extends Error {
  override readonly name = "PieceMismatchError";
}

interface Entry extends Shelved {
  piece: Piece;
  /** Sub-pieces live as long as the piece that contains them. */
  container: string;
}

/** Pieces as files of a folder, and the pieces inside aggregates as ranges of those files. */
export class PieceShelf {
  private readonly entries: Entry[] = [];

  constructor(private readonly folder: string) {}

  /** Takes the bytes of a piece in, provided that they are that piece and that `members` lie in it as FRC-0058 lays
   *  them out; `members` stand in the order of the aggregate's index. */
  async add(piece: Piece, source: AsyncIterable<Uint8Array>, members: Piece[] = []): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const container = pieceCidV2(piece).toString();
    const file = path.join(this.folder, `${container}.piece`);
    const incoming = `${file}.incoming`;
    try {
      await pipeline(Readable.from(bounded(source, piece.payloadBytes)), createWriteStream(incoming));
      await expectPiece(piece, incoming, 0n);
      const inner = layout(members).map(({ piece: member, offset }) => ({ piece: member, offset, file: incoming }));
      for (const { piece: member, offset } of inner) await expectPiece(member, incoming, offset);
      await rename(incoming, file);
      this.entries.push({ piece, file, offset: 0n, payloadBytes: piece.payloadBytes, container });
      for (const { piece: member, offset } of inner)
        this.entries.push({ piece: member, file, offset, payloadBytes: member.payloadBytes, container });
    } finally {
      await rm(incoming, { force: true });
    }
  }

  /** Where a piece lies, whole or inside an aggregate; a v1 CID knows no height. `usable` says which containers may
   *  be read now. */
  find(
    wanted: { root: Uint8Array; height?: number; payloadBytes?: bigint },
    usable: (container: Piece) => boolean = () => true,
  ): Shelved | undefined {
    return this.entries.find(
      ({ piece, container }) =>
        Buffer.compare(piece.root, wanted.root) === 0 &&
        (wanted.height === undefined || wanted.height === piece.height) &&
        (wanted.payloadBytes === undefined || wanted.payloadBytes === piece.payloadBytes) &&
        usable(this.entries.find((entry) => pieceCidV2(entry.piece).toString() === container)!.piece),
    );
  }

  /** Turns over one byte on the disk. */
  async corrupt(wanted: { root: Uint8Array; height?: number }): Promise<void> {
    const shelved = this.find(wanted);
    if (shelved === undefined) return;
    const file = await open(shelved.file, "r+");
    try {
      const byte = new Uint8Array(1);
      await file.read(byte, 0, 1, Number(shelved.offset));
      await file.write(Uint8Array.of(byte[0]! ^ 0xff), 0, 1, Number(shelved.offset));
    } finally {
      await file.close();
    }
  }

  async remove(piece: Piece): Promise<void> {
    const container = pieceCidV2(piece).toString();
    const gone = this.entries.filter((entry) => entry.container === container);
    for (const entry of gone) this.entries.splice(this.entries.indexOf(entry), 1);
    for (const file of new Set(gone.map((entry) => entry.file))) await rm(file, { force: true });
  }
}

/** Reads a range of a shelved piece, `last` included. */
export function readShelved(shelved: Shelved, first = 0n, last = shelved.payloadBytes - 1n): Readable {
  if (last < first) return Readable.from([]);
  return createReadStream(shelved.file, {
    start: Number(shelved.offset + first),
    end: Number(shelved.offset + last),
  });
}

/** Each piece at the next multiple of its own size. */
function layout(members: Piece[]): { piece: Piece; offset: bigint }[] {
  let end = 0n;
  return members.map((piece) => {
    const size = paddedBytesOf(piece.height);
    const start = ((end + size - 1n) / size) * size;
    end = start + size;
    return { piece, offset: (start / 128n) * 127n };
  });
}

async function expectPiece(piece: Piece, file: string, offset: bigint): Promise<void> {
  const found = await commitPiece(readShelved({ file, offset, payloadBytes: piece.payloadBytes }));
  if (found.payloadBytes !== piece.payloadBytes)
    throw new PieceMismatchError(`the source gave ${found.payloadBytes} bytes of ${piece.payloadBytes}`);
  // A piece may be larger than its payload needs: its tree is filled up with zeros.
  let root = found.root;
  for (let height = found.height; height < piece.height; height++) root = parentOf(root, zeroRoot(height));
  if (found.height > piece.height || Buffer.compare(root, piece.root) !== 0)
    throw new PieceMismatchError(`the bytes are ${pieceCidV2(found)}, not ${pieceCidV2(piece)}`);
}

async function* bounded(source: AsyncIterable<Uint8Array>, payloadBytes: bigint): AsyncGenerator<Uint8Array> {
  let left = payloadBytes;
  for await (const chunk of source) {
    left -= BigInt(chunk.length);
    if (left < 0n) throw new PieceMismatchError(`the source gave more than the piece's ${payloadBytes} bytes`);
    yield chunk;
  }
}

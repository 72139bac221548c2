import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { paddedBytesOf, type Piece } from "../../data/piece";
import { pieceCidV2 } from "../../data/pieceCid";
import { atMost, PieceMismatchError, verifyPiece } from "../../providers/verifyPiece";

/** Where a piece's payload lies: a range of a file. */
export interface Shelved {
  file: string;
  offset: bigint;
  payloadBytes: bigint;
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
    const incoming = `${file}.${randomUUID()}.incoming`;
    try {
      await pipeline(Readable.from(atMost(source, piece.payloadBytes)), createWriteStream(incoming));
      await expectPiece(piece, incoming, 0n);
      const inner = layout(members).map(({ piece: member, offset }) => ({ piece: member, offset, file: incoming }));
      for (const { piece: member, offset } of inner) await expectPiece(member, incoming, offset);
      await rename(incoming, file);
      // Two deals may bring the same piece.
      this.forget(container);
      this.entries.push({ piece, file, offset: 0n, payloadBytes: piece.payloadBytes, container });
      for (const { piece: member, offset } of inner)
        this.entries.push({ piece: member, file, offset, payloadBytes: member.payloadBytes, container });
    } finally {
      await rm(incoming, { force: true });
    }
  }

  /** Where a piece lies, whole or inside an aggregate. A v1 CID knows no height; what a v2 CID says of the payload's
   *  size only moves the line between payload and padding, both zeros there. `usable`: which containers may be read. */
  find(
    wanted: { root: Uint8Array; height?: number },
    usable: (container: Piece) => boolean = () => true,
  ): Shelved | undefined {
    return this.entries.find(
      ({ piece, container }) =>
        Buffer.compare(piece.root, wanted.root) === 0 &&
        (wanted.height === undefined || wanted.height === piece.height) &&
        usable(this.entries.find((entry) => pieceCidV2(entry.piece).toString() === container)!.piece),
    );
  }

  /** Changes one byte on the disk. */
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
    for (const file of this.forget(container)) await rm(file, { force: true });
  }

  private forget(container: string): Set<string> {
    const gone = this.entries.filter((entry) => entry.container === container);
    for (const entry of gone) this.entries.splice(this.entries.indexOf(entry), 1);
    return new Set(gone.map((entry) => entry.file));
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
  const found = await verifyPiece(readShelved({ file, offset, payloadBytes: piece.payloadBytes }), piece);
  if (found.payloadBytes !== piece.payloadBytes)
    throw new PieceMismatchError(`the source gave ${found.payloadBytes} bytes of ${piece.payloadBytes}`);
}

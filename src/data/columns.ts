import { tableBytesOf, writeTables } from "./erasureCode";
import { QUAD_BYTES } from "./fr32";
import type { Matrix } from "./galois";
import { Kernels } from "./kernels";
import { LeafHasher } from "./leafHasher";
import { Frontier, MIN_HEIGHT } from "./pieceTree";

type Awaitable<T> = T | Promise<T>;

/**
 * A shard as a strip of bytes. Shards are worked on by columns: the same range of all of them at a time.
 * The first lanes of a job are its inputs, as many as its matrix has columns; the others are its rows.
 */
export interface Lane {
  /** Fills `into` from offset `at` of the shard. Inputs have it. */
  read?(into: Uint8Array, at: number): Awaitable<void>;
  /** Takes the bytes at offset `at`; they are valid until it returns or resolves. */
  write?(bytes: Uint8Array, at: number): Awaitable<void>;
  /** Whether the lane is committed to. */
  hash: boolean;
}

/** Bytes of all lanes that are worked on at once: they stay in the processor's cache. */
const BLOCK_BYTES = 1 << 20;
const MIN_BLOCK_QUADS = 32;
const MAX_BLOCK_QUADS = 4096;

/** Reads, combines, commits and writes lanes, in memory that does not grow with them. */
export class ColumnWork {
  private readonly blockQuads: number;
  private readonly kernels: Kernels;
  private readonly hasher: LeafHasher;
  private readonly areas: number[];
  private readonly inputs: number;
  private readonly at: { tables: number; sources: number; targets: number };

  /** @param maxQuads the longest range that will be asked for */
  constructor(
    private readonly lanes: Lane[],
    private readonly matrix: Matrix,
    maxQuads: number,
  ) {
    this.inputs = lanes.length - matrix.length;
    this.blockQuads = blockQuadsFor(lanes.length, maxQuads);
    const block = this.blockQuads * QUAD_BYTES;
    const tableBytes = tableBytesOf(matrix.length, this.inputs);
    this.kernels = new Kernels([
      tableBytes,
      4 * this.inputs,
      4 * matrix.length,
      LeafHasher.area(this.blockQuads),
      ...lanes.map(() => block),
    ]);
    this.at = {
      tables: this.kernels.take(tableBytes),
      sources: this.kernels.take(4 * this.inputs),
      targets: this.kernels.take(4 * matrix.length),
    };
    this.hasher = new LeafHasher(this.kernels, this.blockQuads);
    this.areas = lanes.map(() => this.kernels.take(block));
    if (matrix.length > 0) writeTables(this.kernels, this.at.tables, matrix);
    this.kernels.writeAddresses(this.at.sources, this.areas.slice(0, this.inputs));
    this.kernels.writeAddresses(this.at.targets, this.areas.slice(this.inputs));
  }

  /** Works on `quads` (a power of two) groups of 127 bytes from `fromQuad` on; returns the roots of the hashed lanes. */
  async run(fromQuad: number, quads: number): Promise<Uint8Array[]> {
    const block = Math.min(quads, this.blockQuads);
    const frontiers = this.lanes.map(({ hash }) => (hash ? new Frontier() : undefined));
    for (let quad = fromQuad; quad < fromQuad + quads; quad += block) {
      const offset = quad * QUAD_BYTES;
      for (let lane = 0; lane < this.inputs; lane++) {
        const reading = this.lanes[lane]!.read!(this.view(lane, block), offset);
        if (reading !== undefined) await reading;
      }
      this.combine(block);
      for (const [lane, { write }] of this.lanes.entries()) {
        frontiers[lane]?.append(this.hasher.rootOf(this.areas[lane]!, block), Math.log2(block) + MIN_HEIGHT);
        const writing = write?.(this.view(lane, block), offset);
        if (writing !== undefined) await writing;
      }
    }
    const height = Math.log2(quads) + MIN_HEIGHT;
    return frontiers.filter((frontier) => frontier !== undefined).map((frontier) => frontier.close(height).root);
  }

  private view(lane: number, quads: number): Uint8Array {
    return this.kernels.view(this.areas[lane]!, quads * QUAD_BYTES);
  }

  private combine(quads: number): void {
    if (this.matrix.length === 0) return;
    const bytes = Math.ceil((quads * QUAD_BYTES) / 32) * 32;
    const { tables, sources, targets } = this.at;
    this.kernels.run.combine(sources, this.inputs, tables, targets, this.matrix.length, bytes);
  }
}

function blockQuadsFor(lanes: number, maxQuads: number): number {
  let quads = MIN_BLOCK_QUADS;
  while (quads < MAX_BLOCK_QUADS && 2 * quads * QUAD_BYTES * lanes <= BLOCK_BYTES) quads *= 2;
  return Math.min(quads, maxQuads);
}

import { type Matrix, inverse, inverted, product, productTable } from "./galois";
import { Kernels } from "./kernels";

const MAX_SHARDS = 255;

/** k, n, shards or sizes do not fit together; the message names them. */
export class ErasureCodeError extends Error {
  override readonly name = "ErasureCodeError";
}

/** Systematic Reed–Solomon: shards 0 … k−1 are the data, the others parity by the rows 1/((k+i) ⊕ j). */
export class ErasureCode {
  constructor(
    readonly dataShards: number,
    readonly totalShards: number,
  ) {
    const whole = Number.isInteger(dataShards) && Number.isInteger(totalShards);
    if (!whole || dataShards < 1 || totalShards <= dataShards || totalShards > MAX_SHARDS) {
      throw new ErasureCodeError(
        `A code needs 1 ≤ k < n ≤ ${MAX_SHARDS}: k = ${dataShards} data shards of n = ${totalShards} in all was given.`,
      );
    }
  }

  /** Row `shard` of the generator matrix: how the shard follows from the data shards. */
  row(shard: number): Uint8Array {
    this.checkShard(shard);
    return Uint8Array.from({ length: this.dataShards }, (_, j) =>
      shard < this.dataShards ? Number(shard === j) : inverse(shard ^ j),
    );
  }

  /** How the shards `wanted` follow from exactly k shards `given`. */
  rows(given: readonly number[], wanted: readonly number[]): Matrix {
    if (given.length !== this.dataShards || new Set(given).size !== given.length) {
      throw new ErasureCodeError(
        `${this.dataShards} different shards are needed; shards ${given.join(", ") || "none"} were given.`,
      );
    }
    const toData = inverted(given.map((shard) => this.row(shard)));
    return product(
      wanted.map((shard) => this.row(shard)),
      toData,
    );
  }

  private checkShard(shard: number): void {
    if (!Number.isInteger(shard) || shard < 0 || shard >= this.totalShards) {
      throw new ErasureCodeError(`There is no shard ${shard}: they are 0 to ${this.totalShards - 1}.`);
    }
  }
}

/** Bytes of the tables for a matrix. */
export function tableBytesOf(rows: number, columns: number): number {
  return 32 * rows * columns;
}

/** Lays a matrix out for the kernel: by groups of up to four rows, then columns, then rows of the group. */
export function writeTables(kernels: Kernels, at: number, matrix: Matrix): void {
  const tables = kernels.view(at, tableBytesOf(matrix.length, matrix[0]?.length ?? 0));
  let offset = 0;
  for (let group = 0; group < matrix.length; group += 4) {
    const rows = matrix.slice(group, group + 4);
    for (let column = 0; column < rows[0]!.length; column++) {
      for (const row of rows) {
        tables.set(productTable(row[column]!), offset);
        offset += 32;
      }
    }
  }
}

const BLOCK_BYTES = 1 << 14;

/** Multiplies shards in memory by a matrix: `outputs[r] = Σ_j matrix[r][j] · inputs[j]`. */
export function combineShards(matrix: Matrix, inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void {
  const bytes = inputs[0]?.length ?? 0;
  if ([...inputs, ...outputs].some((shard) => shard.length !== bytes)) {
    throw new ErasureCodeError("All shards must have the same length.");
  }
  const block = Math.min(BLOCK_BYTES, Math.ceil(bytes / 32) * 32);
  const tableBytes = tableBytesOf(outputs.length, inputs.length);
  const areas = [...inputs, ...outputs].map(() => block);
  const kernels = new Kernels([tableBytes, 4 * inputs.length, 4 * outputs.length, ...areas]);
  const tables = kernels.take(tableBytes);
  const sources = kernels.take(4 * inputs.length);
  const targets = kernels.take(4 * outputs.length);
  const from = inputs.map(() => kernels.take(block));
  const to = outputs.map(() => kernels.take(block));
  writeTables(kernels, tables, matrix);
  kernels.writeAddresses(sources, from);
  kernels.writeAddresses(targets, to);
  for (let at = 0; at < bytes; at += block) {
    const length = Math.min(block, bytes - at);
    inputs.forEach((input, i) => kernels.view(from[i]!, length).set(input.subarray(at, at + length)));
    kernels.run.combine(sources, inputs.length, tables, targets, outputs.length, Math.ceil(length / 32) * 32);
    outputs.forEach((output, i) => output.set(kernels.view(to[i]!, length), at));
  }
}

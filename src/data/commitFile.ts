import { closeSync, fstatSync } from "node:fs";

import { openForReading } from "./byteFiles";
import { type ColumnResult, runColumns, type RunOptions } from "./columnsRun";
import { QUAD_BYTES } from "./fr32";
import { heightForPayload, type Piece } from "./piece";

/** The piece that a file makes, on several threads when it is large. */
export async function commitFile(path: string, options: RunOptions = {}): Promise<Piece> {
  return (await commitFileWithNodes(path, options)).piece;
}

/** As above, with the nodes of the piece's tree at `unitHeight`. */
export async function commitFileWithNodes(
  path: string,
  options: RunOptions & { unitHeight?: number } = {},
): Promise<{ piece: Piece; nodes: Uint8Array[]; nodeHeight: number }> {
  const descriptor = openForReading(path);
  try {
    const length = fstatSync(descriptor).size;
    const height = heightForPayload(BigInt(length));
    const job = {
      lanes: [{ read: { descriptor, offset: 0, length, path }, hash: true }],
      matrix: [],
      quads: Math.ceil(length / QUAD_BYTES),
      height,
    };
    const unitHeight = options.unitHeight === undefined ? undefined : Math.min(options.unitHeight, height);
    const result: ColumnResult = await runColumns(job, { ...options, unitHeight });
    const { root, unitRoots } = result.lanes[0]!;
    return { piece: { root, height, payloadBytes: BigInt(length) }, nodes: unitRoots, nodeHeight: result.unitHeight };
  } finally {
    closeSync(descriptor);
  }
}

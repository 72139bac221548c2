import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";

import { ColumnWork, type Lane } from "./columns";
import { runThreaded } from "./columnsThreads";
import { type FileLane, isFileLane, openLanes } from "./fileLanes";
import { QUAD_BYTES } from "./fr32";
import type { Matrix } from "./galois";
import { Frontier, MIN_HEIGHT } from "./pieceTree";

export interface RunOptions {
  /** Worker threads; 0 works on the calling thread. By default as many as there are processors, for large inputs. */
  threads?: number;
  signal?: AbortSignal;
  /** Called with the bytes done and the bytes in all, of all inputs together. */
  onProgress?: (doneBytes: number, totalBytes: number) => void;
}

export interface ColumnJob {
  lanes: (FileLane | Lane)[];
  matrix: Matrix;
  /** The longest input in quads; lanes are filled with zeros to whole ranges. */
  quads: number;
  /** Height of the subtree of each hashed lane. */
  height: number;
}

export interface LaneResult {
  root: Uint8Array;
  /** Roots of the lane's subtrees of `unitHeight`, left to right. */
  unitRoots: Uint8Array[];
}

export interface ColumnResult {
  /** One for each hashed lane, in order. */
  lanes: LaneResult[];
  unitHeight: number;
}

/** Bytes of all lanes in one unit of work: what a thread does between two looks at progress and abortion. */
const UNIT_BYTES = 1 << 23;
/** Below this a worker thread takes longer to start than it saves. */
const THREADED_BYTES = 1 << 28;

/** Works through all columns, on several threads when it pays; memory does not grow with the lanes. */
export async function runColumns(
  job: ColumnJob,
  options: RunOptions & { unitHeight?: number } = {},
): Promise<ColumnResult> {
  const unitQuads = options.unitHeight === undefined ? unitQuadsFor(job) : 2 ** (options.unitHeight - MIN_HEIGHT);
  const units = Math.max(1, Math.ceil(job.quads / unitQuads));
  const inputs = job.lanes.length - job.matrix.length;
  const unitBytes = unitQuads * QUAD_BYTES * inputs;
  let done = 0;
  const unitRoots: Uint8Array[][] = [];
  const finish = (unit: number, roots: Uint8Array[]): void => {
    unitRoots[unit] = roots;
    done++;
    options.onProgress?.(done * unitBytes, units * unitBytes);
  };

  options.signal?.throwIfAborted();
  const threads = Math.min(options.threads ?? threadsFor(job), units);
  if (threads > 0 && job.lanes.every(isFileLane)) {
    const { lanes, matrix } = job;
    await runThreaded({ lanes, matrix, unitQuads }, units, threads, options.signal, finish);
  } else {
    await runHere(job, unitQuads, units, options, finish);
  }

  const unitHeight = Math.log2(unitQuads) + MIN_HEIGHT;
  const hashed = job.lanes.filter(({ hash }) => hash).length;
  const lanes = Array.from({ length: hashed }, (_, lane) => {
    const roots = unitRoots.map((unit) => unit[lane]!);
    const frontier = new Frontier();
    for (const root of roots) frontier.append(root, unitHeight);
    return { root: frontier.close(job.height).root, unitRoots: roots };
  });
  return { lanes, unitHeight };
}

function unitQuadsFor({ lanes, quads, height }: ColumnJob): number {
  let unit = 1;
  while (unit < quads && 2 * unit * QUAD_BYTES * lanes.length <= UNIT_BYTES) unit *= 2;
  return Math.min(unit, 2 ** (height - MIN_HEIGHT));
}

function threadsFor({ lanes, quads }: ColumnJob): number {
  const processors = availableParallelism();
  return processors > 1 && lanes.length * quads * QUAD_BYTES >= THREADED_BYTES ? processors : 0;
}

async function runHere(
  job: ColumnJob,
  unitQuads: number,
  units: number,
  { signal }: RunOptions,
  finish: (unit: number, roots: Uint8Array[]) => void,
): Promise<void> {
  const work = new ColumnWork(openLanes(job.lanes), job.matrix, unitQuads);
  for (let unit = 0; unit < units; unit++) {
    finish(unit, await work.run(unit * unitQuads, unitQuads));
    // Lets signals and timers in.
    await setImmediate();
    signal?.throwIfAborted();
  }
}

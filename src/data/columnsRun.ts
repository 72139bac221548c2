import { availableParallelism } from "node:os";
import { extname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";

import { DataFileError, type FileRange, readRange, writeRange } from "./byteFiles";
import { ColumnWork, type Lane } from "./columns";
import { QUAD_BYTES } from "./fr32";
import type { Matrix } from "./galois";
import { Frontier, MIN_HEIGHT } from "./pieceTree";

/** A lane in files, which a worker thread can take. */
export interface FileLane {
  read?: FileRange;
  write?: FileRange;
  hash: boolean;
}

export interface RunOptions {
  /** Worker threads; 0 works on the calling thread. By default as many as there are processors, for large inputs. */
  threads?: number;
  signal?: AbortSignal;
  /** Told how many bytes, of all inputs together, are done of how many. */
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
  if (threads > 0 && job.lanes.every(isFileLane)) await runThreaded(job, unitQuads, units, threads, options, finish);
  else await runHere(job, unitQuads, units, options, finish);

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

/** Lanes in files as lanes. */
export function openLanes(lanes: (FileLane | Lane)[]): Lane[] {
  return lanes.map((lane) => {
    if (!isFileLane(lane)) return lane;
    const { read, write, hash } = lane;
    return {
      hash,
      ...(read && { read: (into: Uint8Array, at: number) => readRange(read, into, at) }),
      ...(write && { write: (bytes: Uint8Array, at: number) => writeRange(write, bytes, at) }),
    };
  });
}

function isFileLane(lane: FileLane | Lane): lane is FileLane {
  return typeof lane.read !== "function" && typeof lane.write !== "function";
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

export interface WorkerJob {
  lanes: FileLane[];
  matrix: Matrix;
  unitQuads: number;
}

/** What a worker answers to the number of a unit. */
export type WorkerAnswer = { unit: number; roots: Uint8Array[] } | { unit: number; message: string };

async function runThreaded(
  job: ColumnJob,
  unitQuads: number,
  units: number,
  threads: number,
  { signal }: RunOptions,
  finish: (unit: number, roots: Uint8Array[]) => void,
): Promise<void> {
  const workerData: WorkerJob = { lanes: job.lanes as FileLane[], matrix: job.matrix, unitQuads };
  const workers = Array.from({ length: threads }, () => startWorker(workerData));
  let stop: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      let next = 0;
      let left = units;
      stop = () => reject(signal!.reason as Error);
      signal?.addEventListener("abort", stop);
      for (const worker of workers) {
        const give = (): void => {
          if (next < units) worker.postMessage(next++);
        };
        worker.on("error", reject);
        worker.on("exit", (code) => reject(new Error(`A worker thread ended early (${code}).`)));
        worker.on("message", (answer: WorkerAnswer) => {
          if ("message" in answer) return reject(new DataFileError(answer.message));
          finish(answer.unit, answer.roots);
          left--;
          if (left === 0) resolve();
          else give();
        });
        give();
      }
    });
  } finally {
    if (stop !== undefined) signal?.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function startWorker(workerData: WorkerJob): Worker {
  const extension = extname(__filename);
  const fromSource = extension === ".ts" ? ["--require", "ts-node/register/transpile-only"] : [];
  return new Worker(join(__dirname, `columnsWorker${extension}`), { workerData, execArgv: fromSource });
}

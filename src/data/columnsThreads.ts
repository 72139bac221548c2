import { DataFileError } from "./byteFiles";
import type { FileLane } from "./fileLanes";
import type { Matrix } from "./galois";
import { startWorker } from "./workerThread";

export interface WorkerJob {
  lanes: FileLane[];
  matrix: Matrix;
  unitQuads: number;
}

/** What a worker answers to the number of a unit. */
export type WorkerAnswer = { unit: number; roots: Uint8Array[] } | { unit: number; message: string };

/** Gives out the numbers of units to worker threads until all are done. */
export async function runThreaded(
  workerData: WorkerJob,
  units: number,
  threads: number,
  signal: AbortSignal | undefined,
  finish: (unit: number, roots: Uint8Array[]) => void,
): Promise<void> {
  const workers = Array.from({ length: threads }, () => startWorker("columnsWorker", workerData));
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
        worker.on("exit", (code) => reject(new Error(`A worker thread ended early, with exit code ${code}.`)));
        worker.on("message", (answer: WorkerAnswer) => {
          if ("message" in answer) return reject(new DataFileError(answer.message));
          finish(answer.unit, answer.roots);
          left--;
          if (left === 0) resolve();
          else give();
        });
        // One more than it works on, so that it never waits for the next.
        give();
        give();
      }
    });
  } finally {
    if (stop !== undefined) signal?.removeEventListener("abort", stop);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

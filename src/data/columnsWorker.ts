import { parentPort, workerData } from "node:worker_threads";

import { ColumnWork } from "./columns";
import type { WorkerAnswer, WorkerJob } from "./columnsThreads";
import { openLanes } from "./fileLanes";

// One thread of `runColumns`: takes numbers of units, answers with the roots of their subtrees.
const { lanes, matrix, unitQuads } = workerData as WorkerJob;
const work = new ColumnWork(openLanes(lanes), matrix, unitQuads);

parentPort!.on("message", (unit: number) => {
  work.run(unit * unitQuads, unitQuads).then(
    (roots) => answer({ unit, roots }),
    (error: Error) => answer({ unit, message: error.message }),
  );
});

function answer(message: WorkerAnswer): void {
  parentPort!.postMessage(message);
}

import type { PieceTerms } from "./deal";

/** Jobs on one piece merge: the highest target and the largest thresholds. */
export function mergeTerms(jobs: readonly PieceTerms[]): PieceTerms {
  const merged: PieceTerms = { replicationTarget: 0, repairThresholdEpochs: 0n, renewThresholdEpochs: 0n };
  for (const job of jobs) {
    merged.replicationTarget = Math.max(merged.replicationTarget, job.replicationTarget);
    merged.repairThresholdEpochs = larger(merged.repairThresholdEpochs, job.repairThresholdEpochs);
    merged.renewThresholdEpochs = larger(merged.renewThresholdEpochs, job.renewThresholdEpochs);
  }
  return merged;
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

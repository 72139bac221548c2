import type { Job } from "../store/schema";
import type { SqlStore } from "../store/store";
import { type JobRequest, jobWarnings, newJob } from "./jobSchema";

export interface Registered {
  job: Job;
  warnings: string[];
}

/** Stores the jobs, all or none; when this returns they are durable. */
export async function registerJobs(
  store: SqlStore,
  requests: readonly JobRequest[],
  now = new Date(),
): Promise<Registered[]> {
  const jobs = requests.map((request) => newJob(request, now));
  await store.jobs.add(jobs);
  const held = await store.pieces.heldAmong(jobs.map((job) => job.piece));
  const registered: Registered[] = [];
  for (const [index, { id, piece }] of jobs.entries()) {
    const warnings = jobWarnings(requests[index]!, held.has(piece));
    registered.push({ job: (await store.jobs.get(id))!, warnings });
  }
  return registered;
}

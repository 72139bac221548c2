import type { FastifyInstance } from "fastify";
import { z } from "zod";

import type { Job } from "../../store/schema";
import { jobRequestsSchema, parseOldJobRequest } from "../jobSchema";
import { plain } from "../../service/json";
import { type Registered, registerJobs } from "../register";
import { Problem } from "../../service/http/problem";
import type { NodeParts } from "./parts";

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
  after: z.string().max(40).default(""),
});

/** A job as the HTTP API shows it. */
export function jobView(job: Job): unknown {
  const { id, cid, replicationTarget, repairThreshold, renewThreshold, fetchLink, requestId, state, createdAt } = job;
  const terms = { replicationTarget, repairThreshold, renewThreshold };
  return plain({ id, cid, state, ...terms, fetchLink, requestId, createdAt });
}

export function jobRoutes(server: FastifyInstance, { keeper, wake }: NodeParts): void {
  const { store } = keeper;
  const view = ({ job, warnings }: Registered) => ({ ...(jobView(job) as object), warnings });

  server.post("/register_jobs", async (request, reply) => {
    const body = jobRequestsSchema.parse(request.body);
    const registered = await registerJobs(store, Array.isArray(body) ? body : [body]);
    wake();
    return reply.code(201).send({ jobs: registered.map(view) });
  });

  server.post("/api/register_job", async (request, reply) => {
    const registered = await registerJobs(store, [parseOldJobRequest(request.body)]);
    wake();
    return reply.code(201).send(view(registered[0]!));
  });

  server.get("/jobs", async (request) => {
    const { limit, after } = pageSchema.parse(request.query);
    const jobs = await store.jobs.list(limit, after);
    return { jobs: jobs.map(jobView), next: jobs.length === limit ? jobs.at(-1)!.id : null };
  });

  server.get<{ Params: { id: string } }>("/jobs/:id", async (request) => {
    return jobView((await store.jobs.get(request.params.id)) ?? noJob(request.params.id));
  });

  server.delete<{ Params: { id: string } }>("/jobs/:id", async (request, reply) => {
    if (!(await store.jobs.remove(request.params.id))) noJob(request.params.id);
    wake();
    return reply.code(204).send();
  });
}

function noJob(id: string): never {
  throw new Problem(404, "no-such-job", "No such job", `No live job has the id ${id}; GET /jobs lists them.`);
}

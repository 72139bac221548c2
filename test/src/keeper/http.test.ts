import { createHash, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

import { expect } from "chai";
import pino from "pino";

import { pieceKeyOf } from "../../../src/data/pieceKey";
import { commitPiece } from "../../../src/data/piece";
import { pieceCidV2 } from "../../../src/data/pieceCid";
import { startNode, TokenNeededError, type NodeOptions, type RunningNode } from "../../../src/keeper/node";
import { ChainStandIn } from "../../support/chainStandIn";
import { KEEPER_KEY, temporaryFolder } from "../../support/keeper";
import { until } from "../../support/until";

const HOUR_MS = 3_600_000;

describe("keeper", () => {
  describe("http", () => {
    let chain: ChainStandIn;
    let node: RunningNode;
    let folder: ReturnType<typeof temporaryFolder>;
    let ticks: number;

    const start = async (options: Partial<NodeOptions> = {}) => {
      ticks = 0;
      const settings = { confirmMs: 0, readTag: "latest" as const, requestTimeoutEpochs: 1_000n };
      const log = pino({ level: "silent" });
      const base = { rpc: chain, contract: chain.address, privateKey: KEEPER_KEY, dataFolder: folder.folder, log };
      const onTick = () => void ticks++;
      node = await startNode({ ...base, settings, intervalMs: HOUR_MS, maxUploadBytes: 100_000, onTick, ...options });
      await until(() => ticks > 0);
    };
    const ask = (path: string, init?: RequestInit) => fetch(`${node.url}${path}`, init);
    const post = (path: string, body: unknown) =>
      ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const upload = async (bytes: Uint8Array) => ask("/upload", { method: "POST", body: bytes as never });

    beforeEach(() => {
      chain = new ChainStandIn();
      folder = temporaryFolder();
    });
    afterEach(async () => {
      await node?.stop();
      folder.remove();
    });

    it("stores a file, registers it, and asks for copies with its own link", async () => {
      await start();
      const bytes = randomBytes(50_000);
      const uploaded = await upload(bytes);
      expect(uploaded.status).to.equal(201);
      const { cid, cidV1, payloadBytes, paddedBytes } = await bodyOf(uploaded);
      expect(cid).to.match(/^bafkzcib/);
      expect(cidV1).to.match(/^baga6ea4sea/);
      expect({ payloadBytes, paddedBytes }).to.deep.equal({ payloadBytes: 50_000, paddedBytes: 65_536 });

      const registered = await post("/register_jobs", { cid, replicationTarget: 3 });
      expect(registered.status).to.equal(201);
      const { jobs } = await bodyOf(registered);
      expect(jobs[0]).to.include({ cid, state: "live", replicationTarget: 3 });
      expect(jobs[0].warnings).to.deep.equal([]);
      await until(() => chain.requests.length === 3);
      expect(chain.requests[0]!.fetchLink).to.equal(`${node.url}/piece/${cid}`);

      const status = await bodyOf(await ask(`/status/${cid}`));
      expect(status).to.include({ urgency: "degraded", healthy: 0, needed: 0 });
      expect(status.inFlight).to.have.length(3);
      for (const name of [cid, cidV1]) {
        const back = await ask(`/piece/${name}`);
        expect(Buffer.compare(Buffer.from(await back.arrayBuffer()), bytes)).to.equal(0);
      }
    });

    it("serves ranges", async () => {
      await start();
      const bytes = randomBytes(1_000);
      const { cid } = await bodyOf(await upload(bytes));
      const range = async (header: string) => {
        const answer = await ask(`/piece/${cid}`, { headers: { range: header } });
        return {
          status: answer.status,
          range: answer.headers.get("content-range"),
          body: Buffer.from(await answer.arrayBuffer()),
        };
      };
      expect(await range("bytes=10-19")).to.deep.equal({
        status: 206,
        range: "bytes 10-19/1000",
        body: bytes.subarray(10, 20),
      });
      expect(await range("bytes=990-")).to.deep.equal({
        status: 206,
        range: "bytes 990-999/1000",
        body: bytes.subarray(990),
      });
      expect(await range("bytes=-5")).to.deep.equal({
        status: 206,
        range: "bytes 995-999/1000",
        body: bytes.subarray(995),
      });
      expect((await range("bytes=0-99999")).range).to.equal("bytes 0-999/1000");
      expect((await range("bytes=1000-")).status).to.equal(416);
      expect((await range("pages=1-2")).status).to.equal(200);
    });

    it("retrieves what it holds, and says who was asked for what nobody has", async () => {
      await start();
      const bytes = randomBytes(3_000);
      const { cid } = await bodyOf(await upload(bytes));
      const back = await ask(`/retrieve/${cid}`);
      expect(back.headers.get("x-retrieved-from")).to.equal("this node");
      const hash = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
      expect(hash(new Uint8Array(await back.arrayBuffer()))).to.equal(hash(bytes));
      const missing = await ask("/retrieve/bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy");
      expect(missing.status).to.equal(404);
      expect((await bodyOf(missing)).detail).to.contain("no source of the bytes is known");
    });

    it("retrieves from a healthy provider before a faulty one, and only what is right", async () => {
      const bytes = randomBytes(2_000);
      const piece = await commitPiece(bytes);
      const cid = pieceCidV2(piece).toString();
      const asked: string[] = [];
      const gateway = createServer((request, response) => {
        asked.push(request.url!);
        response.end(request.url!.startsWith("/liar") ? randomBytes(2_000) : bytes);
      });
      await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
      const at = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}`;
      const providersFile = path.join(folder.folder, "gateways.json");
      const names = ["faulty", "liar", "sound"];
      writeFileSync(
        providersFile,
        JSON.stringify(names.map((name, i) => ({ id: `${1001 + i}`, url: `${at}/${name}` }))),
      );
      const key = pieceKeyOf(piece.root, piece.height);
      const deals = names.map((_, i) =>
        chain.list(key, { dealId: BigInt(i), providerId: BigInt(1001 + i), sector: 1n }),
      );
      chain.faulty.set(key, [{ deal: deals[0]!, status: "faulty" }]);
      await start({ providersFile });
      const back = await ask(`/retrieve/${cid}`);
      expect(Buffer.compare(Buffer.from(await back.arrayBuffer()), bytes)).to.equal(0);
      expect(back.headers.get("x-retrieved-from")).to.equal("provider f01003 (active)");
      expect(asked.map((url) => url.split("/")[1])).to.deep.equal(["liar", "sound"]);
      gateway.closeAllConnections();
      gateway.close();
    });

    it("refuses with a problem that names the value and the next step", async () => {
      await start();
      const problems: [Response, number, string, string][] = [
        [
          await post("/register_jobs", { cid: "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWKPbdG" }),
          400,
          "invalid-piece-cid",
          "data commp",
        ],
        [await post("/register_jobs", { cid: "nonsense" }), 400, "invalid-piece-cid", "nonsense"],
        [await post("/register_jobs", { cid: "x", replicationTarget: 0 }), 400, "invalid-request", "replicationTarget"],
        [
          await post("/register_jobs", { cid: "x", fetchLink: "file:///etc/passwd" }),
          400,
          "invalid-request",
          "fetchLink",
        ],
        [await post("/register_jobs", []), 400, "invalid-request", "Too small"],
        [await ask("/jobs/nope"), 404, "no-such-job", "GET /jobs"],
        [await ask("/jobs/nope", { method: "DELETE" }), 404, "no-such-job", "nope"],
        [await ask("/nowhere"), 404, "no-such-route", "/nowhere"],
        [await upload(randomBytes(100_001)), 413, "", ""],
        [await ask("/upload", { method: "POST", body: new FormData() }), 415, "form-upload", "curl -T"],
        [
          await ask("/piece/bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy"),
          404,
          "not-held",
          "/retrieve/",
        ],
      ];
      for (const [answer, status, type, detail] of problems) {
        const problem = await bodyOf(answer);
        expect(answer.status, JSON.stringify(problem)).to.equal(status);
        expect(answer.headers.get("content-type")).to.contain("application/problem+json");
        expect(problem.type).to.contain(type);
        expect(problem.detail).to.contain(detail);
      }
    });

    it("says that a repair threshold below a proving period is meaningless on a real network", async () => {
      await start();
      const cid = "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy";
      const { jobs } = await bodyOf(await post("/register_jobs", { cid, repairThreshold: 100 }));
      expect(jobs[0].warnings.join()).to.contain("2880").and.to.contain("fetchLink");
    });

    it("takes many jobs at once, all or none, and lists and removes them", async () => {
      await start();
      const cid = "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy";
      expect((await post("/register_jobs", [{ cid }, { cid: "bad" }])).status).to.equal(400);
      expect((await bodyOf(await ask("/jobs"))).jobs).to.deep.equal([]);
      expect((await post("/register_jobs", [{ cid }, { cid, replicationTarget: 5 }])).status).to.equal(201);
      const first = await bodyOf(await ask("/jobs?limit=1"));
      expect(first.jobs).to.have.length(1);
      const rest = await bodyOf(await ask(`/jobs?limit=5&after=${first.next}`));
      expect(rest.jobs).to.have.length(1);
      const id = first.jobs[0].id;
      expect((await ask(`/jobs/${id}`, { method: "DELETE" })).status).to.equal(204);
      expect((await bodyOf(await ask(`/jobs/${id}`))).state).to.equal("removed");
    });

    it("keeps the old name", async () => {
      await start();
      const cid = "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy";
      const body = { cid, replicationTarget: "2", epochs: "4", jobType: "all", aggregator: "lighthouse" };
      const answer = await post("/api/register_job", body);
      expect(answer.status).to.equal(201);
      expect(await bodyOf(answer)).to.include({ cid, replicationTarget: 2, repairThreshold: 4, renewThreshold: 4 });
    });

    it("tells its health and its figures", async () => {
      await start();
      const health = await bodyOf(await ask("/healthz"));
      expect(health).to.include({ status: "ok", epoch: 1_000, failures: 0 });
      const metrics = await (await ask("/metrics")).text();
      expect(metrics).to.match(/raas_ticks_total\{result="ok"\} 1/);
    });

    it("does not let a web page use it", async () => {
      await start();
      const evil = await ask("/jobs", { headers: { origin: "https://evil.example" } });
      expect(evil.status).to.equal(403);
      expect((await ask("/jobs", { headers: { origin: node.url } })).status).to.equal(200);
    });

    it("needs a token anywhere but on loopback, and then asks for it", async () => {
      await expectRejection(start({ host: "0.0.0.0" }), TokenNeededError);
      await start({ token: "secret" });
      expect((await ask("/jobs")).status).to.equal(401);
      expect((await ask("/jobs", { headers: { authorization: "Bearer wrong" } })).status).to.equal(401);
      expect((await ask("/jobs", { headers: { authorization: "Bearer secret" } })).status).to.equal(200);
      expect((await ask("/healthz")).status).to.equal(200);
    });

    it("limits the rate", async () => {
      await start({ requestsPerMinute: 3 });
      const statuses = [];
      for (let i = 0; i < 4; i++) statuses.push((await ask("/jobs")).status);
      expect(statuses).to.deep.equal([200, 200, 200, 429]);
    });

    it("goes on after the chain was away, and stops cleanly", async () => {
      await start({ intervalMs: 1 });
      chain.intercept = () => {
        throw new Error("connect ECONNREFUSED");
      };
      await until(() => node.state.failures >= 3);
      expect((await ask("/healthz")).status).to.equal(503);
      chain.intercept = undefined;
      const before = ticks;
      node.wake();
      await until(() => ticks > before);
      expect((await ask("/healthz")).status).to.equal(200);
    });
  });
});

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function bodyOf(answer: Response): Promise<any> {
  return answer.json();
}

async function expectRejection(promise: Promise<unknown>, type: new (...args: never[]) => Error): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(type);
}

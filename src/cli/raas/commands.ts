import { copyFile, readFile, rename } from "node:fs/promises";
import { createReadStream } from "node:fs";

import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { pieceCidV2 } from "../../data/pieceCid";
import { pieceOfKey } from "../../data/pieceKey";
import { URGENCIES } from "../../policy/piece";
import { PieceFolder } from "../../store/pieceFolder";
import { raasToken } from "../../hardhat/config";
import { explain, pieceKeyOfCid } from "../../keeper/explain";
import { FaultFinder } from "../../keeper/faults";
import { jobView } from "../../keeper/http/jobs";
import { jobRequestSchema, jobRequestsSchema } from "../../keeper/jobSchema";
import { startNode } from "../../keeper/node";
import { type Judged, judgePieces } from "../../keeper/read";
import { registerJobs } from "../../keeper/register";
import { retrieve } from "../../keeper/retrieve";
import { statusView, verdictView } from "../../keeper/statusView";
import { table } from "../table";
import { type KeeperArgs, keeperOptions, TaskError, withKeeper } from "../network";
import { print, needsAttention } from "../command";
import { tick } from "../../keeper/tick";

type Hre = HardhatRuntimeEnvironment;
type Args<T = object> = KeeperArgs & { json: boolean } & T;

const short = (text: string) => (text.length > 24 ? `${text.slice(0, 12)}…${text.slice(-8)}` : text);

interface RegisterArgs {
  cid?: string;
  file?: string;
  from?: string;
  size?: string;
  target?: number;
  repair?: number;
  renew?: number;
  link?: string;
}

export async function register(hre: Hre, args: Args<RegisterArgs>): Promise<void> {
  await withKeeper(hre, args, undefined, async ({ store, dataFolder }) => {
    const requests = await jobRequestsOf(args, new PieceFolder(dataFolder, store.pieces));
    const registered = await registerJobs(store, requests);
    print(
      args.json,
      registered.map(({ job, warnings }) => ({ ...(jobView(job) as object), warnings })),
      () => {
        const rows = registered.map(({ job }) => [job.id, job.cid, job.replicationTarget]);
        const warnings = registered.flatMap((it) => it.warnings).map((warning) => `\nNote: ${warning}`);
        return table(["job", "piece", "copies"], rows) + warnings.join("");
      },
    );
  });
}

async function jobRequestsOf(args: RegisterArgs, pieces: PieceFolder) {
  if (args.from !== undefined) return [jobRequestsSchema.parse(JSON.parse(await readFile(args.from, "utf8")))].flat();
  const { size, target, repair, renew, link } = args;
  const terms = { paddedBytes: size, replicationTarget: target, repairThreshold: repair, renewThreshold: renew };
  let cid = args.cid;
  if (args.file !== undefined) {
    cid = pieceCidV2(await pieces.put(createReadStream(args.file), Number.MAX_SAFE_INTEGER)).toString();
  }
  if (cid === undefined)
    throw new TaskError("No piece is named: give its piece CID, a file with --file, or jobs with --from.");
  return [jobRequestSchema.parse({ cid, fetchLink: link, ...terms })];
}

export async function jobs(hre: Hre, args: Args<{ limit: number }>): Promise<void> {
  await withKeeper(hre, args, undefined, async ({ store }) => {
    const list = await store.jobs.list(args.limit);
    print(args.json, list.map(jobView), () => {
      const rows = list.map((job) => {
        const origin = job.requestId === null ? "registered" : `request ${job.requestId}`;
        return [
          job.id,
          short(job.cid),
          job.replicationTarget,
          job.repairThreshold,
          job.renewThreshold,
          job.state,
          origin,
        ];
      });
      const head = ["job", "piece", "copies", "repair after (epochs)", "renew before (epochs)", "state", "from"];
      return rows.length === 0 ? "No jobs. Register one: npx hardhat raas register CID" : table(head, rows);
    });
  });
}

/** Every piece, the worst first. Exit code 2 when one is lost or has a single copy left. */
export async function status(hre: Hre, args: Args<{ cid?: string }>): Promise<void> {
  if (args.cid !== undefined) return explainPiece(hre, { ...args, cid: args.cid });
  await withKeeper(hre, args, undefined, async (keeper) => {
    const judged: Judged[] = [];
    const block = await keeper.chain.pin();
    const faults = await FaultFinder.start(keeper, block);
    for (let after = ""; ; after = judged.at(-1)!.piece) {
      const pieces = await keeper.store.piecesAfter(after, keeper.settings.batchPieces);
      judged.push(...(await judgePieces(keeper, pieces, block, faults)));
      if (pieces.length < keeper.settings.batchPieces) break;
    }
    judged.sort((a, b) => URGENCIES.indexOf(a.urgency) - URGENCIES.indexOf(b.urgency));
    print(args.json, { epoch: block.number, pieces: judged.map(verdictView) }, () => statusTable(judged, block.number));
    if (judged.some(({ urgency }) => urgency === "lost" || urgency === "critical")) needsAttention();
  });
}

function statusTable(judged: readonly Judged[], epoch: bigint): string {
  const rows = judged.map((piece) => {
    const { cid } = pieceOfKey(piece.piece);
    const causes = piece.deals.filter((deal) => !["active", "pending"].includes(deal.health));
    const why = causes.map(({ deal, health }) => `f0${deal.providerId} ${health}`).join(", ");
    const copies = `${piece.healthy}/${piece.terms.replicationTarget}`;
    return [piece.urgency, short(piece.jobs[0]?.cid ?? cid.toString()), copies, piece.inFlight.length, why];
  });
  const title = `At epoch ${epoch}`;
  return `${title}\n${table(["state", "piece", "copies", "in flight", "deals that need attention"], rows)}`;
}

export async function explainPiece(hre: Hre, args: Args<{ cid: string }>): Promise<void> {
  await withKeeper(hre, args, undefined, async (keeper) => {
    const explained = await explain(keeper, await pieceKeyOfCid(keeper, args.cid));
    print(args.json, statusView(explained), () => {
      const { terms, deals, inFlight, decisions, source } = explained;
      const rows = deals.map(({ deal, health, holds, reason }) => {
        return [deal.dealId, `f0${deal.providerId}`, health, holds ? "yes" : "no", reason];
      });
      return [
        `Epoch ${explained.epoch}: ${explained.urgency}. ${explained.reason}.`,
        `Terms: ${terms.replicationTarget} copies, repair after ${terms.repairThresholdEpochs} epochs, renew ${terms.renewThresholdEpochs} epochs before the end.`,
        ...(rows.length > 0 ? [table(["deal", "provider", "health", "held", "why"], rows)] : ["No deals yet."]),
        ...inFlight.map(({ reason }) => `In flight: ${reason}`),
        ...decisions.map((it) => `Next: ${it.kind === "submit" ? it.purpose : it.kind}, because ${it.reason}`),
        source === undefined ? "Bytes: no source is known." : `Bytes: ${source.link} (${source.reason})`,
      ].join("\n");
    });
  });
}

/** Exit code 2 when a decision could not be carried out. */
export async function tickOnce(hre: Hre, args: Args<{ dryRun: boolean }>): Promise<void> {
  await withKeeper(hre, args, "raas tick", async (keeper) => {
    const report = await tick(keeper, { dryRun: args.dryRun });
    print(args.json, report, () => {
      const cidOf = (piece: string) => short(pieceOfKey(piece).cid.toString());
      const rows = report.decisions.map(({ piece, kind, reason }) => [kind, cidOf(piece), reason]);
      const { epoch, pieces, sent, waiting, blocked } = report;
      return [
        `Epoch ${epoch}: ${pieces} pieces, ${rows.length} decisions, ${sent} sent, ${waiting} waiting.`,
        ...(rows.length > 0 ? [table(["decision", "piece", "because"], rows)] : []),
        ...blocked.map(({ piece, reason }) => `Blocked: ${cidOf(piece)}: ${reason}`),
      ].join("\n");
    });
    if (report.blocked.length > 0) needsAttention();
  });
}

interface NodeArgs {
  host?: string;
  port: number;
  publicUrl?: string;
  interval: number;
  maxUpload: number;
}

/** Runs until SIGTERM or SIGINT, then finishes what has begun. */
export async function runNode(hre: Hre, args: Args<NodeArgs>): Promise<void> {
  const options = await keeperOptions(hre, { ...args, logs: true });
  const { host, port, publicUrl } = args;
  const token = raasToken === "" ? undefined : raasToken;
  const limits = { intervalMs: args.interval * 1000, maxUploadBytes: args.maxUpload * 2 ** 20 };
  const node = await startNode({ ...options, host, port, publicUrl, token, ...limits });
  console.log(
    `RaaS node at ${node.url}, key ${node.keeper.outbox.address}, data in ${options.dataFolder}. Ctrl-C stops it.`,
  );
  await new Promise<void>((resolve) => {
    process.once("SIGTERM", resolve);
    process.once("SIGINT", resolve);
  });
  console.log("Finishing what has begun …");
  await node.stop();
}

export async function retrieveTo(hre: Hre, args: Args<{ cid: string; out: string }>): Promise<void> {
  await withKeeper(hre, args, undefined, async (keeper) => {
    const got = await retrieve(keeper, new PieceFolder(keeper.dataFolder, keeper.store.pieces), args.cid);
    if (!got.temporary) await copyFile(got.file, args.out);
    else await rename(got.file, args.out).catch(() => copyFile(got.file, args.out));
    const done = { file: args.out, payloadBytes: got.payloadBytes, from: got.source };
    print(args.json, done, () => `${args.out}: ${got.payloadBytes} bytes, verified, from ${got.source}.`);
  });
}

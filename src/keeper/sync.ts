import { ulid } from "ulid";

import type { Block } from "../filecoin/block";
import { type ChainEvent, decodeLogs } from "../protocol/events";
import { pieceOfKey } from "../data/pieceKey";
import type { SqlStore } from "../store/store";
import type { Keeper, ServeRule } from "./ports";

const CURSOR = "dealStatus";

/** A pinned block so little behind the cursor is another node's answer, not a reorganisation. */
const MAX_LAG_EPOCHS = 20n;

/** Brings the store up to `block`: undoes what a reorganisation took back, then reads the events since. */
export async function syncEvents(keeper: Keeper, block: Block, signal?: AbortSignal): Promise<void> {
  const { chain, store, log } = keeper;
  const { from: start, reorganised } = await commonPoint(keeper, block);
  let from = start;
  while (from <= block.number) {
    const { logs, end } = await chain.logs.next(from, block.number, signal);
    const events = decodeLogs(logs);
    const point = end === block.number ? block : await chain.blockAtOrBefore(end);
    await store.transaction(async (inside) => {
      for (const event of events) await applyEvent(inside, event, keeper.outbox.address, keeper.settings.serve);
      await inside.cursors.advance(CURSOR, { block: point.number, hash: point.hash });
      await inside.intents.finish(point.number);
    });
    if (events.length > 0) log.info({ events: events.length, from: Number(from), to: Number(end) }, "events read");
    from = end + 1n;
  }
  if (reorganised) await refreshChainJobs(keeper, block);
}

/** When an event that changed terms was undone, no event names the valid terms any more: the contract does. */
async function refreshChainJobs({ chain, store }: Keeper, block: Block): Promise<void> {
  for (const job of await store.jobs.ofRequests()) {
    const { live, terms } = await chain.deals.termsOf(job.requestId!, block);
    if (live) await store.jobs.restore(job.id, terms);
    else await store.jobs.remove(job.id);
  }
}

/** The epoch to read from: after the newest stored point that is still in the chain. */
async function commonPoint(
  { chain, store, settings, log }: Keeper,
  block: Block,
): Promise<{ from: bigint; reorganised: boolean }> {
  const points = await store.cursors.points(CURSOR);
  for (const [index, point] of points.entries()) {
    if (point.block > block.number && index === 0 && block.number + MAX_LAG_EPOCHS >= point.block) {
      return { from: point.block + 1n, reorganised: false };
    }
    if (point.block > block.number) continue;
    const now = point.block === block.number ? block : await chain.blockAtOrBefore(point.block);
    if (now.number === point.block && now.hash === point.hash) {
      if (index > 0) {
        log.warn({ epoch: Number(point.block) }, "the chain was reorganised: reading the events again from this epoch");
        await undoAfter(store, point.block);
      }
      return { from: point.block + 1n, reorganised: index > 0 };
    }
  }
  if (points.length > 0) {
    log.warn(
      { epoch: Number(settings.startBlock) },
      "the chain was reorganised further back than the stored points: reading all events again",
    );
    await undoAfter(store, settings.startBlock - 1n);
  }
  return { from: settings.startBlock, reorganised: points.length > 0 };
}

async function undoAfter(store: SqlStore, block: bigint): Promise<void> {
  await store.transaction(async (inside) => {
    const gone = await inside.requests.undoAfter(block);
    await inside.jobs.deleteOfRequests(gone);
    await inside.intents.undoAfter(block);
    await inside.cursors.undoAfter(CURSOR, block);
  });
}

async function applyEvent(store: SqlStore, event: ChainEvent, self: string, serve: ServeRule): Promise<void> {
  const { requestId, block } = event;
  switch (event.kind) {
    case "opened": {
      const { client, piece, fetchLink, terms } = event;
      const served = terms !== undefined && serves(serve, client, self);
      if (client !== self && !served) return;
      const raas = terms === undefined ? 0n : 1n;
      await store.requests.opened({ requestId, piece, client, fetchLink, openedBlock: block, raas });
      if (!served) return;
      const cid = pieceOfKey(piece).cid.toString();
      const job = { id: ulid(), piece, cid, ...terms, requestId, state: "live" as const };
      const createdAt = new Date().toISOString();
      return store.jobs.addFromRequest({ ...job, fetchLink: fetchLink === "" ? null : fetchLink, createdAt });
    }
    case "completed": {
      const { marketActorId, providerId, dealId } = event;
      return store.requests.completed(requestId, block, { marketActorId, providerId, dealId });
    }
    case "termsUpdated":
      return store.jobs.updateTerms(requestId, event.terms);
    case "cancelled":
      await store.requests.cancelled(requestId, block);
      return store.jobs.removeOfRequest(requestId);
  }
}

function serves(rule: ServeRule, client: string, self: string): boolean {
  if (rule.kind === "all" || client === self) return true;
  return rule.kind === "list" && rule.clients.some((listed) => listed.toLowerCase() === client.toLowerCase());
}

import { keccak256 } from "ethers";

import type { Block } from "../filecoin/block";
import { readNotices, type SealedNotice } from "../protocol/notices";
import type { JsonRpc } from "../filecoin/rpc";
import { parsePieceCid } from "../data/pieceCid";
import type { Cursors } from "../store/cursors";
import type { ShardCopy } from "../store/repairDeals";
import { noticePayload, rootOfCopy } from "./bringing";
import type { MinerParts } from "./parts";

const CURSOR = "notices";

/** Learns from the chain which copies were sealed. Every copy is looked for from the epoch of its plan on. */
export async function noteSealed(parts: MinerParts, rpc: JsonRpc, cursors: Cursors, upTo: Block): Promise<void> {
  const last = (await cursors.points(CURSOR))[0]?.block;
  const waiting = (await parts.deals.copiesUnderWay()).filter(({ state }) => state !== "sealed");
  if (waiting.length > 0 && (last === undefined || last < upTo.number)) {
    const oldest = waiting.reduce((min, { createdEpoch }) => (createdEpoch < min ? createdEpoch : min), upTo.number);
    const from = last === undefined || last + 1n < oldest ? oldest : last + 1n;
    const roots = [...new Set(waiting.map(rootOfCopy))];
    const hash = keccak256(noticePayload(parts.chain.addresses.market, parts.repairMiner));
    const notices = await readNotices(rpc, parts.sectorContents, roots, from, upTo.number);
    // A sector sealed for another deal of this miner is not this copy: oldest copy, oldest notice.
    for (const notice of notices.filter(({ payloadHash }) => payloadHash === hash)) await match(parts, waiting, notice);
  }
  // After the rows: what is read twice changes nothing, what is never read is lost.
  if (last === undefined || last < upTo.number) await cursors.advance(CURSOR, { block: upTo.number, hash: upTo.hash });
}

async function match(parts: MinerParts, waiting: ShardCopy[], notice: SealedNotice): Promise<void> {
  if (await parts.deals.hasCopyIn(notice.provider, notice.sector)) return;
  const copy = waiting.find(
    (one) =>
      one.sector === null &&
      one.providerId === notice.provider &&
      one.createdEpoch <= notice.epoch &&
      rootOfCopy(one) === notice.root &&
      parsePieceCid(one.cid).height === notice.height,
  );
  if (copy === undefined) return;
  const { sector, commitment } = notice;
  copy.sector = sector;
  await parts.deals.moveCopy(copy.identifier, "sealed", { sector, commitment });
  await parts.failures.succeeded(copy.providerId, notice.epoch);
  const about = { deal: copy.deal, shard: Number(copy.shard), provider: copy.providerId.toString() };
  parts.log.info({ ...about, sector: sector.toString() }, "sealed");
}

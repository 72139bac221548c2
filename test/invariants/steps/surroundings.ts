import { statusAt } from "../model/sectors";
import { isOpen } from "../model/state";
import { actOnSector, compaction, type SectorAct } from "../world/sectorTruth";
import { marketAbi, type Move, type Situation } from "./move";
import { anybody } from "./people";
import { refuse } from "../model/refusal";
import { bidOf } from "../model/records";

/** What happens to sectors, whatever the market says; mostly to those in which something lies. */
export function befallSector(s: Situation, act?: SectorAct): Move | undefined {
  const { dice, model, world, now } = s;
  const open = model.bids.flatMap(({ deal }) => (deal !== undefined && isOpen(deal) ? deal.shards : []));
  const used = dice.chance(90)
    ? open.filter(({ kind }) => kind !== "none")
    : ownSectors(s).map(({ provider, number }) => ({ provider, sector: number }));
  const where = dice.maybe(used);
  if (where === undefined) return undefined;
  const sector = world.find(where.provider, where.sector);
  const status = sector === undefined ? "dead" : statusAt(sector, now);
  if (sector === undefined || status === "dead") return undefined;
  const what =
    act ??
    (status === "faulty"
      ? dice.one<SectorAct>(["recover", "recover", "terminate"])
      : dice.one<SectorAct>(["declareFault", "declareFault", "terminate"]));
  if ((what === "recover") !== (status === "faulty") && what !== "terminate") return undefined;
  return {
    name: what,
    ...actOnSector(what, where.provider, where.sector),
    apply: () => undefined,
    sectorsOf: where.provider,
  };
}

const ownSectors = ({ stage, world }: Situation) =>
  world.all().filter(({ provider }) => stage.pool.providers.includes(provider));

export function compact(s: Situation): Move {
  const provider = s.dice.one(s.stage.pool.providers);
  return { name: "compact", ...compaction(provider), apply: () => undefined, sectorsOf: provider };
}

/** Straight at the market, what only miners may do through their actors. */
export function meddle(s: Situation): Move {
  const { dice, model } = s;
  const from = anybody(s);
  const id = dice.maybe(model.bids)?.id ?? 1;
  const askId = dice.maybe(model.asks)?.id ?? 1;
  const to = model.address;
  const own = (ask: number) => model.miners[model.asks[ask - 1]!.miner - 1]!.actor;
  const stranger = () => refuse("RepairMarket_UnknownMiner", from);
  return dice.one<() => Move>([
    () => ({
      ...{ name: "addRepairAsk", from, to, data: marketAbi.encodeFunctionData("addRepairAsk", [1, 1, 1]) },
      apply: stranger,
    }),
    () => ({
      ...{ name: "withdrawCollateral", from, to, data: marketAbi.encodeFunctionData("withdrawCollateral", [1]) },
      apply: stranger,
    }),
    () => ({
      ...{ name: "cancelAsk", from, to, data: marketAbi.encodeFunctionData("cancelAsk", [askId]) },
      apply: () => {
        if (model.asks[askId - 1] === undefined) refuse("RepairMarket_UnknownId", model.asks.length, askId);
        refuse("RepairMarket_NotMiner", own(askId), from);
      },
    }),
    () => ({
      ...{ name: "placeShards", from, to, data: marketAbi.encodeFunctionData("placeShards", [id, []]) },
      apply: () => {
        const { deal } = bidOf(model, id);
        refuse("RepairMarket_NotMiner", deal === undefined ? 0 : model.miners[deal.miner - 1]!.actor, from);
      },
    }),
  ])();
}

import type { Contract } from "ethers";

import { exampleBid, exampleData, MarketWorld, provenTo, type Sealed } from "../../test/support/repairMarket";
import type { IRepairMiner } from "../../typechain-types";
import type { Manifest } from "../../src/data/manifest";
import type { GasCase, GasScene } from "./cases";

const ADD_BID = "addBid(bytes32,uint256,uint256,uint64,uint64,(uint8,uint8,uint8,uint64))";
const ADD_ASK = "addAsk(uint256,uint256,uint64)";
/** Shards; of the largest code only what one of them costs, for that grows with their number. */
const SMALL = 6;
const LARGE = [30] as const;
/** Shards beyond the first, for what each of them costs; a trace of six placements by f05 deal takes 4 GB. */
const FURTHER = 2;
/** More than any bid here asks for. */
const ASK_BYTES = 1n << 30n;

/** Each with a chain of its own. */
export const repairMarketScenes: GasScene[] = [
  ...[orderBook, running, late, lost, over].map((make) => ({ make })),
  ...[() => placing(SMALL), () => proving(SMALL)].map((make) => ({ make })),
  ...LARGE.flatMap((n) => [() => placing(n), () => proving(n)]).map((make) => ({ make, slow: true })),
];

/** A miner with one deal before, so that what is priced is not the first of its kind. */
class Scene {
  private constructor(
    readonly world: MarketWorld,
    readonly miner: IRepairMiner,
    readonly data: Manifest,
  ) {}

  static async open(totalShards = 6): Promise<Scene> {
    const world = await MarketWorld.open();
    const dataShards = Math.floor((totalShards * 2) / 3);
    const data = await exampleData(dataShards, totalShards, dataShards * 127);
    const scene = new Scene(world, await world.createMiner({ collateral: 100n * 10n ** 18n }), data);
    await scene.deal();
    return scene;
  }

  /** From an ask at half the bid's price, so that the client is credited the difference. */
  async deal(): Promise<bigint> {
    const { askId, bidId, signature } = await this.pair();
    await (await this.miner.addDeal(askId, bidId, signature)).wait();
    return bidId;
  }

  async pair() {
    const bid = exampleBid(this.data);
    const askId = await this.world.addAsk(this.miner, bid.price / 2n, ASK_BYTES);
    const bidId = await this.world.addBid(bid);
    return { bid, askId, bidId, signature: await this.world.sign(askId, bidId) };
  }

  async placed(): Promise<{ dealId: bigint; sealed: Sealed[] }> {
    const dealId = await this.deal();
    return { dealId, sealed: await this.world.placeAll(dealId, this.data, this.miner) };
  }

  async active() {
    const placed = await this.placed();
    await this.world.prove(placed.dealId, placed.sealed);
    const { progress, duration } = await this.world.market.orderOf(placed.dealId);
    return { ...placed, start: progress.start, end: progress.start + duration };
  }

  /** Of the market, or of the miner that its owner calls. */
  of(name: string, signature: string, args: unknown[], more: Partial<GasCase> = {}): GasCase {
    const contract = this.world.market as unknown as Contract;
    return { name: `RepairMarket.${name}`, contract, function: signature, args, ...more };
  }

  ofMiner(name: string, signature: string, args: unknown[], more: Partial<GasCase> = {}): GasCase {
    const contract = this.miner as unknown as Contract;
    return {
      ...{ name: `RepairMiner.${name}`, contract, function: signature, args, from: this.world.owner.address },
      ...more,
    };
  }
}

async function orderBook(): Promise<GasCase[]> {
  const scene = await Scene.open();
  const { world } = scene;
  const { bid, askId, bidId, signature } = await scene.pair();
  const value = await world.market.quoteBid(bid.price, bid.size, bid.time);
  return [
    scene.of("addBid", ADD_BID, [bid.droot, bid.price, bid.size, bid.time, bid.expiry, bid.params], {
      value,
      from: world.client.address,
      reach: { fvmMillion: 60, evm: 200_000 },
    }),
    scene.of("cancelBid", "cancelBid", [bidId], { from: world.client.address }),
    scene.of("approveBid", "approveBid", [bidId, askId], { from: world.client.address }),
    scene.ofMiner("addAsk", ADD_ASK, [bid.price, ASK_BYTES, 1_000n]),
    scene.ofMiner("addDeal", "addDeal", [askId, bidId, signature], { reach: { fvmMillion: 110, evm: 200_000 } }),
    scene.of("withdraw", "withdraw", [world.client.address], { from: world.client.address }),
  ];
}

async function placing(n: number): Promise<GasCase[]> {
  const scene = await Scene.open(n);
  const { world, data, miner } = scene;
  const dealId = await scene.deal();
  const [notices, deals]: object[][] = [[], []];
  await world.market.connect(world.client).registerClient(miner);
  for (let shard = 0; shard <= FURTHER; shard++) {
    notices!.push(await world.placement(data, shard, await world.seal(data, shard, miner)));
    deals!.push((await world.sealDeal(data, shard)).placement);
  }
  return [
    ...placingCases(scene, `by sector, n = ${n}`, dealId, notices!, 25),
    ...placingCases(scene, `by f05 deal, n = ${n}`, dealId, deals!, 45),
  ];
}

function placingCases(scene: Scene, how: string, dealId: bigint, placements: object[], aShard: number): GasCase[] {
  const first = scene.ofMiner(`placeShards, 1 ${how}`, "placeShards", [dealId, placements.slice(0, 1)], {
    reach: { fvmMillion: 60 + aShard },
  });
  const further = scene.ofMiner(`placeShards, each further ${how}`, "placeShards", [dealId, placements], {
    beyond: first.name,
    per: FURTHER,
    reach: { fvmMillion: aShard },
  });
  return [first, further];
}

async function proving(n: number): Promise<GasCase[]> {
  const scene = await Scene.open(n);
  const { dealId, sealed } = await scene.active();
  await scene.world.filecoin.skip(1_000n);
  const locations = await Promise.all(sealed.slice(0, FURTHER + 1).map((one) => scene.world.locationOf(one)));
  const shards = locations.map((_, shard) => shard);
  const first = scene.of(`proveRepair, 1 shard, n = ${n}`, "proveRepair", [dealId, [0], locations.slice(0, 1)], {
    reach: { fvmMillion: 54.5 },
  });
  return [
    first,
    scene.of(`proveRepair, each further shard, n = ${n}`, "proveRepair", [dealId, shards, locations], {
      beyond: first.name,
      per: FURTHER,
      reach: { fvmMillion: 4.5, evm: 25_000 },
    }),
  ];
}

/** Four deals that run: one with earnings, one from which some were withdrawn, one with a loss, one with a cure. */
async function running(): Promise<GasCase[]> {
  const scene = await Scene.open();
  const { world } = scene;
  const [fresh, withdrawn, broken, marked] = [
    await scene.active(),
    await scene.active(),
    await scene.active(),
    await scene.active(),
  ];
  await world.filecoin.skip(500n);
  for (const { dealId, sealed } of [fresh, withdrawn]) await world.prove(dealId, sealed);
  await world.market.withdrawEarnings(withdrawn.dealId);
  await world.filecoin.skip(500n);
  await world.prove(withdrawn.dealId, withdrawn.sealed);
  const [lost, back] = [broken.sealed[0]!, marked.sealed[0]!];
  await world.filecoin.declareFault(lost.provider, lost.sector);
  await world.filecoin.declareFault(back.provider, back.sector);
  await world.market.connect(world.reporter).reportLoss(marked.dealId, 0, await world.locationOf(back));
  await world.filecoin.recover(back.provider, back.sector);
  return [
    scene.of("withdrawEarnings, later", "withdrawEarnings", [withdrawn.dealId], {
      reach: { fvmMillion: 45, evm: 60_000 },
    }),
    scene.of("withdrawEarnings, first", "withdrawEarnings", [fresh.dealId], {
      reach: { fvmMillion: 45, evm: 60_000 },
    }),
    scene.of("reportLoss", "reportLoss", [broken.dealId, 0, await world.locationOf(lost)], {
      from: world.reporter.address,
    }),
    scene.of("cure", "cure", [marked.dealId, 0, await world.locationOf(back)]),
  ];
}

/** Two deals past their deadlines; one was slashed for it. */
async function late(): Promise<GasCase[]> {
  const scene = await Scene.open();
  const { world } = scene;
  const [one, two] = [await scene.active(), await scene.active()];
  await world.filecoin.skip(world.rules.provingPeriod + 1n);
  await world.market.slashRepairMiner(scene.miner, one.dealId, []);
  return [
    scene.of("slashRepairMiner, a strike", "slashRepairMiner", [await scene.miner.getAddress(), two.dealId, []]),
    scene.of("flushBurn", "flushBurn", []),
  ];
}

/** A deal of which one shard more is Dead than the code can spare, and the time to rebuild them is over. */
async function lost(): Promise<GasCase[]> {
  const scene = await Scene.open();
  const { world, data } = scene;
  const { dealId, sealed } = await scene.active();
  const { dataShards, totalShards } = data.layout.code;
  const dead = sealed.slice(0, totalShards - dataShards + 1);
  for (const { provider, sector } of dead) await world.filecoin.terminate(provider, sector);
  const evidence = [];
  for (const [shard, one] of dead.entries()) {
    const location = await world.locationOf(one);
    await world.market.connect(world.reporter).reportLoss(dealId, shard, location);
    evidence.push({ shard, location });
  }
  await world.filecoin.skip(world.rules.repairWindow + 1n);
  return [
    scene.of(`slashRepairMiner, data loss of ${evidence.length} of ${totalShards} shards`, "slashRepairMiner", [
      await scene.miner.getAddress(),
      dealId,
      evidence,
    ]),
  ];
}

async function over(): Promise<GasCase[]> {
  const scene = await Scene.open();
  const { dealId, sealed, start, end } = await scene.active();
  await provenTo(scene.world, dealId, sealed, start, end - start);
  await scene.world.filecoin.skip(1n);
  return [scene.of("settle", "settle", [dealId])];
}

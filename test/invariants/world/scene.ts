import { ethers, network } from "hardhat";

import { SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import { IRepairMarket__factory, Wallet__Harness__factory } from "../../../typechain-types";
import { Checkpoint, deployed, simulatedFilecoin } from "../../support/chain";
import type { Rules } from "../model/rules";
import { Sectors } from "../model/sectors";
import type { Hex } from "../model/state";
import { KEYED, keyed } from "./actors";
import { Chain } from "./chain";
import { shortest } from "./engine";
import { BEGIN_AFTER, type Pool, PoolBuilder } from "./pool";
import { asParameters, RULES } from "./rules";
import { lookAtSectors } from "./sectorTruth";

/** One market with rules of its own, and copies sealed for its miners to be. */
export interface Stage {
  name: string;
  rules: Rules;
  market: Hex;
  lens: Hex;
  /** The addresses that its first miners will have. */
  miners: Hex[];
  pool: Pool;
}

export interface Scene {
  chain: Chain;
  reader: Hex;
  chainId: bigint;
  stages: Stage[];
  /** Contracts that act for themselves: ERC-1271, and may refuse money. */
  wallets: Hex[];
  /** The market into which the second wallet calls back when it is paid. */
  calledBack: Hex;
  /** The actor ids of all who act, by address. */
  actorIds: Map<Hex, number>;
  /** A native account, and an id that nobody has, as masked addresses. */
  nativeAccount: Hex;
  noActor: Hex;
}

export const RICH = 10n ** 30n;
const MINERS = 4;
const PROVIDERS = 4;
const masked = (id: bigint): Hex => `0xff${"0".repeat(22)}${id.toString(16).padStart(16, "0")}`;

async function deploy(name: string, ...args: unknown[]): Promise<Hex> {
  const contract = await (await ethers.getContractFactory(name)).deploy(...args);
  return (await contract.getAddress()).toLowerCase();
}

/** The market of the deploy scripts, and others with rules of their own; all share one `SectorContents`. */
async function deployMarkets(at: (name: string) => Hex, names: string[]): Promise<Omit<Stage, "miners" | "pool">[]> {
  const stages = [];
  for (const name of names) {
    const rules = RULES[name]!;
    if (name === "local") {
      stages.push({ name, rules, market: at("RepairMarket"), lens: at("RepairMarketLens") });
      continue;
    }
    const parameters = asParameters(rules);
    const placing = await deploy("ShardPlacing", parameters, at("SectorContents"));
    const proving = await deploy("ShardProving", parameters);
    const records = await deploy("MarketRecords", parameters);
    const market = await deploy("RepairMarket", parameters, placing, proving, records);
    stages.push({ name, rules, market, lens: await deploy("RepairMarketLens", market) });
  }
  return stages;
}

/** Whoever makes the market's n-th miner: it will have this address. */
async function minersToBe(chain: Chain, market: Hex, funder: Hex): Promise<Hex[]> {
  const before = await Checkpoint.take(chain.provider);
  const contract = IRepairMarket__factory.connect(market, await ethers.getSigner(funder));
  const miners: Hex[] = [];
  for (let count = 0; count < MINERS; count++) {
    const value = await contract.collateralDue(1);
    const { publicKey } = keyed("worker");
    miners.push((await contract.createRepairMiner.staticCall(publicKey, 1, "0x", { value })).toLowerCase());
    await contract.createRepairMiner(publicKey, 1, "0x", { value });
  }
  await before.restore();
  return miners;
}

/** Everything that sequences have in common; they begin from a snapshot of it. */
export async function buildScene(names = Object.keys(RULES)): Promise<Scene> {
  // From the bare chain, and proven to be so, whatever this process has deployed before.
  await simulatedFilecoin();
  const contracts = await deployed("RepairMarketLens");
  const at = (name: string) => contracts[name]!.address.toLowerCase();
  const markets = await deployMarkets(at, names);
  const filecoin = await SimulatedFilecoin.attach(network.provider);
  const chain = new Chain(await shortest(network.provider));
  const [funder] = await ethers.getSigners();
  const contents = at("SectorContents");
  await filecoin.actorIdOf(contents);
  const wallets = [await deploy("Wallet__Harness"), await deploy("Wallet__Harness")];
  const actorIds = new Map<Hex, number>();
  for (const address of [...KEYED.map(({ address }) => address), ...wallets]) {
    await chain.impersonate(address, RICH);
    actorIds.set(address, Number(await filecoin.actorIdOf(address)));
  }
  const reader = await deploy("ReadMany__Harness");
  const nativeAccount = masked(await filecoin.createAccount());
  const stages: Stage[] = [];
  for (const stage of markets) {
    const miners = await minersToBe(chain, stage.market, funder!.address);
    const providers: number[] = [];
    // Two sectors a partition: compaction moves them soon.
    for (let i = 0; i < PROVIDERS; i++) providers.push(Number(await filecoin.createMiner({ partitionSectors: 2n })));
    const sealedAt = Number(await filecoin.epoch()) + 100;
    const builder = new PoolBuilder(filecoin, stage.market, contents, miners, providers, sealedAt);
    const clients = ["owner", "client", "stranger"].map((name) => actorIds.get(keyed(name as "owner").address)!);
    stages.push({ ...stage, miners, pool: await builder.build(clients) });
  }
  // The second wallet calls back when it is paid.
  const again = IRepairMarket__factory.createInterface().encodeFunctionData("withdraw", [wallets[1]!]);
  await Wallet__Harness__factory.connect(wallets[1]!, funder!).reenterWith(markets[0]!.market, again);
  await filecoin.skip(BigInt(BEGIN_AFTER));
  await chain.look();
  for (const { pool } of stages) {
    for (const provider of pool.providers) await lookAtSectors(chain, pool.world, provider);
  }
  const chainId = (await ethers.provider.getNetwork()).chainId;
  return {
    chain,
    reader,
    chainId,
    stages,
    wallets,
    calledBack: markets[0]!.market,
    actorIds,
    nativeAccount,
    noActor: masked(987_654_321n),
  };
}

/** A sequence's own copy of what is known of the world: what markets' pools were told, and everybody's deals and sectors. */
export function worldOf({ stages }: Scene, stage: Stage): Sectors {
  const deals = stages.flatMap(({ pool }) => pool.world.deals);
  const sectors = stages.flatMap(({ pool }) => pool.world.all()).map((sector) => ({ ...sector }));
  return new Sectors(stage.pool.world.notices, deals, sectors);
}

import type { Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import type { JsonRpc } from "../../filecoin/rpc";
import { rpcOf } from "../network";
import {
  type IRepairMarket,
  IRepairMarket__factory,
  type IRepairMiner,
  IRepairMiner__factory,
  type RepairMarketLens,
  RepairMarketLens__factory,
} from "../../../typechain-types";
import { MarketReader } from "../../protocol/repairMarket";

export class MarketTaskError extends Error {
  override readonly name = "MarketTaskError";
}

/** What every task of the market takes. */
export interface MarketArgs {
  /** Which of the network's accounts acts: its position, from 0. */
  account: number;
  json: boolean;
}

export interface OpenMarket {
  market: IRepairMarket;
  lens: RepairMarketLens;
  /** The same records as plain values. */
  reader: MarketReader;
  rpc: JsonRpc;
  contents: string;
  signer: Signer;
  address: string;
  chainId: bigint;
  deployedAt: number;
}

/** The deployed market, through the account that acts. */
export async function openMarket(hre: HardhatRuntimeEnvironment, args: MarketArgs): Promise<OpenMarket> {
  const market = await deployed(hre, "RepairMarket");
  const lens = await deployed(hre, "RepairMarketLens");
  const contents = await deployed(hre, "SectorContents");
  const signer = (await hre.ethers.getSigners())[args.account];
  if (signer === undefined) {
    throw new MarketTaskError(
      `Network ${hre.network.name} has no account ${args.account}: set a key with "npx hardhat vars set PRIVATE_KEY", ` +
        "or name another one with --account.",
    );
  }
  const rpc = rpcOf(hre);
  return {
    rpc,
    reader: new MarketReader(rpc, { market: market.address, lens: lens.address }),
    market: IRepairMarket__factory.connect(market.address, signer),
    lens: RepairMarketLens__factory.connect(lens.address, signer),
    contents: contents.address,
    signer,
    address: signer.address,
    chainId: (await hre.ethers.provider.getNetwork()).chainId,
    deployedAt: market.receipt?.blockNumber ?? 0,
  };
}

/** The deployed market for those who only read: no account is needed. */
export async function openReader(hre: HardhatRuntimeEnvironment): Promise<{ reader: MarketReader; rpc: JsonRpc }> {
  const [market, lens] = [await deployed(hre, "RepairMarket"), await deployed(hre, "RepairMarketLens")];
  const rpc = rpcOf(hre);
  return { rpc, reader: new MarketReader(rpc, { market: market.address, lens: lens.address }) };
}

export function minerAt(open: OpenMarket, address: string): IRepairMiner {
  return IRepairMiner__factory.connect(address, open.signer);
}

export { read, sent } from "../../protocol/sent";

async function deployed(hre: HardhatRuntimeEnvironment, name: string) {
  const deployment = await hre.deployments.getOrNull(name);
  if (deployment !== null) return deployment;
  throw new MarketTaskError(
    `No deployment of ${name} is known on ${hre.network.name}: deploy it with ` +
      `"npx hardhat deploy --network ${hre.network.name} --tags RepairMarketLens".`,
  );
}

import { ethers, network } from "hardhat";
import { Wallet } from "ethers";

import { ProviderRpc } from "../../src/filecoin/rpc";
import { openWatcher, type OpenWatcher, type WatcherOptions, type WatchReport } from "../../src/watcher/watcher";
import type { MarketWorld } from "./repairMarket";

export const WATCHER_KEY = `0x${"22".repeat(32)}`;
export const WATCHER = new Wallet(WATCHER_KEY).address;

/** A watcher with a funded key of its own. */
export async function openTestWatcher(
  world: MarketWorld,
  folder: string,
  options: Partial<WatcherOptions> = {},
): Promise<OpenWatcher> {
  const key = new Wallet(options.privateKey ?? WATCHER_KEY);
  if ((await ethers.provider.getBalance(key.address)) === 0n)
    await world.stranger.sendTransaction({ to: key.address, value: ethers.parseEther("100") });
  return openWatcher({
    rpc: new ProviderRpc(network.provider),
    addresses: { market: await world.market.getAddress(), lens: await world.lens.getAddress() },
    privateKey: WATCHER_KEY,
    folder,
    ...options,
  });
}

/** A report in a line: what was decided about what. */
export const said = ({ decisions }: WatchReport) => decisions.map(({ key, decision }) => `${key}: ${decision}`);

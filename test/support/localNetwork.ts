import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import hre from "hardhat";

import { keysOf } from "../../src/cli/local/accounts";
import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import { LocalNetwork, type LocalNetworkOptions } from "../../src/scenarios/localNetwork";
import { LotusEndpoint } from "../../src/devnet/lotus/endpoint";
import { serveRpc } from "../../src/devnet/lotus/rpcServer";
import { deployed } from "./chain";

/** A whole local network in this process, whose time is the test's. */
export interface TestNetwork {
  network: LocalNetwork;
  endpoint: LotusEndpoint;
  folder: string;
  stop(): Promise<void>;
}

export async function startTestNetwork(
  options: Partial<Pick<LocalNetworkOptions, "providers" | "onEvent" | "aggregator">> = {},
): Promise<TestNetwork> {
  const { DealStatus } = await deployed("DealStatus");
  const { provider } = hre.network;
  const filecoin = await SimulatedFilecoin.attach(provider);
  const folder = await mkdtemp(path.join(tmpdir(), "raas-network-"));
  const endpoint = new LotusEndpoint(filecoin, provider);
  const rpc = await serveRpc(endpoint.answer, { host: "127.0.0.1", port: 0 });
  const [, node, aggregator] = keysOf(hre.config.networks.hardhat.accounts, 3);
  const close = async () => {
    await rpc.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const network = await LocalNetwork.start({
      filecoin,
      rpcUrl: rpc.url,
      dealStatus: DealStatus!.address,
      folder,
      keys: { node: node!, aggregator: aggregator! },
      // The test says when.
      tickMs: 3_600_000,
      ...options,
    });
    return { network, endpoint, folder, stop: () => network.stop().finally(close) };
  } catch (error) {
    await close();
    throw error;
  }
}

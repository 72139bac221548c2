import path from "node:path";

import { CHAIN_ID } from "../filecoin/networks";
import type { Eip1193Provider } from "../filecoin/rpc";
import { LOCAL_DATA_FOLDER } from "./controlClient";
import { writeDeployments } from "./deploymentFiles";
import { SimulatedFilecoin } from "../devnet/actors/filecoin";
import { LocalNetwork } from "./localNetwork";
import { LotusEndpoint } from "../devnet/lotus/endpoint";
import { Pace } from "./pace";
import { type RpcHandler, serveRpc } from "../devnet/lotus/rpcServer";
import { storeFile } from "./storedFile";
import { Story, STORY_TERMS, StoryError } from "./story";
import { Timeline } from "./timeline";

/** The chain that a local network lives on, in this process. */
export interface LocalChain {
  provider: Eip1193Provider;
  /** Private keys with funds; the first is the deployer's. */
  keys: string[];
  /** Deploys everything and returns what was deployed, by name. */
  deploy(): Promise<Record<string, { address: string }>>;
}

interface StartOptions {
  file: string;
  once: boolean;
  port: number;
  nodePort: number;
  epochMs: number;
  providers: number;
  /** Where the network keeps its data, and where the contracts it deployed are written. */
  folder?: string;
  deploymentsFolder?: string;
  print: (line: string) => void;
  /** Ends the network. */
  signal: AbortSignal;
}

const HOST = "127.0.0.1";

/** Starts a local Filecoin and keeps a file alive on it: until it is stopped, or once through the whole story.
 *  Only the data folder is left afterwards. */
export async function startLocalNetwork(chain: LocalChain, options: StartOptions): Promise<void> {
  const {
    print,
    signal,
    folder = LOCAL_DATA_FOLDER,
    deploymentsFolder = path.join("deployments", "localhost"),
  } = options;
  const startedAt = Date.now();
  const timeline = new Timeline(print);
  // The port first: that it is taken should be known before the contracts are deployed.
  let answer: RpcHandler = async (method, params) => chain.provider.request({ method, params });
  const rpc = await serveRpc((method, params) => answer(method, params), { host: HOST, port: options.port });
  try {
    const deployments = await chain.deploy();
    writeDeployments(deploymentsFolder, CHAIN_ID.local, deployments);
    const filecoin = await SimulatedFilecoin.install(chain.provider);
    answer = new LotusEndpoint(filecoin, chain.provider).answer;
    const network = await LocalNetwork.start({
      filecoin,
      rpcUrl: rpc.url,
      dealStatus: deployments["DealStatus"]!.address,
      folder,
      keys: { node: chain.keys[1]!, aggregator: chain.keys[2]! },
      providers: options.providers,
      nodePort: options.nodePort,
      tickMs: options.once ? undefined : options.epochMs,
      onEvent: (event, epoch) => timeline.tell(event, epoch),
    });
    try {
      welcome(network, rpc.url, deployments, print);
      if (options.once) {
        const story = await Story.begin(network, options.file, print);
        await unlessStopped(story.tell(), signal);
        print(
          `\nThe file is alive: every step had the expected result, in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`,
        );
      } else await liveOn(network, chain.provider, timeline, options);
    } finally {
      await network.stop();
    }
  } finally {
    await rpc.stop();
    if (signal.aborted) print("\nThe local network has ended.");
  }
}

/** The outcome of the story, or an error as soon as somebody stops it. */
async function unlessStopped(told: Promise<void>, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(new StoryError("the story was stopped before its end")), {
      once: true,
    });
  });
  told.catch(() => undefined);
  await Promise.race([told, stopped]);
}

async function liveOn(
  network: LocalNetwork,
  provider: Eip1193Provider,
  timeline: Timeline,
  { file, epochMs, print, signal }: StartOptions,
): Promise<void> {
  await provider.request({ method: "evm_setAutomine", params: [false] });
  const mine = async () => void (await provider.request({ method: "hardhat_mine", params: ["0x1"] }));
  const pace = new Pace(
    epochMs,
    mine,
    () => network.advance(),
    (error) => print(`               ! ${error.message}`),
  );
  try {
    const stored = await storeFile(network.node.url, file, STORY_TERMS);
    timeline.say(await network.headEpoch(), `stored ${file} (${stored.bytes} bytes, SHA-256 ${stored.sha256})`);
    hints(stored.cid, network.node.url, print);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  } finally {
    await pace.stop();
  }
}

function welcome(
  network: LocalNetwork,
  rpcUrl: string,
  deployments: Record<string, { address: string }>,
  print: (line: string) => void,
): void {
  print("A local Filecoin is up.\n");
  print(`  chain         ${rpcUrl} (chain id ${CHAIN_ID.local})`);
  print(`  DealStatus    ${deployments["DealStatus"]!.address}`);
  print(`  RaaS node     ${network.node.url}`);
  print(`  aggregator    ${network.aggregator.url}`);
  for (const { id, url } of network.providers) print(`  provider      f0${id}  ${url}`);
  print("");
}

function hints(cid: string, nodeUrl: string, print: (line: string) => void): void {
  const localhost = "npx hardhat --network localhost";
  print(`
  Try, in a second terminal:
    ${localhost} raas status
    ${localhost} local fault --piece ${cid} --copy 1
    ${localhost} local skip 6000
    ${localhost} local terminate --piece ${cid} --copy 2
    curl ${nodeUrl}/retrieve/${cid} | sha256sum
  Ctrl-C stops the local network.
`);
}

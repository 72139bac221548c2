import hre from "hardhat";
import type { Deployment } from "hardhat-deploy/types";

import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import type { Eip1193Provider } from "../../src/devnet/actors/chain";

/**
 * Where every test gets its chain from. All tests of a process share one; nothing but this file takes snapshots of it,
 * goes back to one, or empties it (a lint rule says so). A snapshot is gone once an earlier one was restored. What was
 * built on it is then built anew, and always from the bare chain: never on what other tests left behind.
 */

type Deployments = Record<string, Deployment>;

interface Level {
  key: unknown;
  snapshot: Checkpoint;
  deployments: Deployments;
  data: unknown;
}

/** What can be gone back to, the earliest first; each level was built on the one below. */
let levels: Level[] = [];

const provider = hre.network.provider;

function request<T>(method: string, ...params: unknown[]): Promise<T> {
  return provider.request({ method, params }) as Promise<T>;
}

/** A state of the chain that can be gone back to, as often as wanted. */
export class Checkpoint {
  private constructor(
    private readonly chain: Eip1193Provider,
    private id: string,
    private readonly head: string,
  ) {}

  static async take(chain: Eip1193Provider = provider): Promise<Checkpoint> {
    return new Checkpoint(chain, (await chain.request({ method: "evm_snapshot" })) as string, await headOf(chain));
  }

  async restore(): Promise<void> {
    if (!(await this.tryRestore())) {
      throw new Error(
        `The snapshot ${this.id} of block ${this.head} is gone, since an earlier one was restored: take it anew, or let a ` +
          "fixture of test/support/chain.ts do so.",
      );
    }
  }

  /** Whether it was still there. */
  async tryRestore(): Promise<boolean> {
    const found = await this.chain.request({ method: "evm_revert", params: [this.id] });
    if (found !== true || (await headOf(this.chain)) !== this.head) return false;
    // The chain forgets a snapshot that it has gone back to.
    this.id = (await this.chain.request({ method: "evm_snapshot" })) as string;
    return true;
  }
}

async function headOf(chain: Eip1193Provider): Promise<string> {
  const block = await chain.request({ method: "eth_getBlockByNumber", params: ["latest", false] });
  return (block as { hash: string }).hash;
}

/** A new chain with nothing on it, not even Filecoin's actors. */
export async function emptyChain(): Promise<void> {
  levels = [];
  await request("hardhat_reset");
}

/** What somebody else left on the chain; undefined if there is nothing. */
export async function leftovers(filecoin: SimulatedFilecoin): Promise<string | undefined> {
  const found: string[] = [];
  const deals = await filecoin.dealCount();
  if (deals > 0n) found.push(`${deals} deals`);
  for (const miner of await filecoin.miners()) {
    found.push(`miner f0${miner} with ${(await filecoin.miner(miner)).sectorCount} sectors`);
  }
  const blocks = await filecoin.epoch();
  if (blocks > 0n) found.push(`${blocks} blocks`);
  for (const account of await request<string[]>("eth_accounts")) {
    // Those that wait for a block too.
    const sent = BigInt(await request<string>("eth_getTransactionCount", account, "pending"));
    if (sent > 0n) found.push(`${sent} transactions of ${account}, which may have deployed contracts`);
  }
  return found.length === 0 ? undefined : found.join(", ");
}

/** Fails unless the chain holds Filecoin's actors and nothing else: no deal, sector, miner or contract of others. */
export async function requireBare(filecoin: SimulatedFilecoin): Promise<void> {
  const found = await leftovers(filecoin);
  if (found !== undefined) {
    throw new Error(
      `A scene begins on a chain that is not bare: there are ${found}. Let it begin with a fixture of test/support/chain.ts.`,
    );
  }
}

/** A new chain with Filecoin's actors on it. */
async function bareChain(): Promise<void> {
  await emptyChain();
  await SimulatedFilecoin.install(provider);
  await hre.deployments.run("SimulatedActors");
}

async function backTo(level: Level): Promise<boolean> {
  levels = levels.slice(0, levels.indexOf(level) + 1);
  await request("evm_setAutomine", true);
  await request("evm_setIntervalMining", 0);
  if (!(await level.snapshot.tryRestore())) {
    levels = [];
    return false;
  }
  for (const name of Object.keys(await hre.deployments.all())) await hre.deployments.delete(name);
  for (const [name, deployment] of Object.entries(level.deployments)) await hre.deployments.save(name, deployment);
  return true;
}

/** How many levels were begun with. */
let begun = 0;

/** What `build` made, on the chain as `build` left it: built anew, or gone back to. */
async function level<T>(key: unknown, build: () => Promise<T>): Promise<T> {
  begun++;
  const known = levels.find((one) => one.key === key);
  if (known !== undefined && (await backTo(known))) return known.data as T;
  const before = begun;
  const data = await build();
  if (begun === before && key !== BARE) {
    throw new Error(
      "A fixture has to begin with another one of test/support/chain.ts, or it begins on what others left.",
    );
  }
  levels.push({ key, snapshot: await Checkpoint.take(), deployments: { ...(await hre.deployments.all()) }, data });
  return data;
}

const BARE = Symbol("bare");

/** Begins on the bare chain, with Filecoin's actors. That it is bare is proven anew each time. */
export async function simulatedFilecoin(): Promise<SimulatedFilecoin> {
  await level(BARE, bareChain);
  const filecoin = await SimulatedFilecoin.attach(provider);
  await requireBare(filecoin);
  return filecoin;
}

/** Begins with what the deploy scripts of this tag, and those that it needs, leave on the bare chain. */
export async function deployed(tag: string): Promise<Deployments> {
  await level(tag, async () => {
    await simulatedFilecoin();
    await hre.deployments.run(tag);
  });
  return { ...(await hre.deployments.all()) };
}

/** A beginning for tests. It is built once, and gone back to later; `build` itself has to begin with one of this file. */
export function fixture<T>(build: () => Promise<T>): () => Promise<T> {
  return () => level(build, build);
}

/** A root hook: each file begins with an empty chain, and so do its tests that ask for no fixture. */
export function eachFileOnItsOwnChain(root: Mocha.Suite): void {
  const [loose] = root.tests;
  if (loose !== undefined) {
    throw new Error(
      `The test "${loose.title}" of ${loose.file} stands outside of every describe, where it would run on what others ` +
        "left on the chain: put it into a describe.",
    );
  }
  for (const suite of root.suites) {
    // Mocha gives a skipped suite no hooks.
    if (suite.isPending()) continue;
    suite.beforeAll("an empty chain", emptyChain);
    const hooks = (suite as unknown as { _beforeAll: Mocha.Hook[] })._beforeAll;
    hooks.unshift(hooks.pop()!);
  }
}

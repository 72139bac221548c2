import { setCode, type SnapshotRestorer, takeSnapshot } from "@nomicfoundation/hardhat-network-helpers";
import { ethers } from "hardhat";

export const CALL_ACTOR_ID = "0xfe00000000000000000000000000000000000005";
export const RESOLVE_ADDRESS = "0xfe00000000000000000000000000000000000001";
export const LOOKUP_DELEGATED_ADDRESS = "0xfe00000000000000000000000000000000000002";

/** Returns whatever follows these eleven bytes of code. */
const RETURN_THE_REST = "0x600b380380600b5f395ff3";

/** Fails with empty data. */
const FAIL = "0x5f5ffd";

/** Uses all the gas it is given. */
const EXHAUST = "0xfe";

/** Lets a precompile answer every call with the same bytes. */
export async function answerAlways(precompile: string, output: string): Promise<void> {
  await setCode(precompile, ethers.concat([RETURN_THE_REST, output]));
}

export async function failAlways(precompile: string): Promise<void> {
  await setCode(precompile, FAIL);
}

export async function exhaustAlways(precompile: string): Promise<void> {
  await setCode(precompile, EXHAUST);
}

/** What call_actor_id returns for an actor's answer. */
export function actorAnswer(exitCode: bigint | number, codec: bigint | number, data: string): string {
  return ethers.AbiCoder.defaultAbiCoder().encode(["int256", "uint64", "bytes"], [exitCode, codec, data]);
}

/** Lets every actor answer the same. Codec 0x51 with content, none without. */
export async function actorsAnswer(exitCode: bigint | number, data = "0x"): Promise<void> {
  await answerAlways(CALL_ACTOR_ID, actorAnswer(exitCode, data === "0x" ? 0 : 0x51, data));
}

/** Inside a `describe`: what its tests do to the chain is undone after them. */
export function undoneAfterwards(): void {
  let snapshot: SnapshotRestorer;
  before(async () => {
    snapshot = await takeSnapshot();
  });
  after(() => snapshot.restore());
}

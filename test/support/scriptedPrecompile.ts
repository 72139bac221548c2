import { setCode } from "@nomicfoundation/hardhat-network-helpers";
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

/** Where the precompile's own code goes while another stands in for it. */
const ASIDE = "0x00000000000000000000000000000000000a51de";

/** Lets every actor refuse one method with USR_UNHANDLED_MESSAGE, and answer all others as before. */
export async function actorsRefuse(method: bigint): Promise<void> {
  await setCode(ASIDE, await ethers.provider.getCode(CALL_ACTOR_ID));
  // If the first word, the method, is this one: answer(22, 0, ""). If not: delegatecall the real one, and pass on its end.
  const passOn = `3d5f5f3e603457` + `3d5ffd` + `5b3d5ff3`;
  const forward = `365f5f375f5f365f73${ASIDE.slice(2)}5af4${passOn}`;
  const refuse = "5b60165f52606060405260805ff3";
  const head = `5f3563${method.toString(16).padStart(8, "0")}14603857`;
  await setCode(CALL_ACTOR_ID, `0x${head}${forward}${refuse}`);
}

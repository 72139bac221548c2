import { readFileSync } from "node:fs";
import path from "node:path";

import { AbiCoder } from "ethers";
import { ethers, network } from "hardhat";

import { PRECOMPILE } from "../../src/devnet/actors/filecoin";
import { ActorCaller__Harness__factory, type ActorCaller__Harness } from "../../typechain-types";
import { harnessValues } from "./harnessEnums";

/** An answer as `actors-v18.json` writes it: what was returned with exit code 0, or another exit code. */
export type Answer = { ret: string; exit?: undefined } | { exit: number; ret?: undefined };

export const KIND = harnessValues("Kind");
export const CBOR = 0x51n;
export const READ_ONLY = 1n;

const abi = AbiCoder.defaultAbiCoder();

export function recordedAnswers<T>(): T {
  return JSON.parse(readFileSync(path.join(__dirname, "../vectors/actors-v18.json"), "utf8")) as T;
}

/** Puts the code of a contract at an address of the recording. */
export async function placeContract(address: string, creationCode: string): Promise<void> {
  const code = await ethers.provider.call({ data: creationCode });
  await network.provider.request({ method: "hardhat_setCode", params: [address, code] });
}

export interface ActorMessage {
  actor: bigint;
  method: number | bigint;
  /** Hex without 0x. */
  params: string;
  codec?: bigint;
  flags?: bigint;
}

/** A contract that calls native actors, and what it is answered. */
export class ActorCalls {
  private constructor(readonly contract: ActorCaller__Harness) {}

  static async deploy(): Promise<ActorCalls> {
    const [signer] = await ethers.getSigners();
    return new ActorCalls(await new ActorCaller__Harness__factory(signer).deploy());
  }

  static async at(address: string): Promise<ActorCalls> {
    await placeContract(address, ActorCaller__Harness__factory.bytecode);
    return new ActorCalls(ActorCaller__Harness__factory.connect(address, (await ethers.getSigners())[0]));
  }

  async ask(message: ActorMessage): Promise<Answer> {
    return (await this.askAll([message]))[0]!;
  }

  /** The answers to messages through the precompile, in one `eth_call`. */
  async askAll(messages: ActorMessage[]): Promise<Answer[]> {
    const inputs = messages.map(encodeMessage);
    const outcomes = await this.contract.forwardAll.staticCall(KIND.DelegateCall, PRECOMPILE.callActorId, inputs);
    return outcomes.map(({ ok, out }) => {
      if (!ok) throw new Error("the precompile call failed");
      return decodeAnswer(out);
    });
  }
}

export function encodeMessage(message: ActorMessage): string {
  const codec = message.codec ?? CBOR;
  return abi.encode(
    ["uint64", "uint256", "uint64", "uint64", "bytes", "uint64"],
    [message.method, 0n, message.flags ?? READ_ONLY, codec, `0x${message.params}`, message.actor],
  );
}

/** The precompile's return in the recording's words; checks that codec and emptiness go together. */
export function decodeAnswer(output: string): Answer {
  const [exit, codec, returned] = abi.decode(["int256", "uint64", "bytes"], output) as unknown as [
    bigint,
    bigint,
    string,
  ];
  const ret = returned.slice(2);
  if (codec !== (ret === "" ? 0n : CBOR)) throw new Error(`codec ${codec} with return "${ret}"`);
  return exit === 0n ? { ret } : { exit: Number(exit) };
}

import { AbiCoder } from "ethers";

import { RpcFailure } from "./rpcServer";

/** The method number of a call to a contract. */
const INVOKE_CONTRACT = 3844450837;

const PANICS: Readonly<Record<string, string>> = {
  "1": "Assert()",
  "17": "ArithmeticOverflow()",
  "18": "DivideByZero()",
  "33": "InvalidEnumVariant()",
  "34": "InvalidStorageArray()",
  "49": "PopEmptyArray()",
  "50": "ArrayIndexOutOfBounds()",
  "65": "OutOfMemory()",
  "81": "CalledUninitializedFunction()",
};

/** A revert as Lotus tells it; `actor` is the id of the contract that was called. */
export function reverted(data: string, actor: bigint): RpcFailure {
  const where = `00: f0${actor} (method ${INVOKE_CONTRACT}) -- contract reverted at 0 (33)`;
  const message =
    `message execution failed (exit=[33], revert reason=[${reasonOf(data)}], ` +
    `vm error=[message failed with backtrace:\n${where}\n (RetCode=33)])`;
  return new RpcFailure(3, message, data);
}

/** Lotus's error for a call that ran out of gas; `actor` is the id of the contract that was called. */
export function outOfGas(actor: bigint): RpcFailure {
  const where = `00: f0${actor} (method ${INVOKE_CONTRACT}) -- out of gas (7)`;
  const message =
    "message execution failed (exit=[SysErrOutOfGas(7)], " +
    `vm error=[message failed with backtrace:\n${where}\n (RetCode=7)])`;
  return new RpcFailure(3, message, "0x");
}

function reasonOf(data: string): string {
  const coder = AbiCoder.defaultAbiCoder();
  if (data === "0x") return "none";
  if (data.startsWith("0x08c379a0")) return `Error(${coder.decode(["string"], `0x${data.slice(10)}`)[0] as string})`;
  if (data.startsWith("0x4e487b71")) {
    const code = (coder.decode(["uint256"], `0x${data.slice(10)}`)[0] as bigint).toString();
    return PANICS[code] ?? `Panic(${code})`;
  }
  return data;
}

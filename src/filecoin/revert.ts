import { AbiCoder, type Interface } from "ethers";

import { revertDataOf } from "./rpcErrors";

/** A contract refused a call. `reason` is a custom error's name, or Error, Panic, or empty. */
export class ContractRevertError extends Error {
  override readonly name = "ContractRevertError";
  constructor(
    readonly action: string,
    readonly reason: string,
    readonly args: Readonly<Record<string, unknown>>,
    readonly data: string,
    options?: ErrorOptions,
  ) {
    super(`${action} was refused: ${describe(reason, args, data)}.`, options);
  }
}

function describe(reason: string, args: Readonly<Record<string, unknown>>, data: string): string {
  if (reason === "") return data === "0x" ? "the contract gave no reason" : `unknown error ${data.slice(0, 74)}`;
  const shown = Object.entries(args).map(([name, value]) => `${name}: ${String(value)}`);
  return shown.length === 0 ? reason : `${reason}(${shown.join(", ")})`;
}

const PANICS: Record<string, string> = {
  "1": "an assertion failed",
  "17": "an arithmetic overflow",
  "18": "a division by zero",
  "33": "an invalid enum value",
  "50": "an index out of range",
  "65": "too much memory",
};

/** The typed error when `error` is a revert, else `error` itself. */
export function decodeRevert(error: unknown, action: string, contract: Interface): unknown {
  const data = revertDataOf(error);
  if (data === undefined) return error;
  const coder = AbiCoder.defaultAbiCoder();
  const made = (reason: string, args: Record<string, unknown>) =>
    new ContractRevertError(action, reason, args, data, { cause: error });
  if (data.startsWith("0x08c379a0")) return made("Error", { text: coder.decode(["string"], `0x${data.slice(10)}`)[0] });
  if (data.startsWith("0x4e487b71")) {
    const code = (coder.decode(["uint256"], `0x${data.slice(10)}`)[0] as bigint).toString();
    return made("Panic", { code, meaning: PANICS[code] ?? "unknown" });
  }
  const parsed = data.length >= 10 ? contract.parseError(data) : null;
  if (parsed === null) return made("", {});
  const args = Object.fromEntries(parsed.fragment.inputs.map((input, index) => [input.name, parsed.args[index]]));
  return made(parsed.name, args);
}

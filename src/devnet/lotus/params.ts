import { RpcFailure } from "./rpcServer";

/** Errors of Lotus's own, by its JSON-RPC library and by its methods. */
const wrongCount = (method: string, given: number, wanted: number) =>
  new RpcFailure(-32602, `wrong param count (method '${method}'): ${given} != ${wanted}`);
export const noMethod = (method: string) => new RpcFailure(-32601, `method '${method}' not found`);
export const failed = (message: string) => new RpcFailure(1, message);

/** Go's types of the parameters, as its errors name them. */
export type GoType =
  "abi.DealID" | "abi.SectorNumber" | "uint64" | "address.Address" | "types.TipSetKey" | "types.ActorEventFilter";

const NUMBERS: readonly GoType[] = ["abi.DealID", "abi.SectorNumber", "uint64"];

/** Throws what Lotus answers when parameters are too few, too many, or of another type. */
export function checkParams(method: string, types: readonly GoType[], params: readonly unknown[]): void {
  if (params.length !== types.length) throw wrongCount(method, params.length, types.length);
  types.forEach((type, i) => {
    const given = params[i];
    if (NUMBERS.includes(type)) {
      if (typeof given !== "number")
        throw unmarshal(method, type, `cannot unmarshal ${jsonKind(given)} into Go value of type ${type}`);
      if (!Number.isInteger(given) || given < 0)
        throw unmarshal(method, type, `cannot unmarshal number ${given} into Go value of type ${type}`);
    }
    if (type === "address.Address" && typeof given !== "string")
      throw unmarshal(method, type, `cannot unmarshal ${jsonKind(given)} into Go value of type string`);
  });
}

function unmarshal(method: string, type: GoType, reason: string): RpcFailure {
  return new RpcFailure(-32700, `unmarshaling params for '${method}' (param: *${type}): json: ${reason}`);
}

function jsonKind(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "array" : typeof value;
}

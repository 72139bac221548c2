import type { Artifact, Artifacts } from "hardhat/types";

/** What is deployed stands in `contracts/` itself; its parts, libraries and harnesses in folders below. */
const DEPLOYED = /^contracts\/[^/]+\.sol$/;
const INTERFACE = /^contracts\/interfaces\//;

/** The contracts that are deployed, and the interfaces that somebody calls or reads logs by: all that is no part of another. */
export async function publicContracts(artifacts: Artifacts): Promise<Artifact[]> {
  const names = await artifacts.getAllFullyQualifiedNames();
  const all = await Promise.all(names.map((name) => artifacts.readArtifact(name)));
  const interfaces = all.filter(({ sourceName }) => INTERFACE.test(sourceName));
  const deployed = all.filter(({ sourceName, bytecode }) => DEPLOYED.test(sourceName) && bytecode !== "0x");
  const whole = interfaces.filter((one) => !interfaces.some((other) => isPartOf(one, other)));
  return [...deployed, ...whole].sort((a, b) => (a.contractName < b.contractName ? -1 : 1));
}

/** Whether `other` has everything that `one` has, and more. */
function isPartOf(one: Artifact, other: Artifact): boolean {
  if (other.abi.length <= one.abi.length) return false;
  const entries = new Set(other.abi.map((entry) => JSON.stringify(entry)));
  return one.abi.every((entry: unknown) => entries.has(JSON.stringify(entry)));
}

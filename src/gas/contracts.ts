import type { Artifacts } from "hardhat/types";

import type { StorageLayout } from "./layout";
import type { Rpc } from "./world";

/** A contract of the project, found again by its code. */
export interface KnownContract {
  name: string;
  abi: readonly unknown[];
  layout?: StorageLayout;
}

interface CompiledContract {
  storageLayout?: StorageLayout;
  evm: {
    deployedBytecode: { object: string; immutableReferences?: References; linkReferences?: Record<string, References> };
  };
}
type References = Record<string, { start: number; length: number }[]>;

/** Looks a contract up among the project's artifacts by its deployed code, immutables and links left out. */
export class ContractFinder {
  private byLength: Map<number, string[]> | undefined;
  private readonly found = new Map<string, KnownContract | undefined>();

  constructor(private readonly artifacts: Artifacts) {}

  /** The storage layout of whatever project contract is at an address. */
  layoutsOn(rpc: Rpc): (address: string) => Promise<StorageLayout | undefined> {
    return async (address) => (await this.at(rpc, address))?.layout;
  }

  async at(rpc: Rpc, address: string): Promise<KnownContract | undefined> {
    return this.find((await rpc.send("eth_getCode", [address, "latest"])) as string);
  }

  async find(code: string): Promise<KnownContract | undefined> {
    const hex = code.replace(/^0x/, "");
    if (hex === "") return undefined;
    if (!this.found.has(hex)) this.found.set(hex, await this.lookUp(hex));
    return this.found.get(hex);
  }

  async named(qualifiedName: string): Promise<KnownContract> {
    const artifact = await this.artifacts.readArtifact(qualifiedName);
    const compiled = await this.compiled(`${artifact.sourceName}:${artifact.contractName}`);
    return { name: artifact.contractName, abi: artifact.abi, layout: compiled?.storageLayout };
  }

  private async lookUp(hex: string): Promise<KnownContract | undefined> {
    for (const qualifiedName of (await this.index()).get(hex.length) ?? []) {
      const compiled = await this.compiled(qualifiedName);
      const code = compiled?.evm.deployedBytecode;
      if (code !== undefined && masked(code.object, code) === masked(hex, code)) return this.named(qualifiedName);
    }
    return undefined;
  }

  private async compiled(qualifiedName: string): Promise<CompiledContract | undefined> {
    const [source, name] = qualifiedName.split(":") as [string, string];
    const build = await this.artifacts.getBuildInfo(qualifiedName);
    return build?.output.contracts[source]?.[name] as CompiledContract | undefined;
  }

  private async index(): Promise<Map<number, string[]>> {
    if (this.byLength) return this.byLength;
    this.byLength = new Map();
    for (const qualifiedName of await this.artifacts.getAllFullyQualifiedNames()) {
      const { deployedBytecode } = await this.artifacts.readArtifact(qualifiedName);
      const length = deployedBytecode.length - 2;
      this.byLength.set(length, [...(this.byLength.get(length) ?? []), qualifiedName]);
    }
    return this.byLength;
  }
}

/** The code with everything blanked that is filled in only when it is deployed. */
function masked(hex: string, code: CompiledContract["evm"]["deployedBytecode"]): string {
  const links = Object.values(code.linkReferences ?? {}).flatMap((file) => Object.values(file));
  let text = hex;
  for (const { start, length } of [...Object.values(code.immutableReferences ?? {}), ...links].flat()) {
    text = text.slice(0, 2 * start) + "_".repeat(2 * length) + text.slice(2 * (start + length));
  }
  return text;
}

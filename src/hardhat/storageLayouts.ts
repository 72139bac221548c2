import type { Artifact, Artifacts } from "hardhat/types";

/** As solc's `storageLayout` has it; its AST ids change with every edit and are left out here. */
interface Variable {
  label: string;
  slot: string;
  offset: number;
  type: string;
}

interface SolcLayout {
  storage: Variable[];
  types: Record<string, { label: string; numberOfBytes: string; members?: Variable[] }> | null;
}

export interface StorageLayouts {
  /** The variables of each contract that is deployed, and of each part that runs on another's storage. */
  contracts: Record<string, string[]>;
  /** The members of every struct that these keep; slots count from the beginning of the struct. */
  structs: Record<string, string[]>;
}

/** Harnesses and the simulated Filecoin keep nothing that anybody relies on. */
const OURS = /^contracts\/(?!test\/|simulated\/)/;

/** Where every contract keeps what: one line a variable, as `slot+offset: type label (bytes)`. */
export async function storageLayouts(artifacts: Artifacts): Promise<StorageLayouts> {
  const layouts: StorageLayouts = { contracts: {}, structs: {} };
  for (const fullName of (await artifacts.getAllFullyQualifiedNames()).filter((name) => OURS.test(name)).sort()) {
    const artifact = await artifacts.readArtifact(fullName);
    if (keepsNothing(artifact)) continue;
    const { storage, types } = await layoutOf(artifacts, artifact);
    const line = ({ label, slot, offset, type }: Variable): string => {
      const { label: typeName, numberOfBytes } = types![type]!;
      return `${slot}+${offset}: ${typeName} ${label} (${numberOfBytes})`;
    };
    layouts.contracts[artifact.contractName] = storage.map(line);
    for (const { label, members } of Object.values(types ?? {})) {
      if (members !== undefined) layouts.structs[label.replace(/^struct /, "")] = members.map(line);
    }
  }
  layouts.structs = Object.fromEntries(Object.entries(layouts.structs).sort(([a], [b]) => (a < b ? -1 : 1)));
  return layouts;
}

/** No instance of a library, an interface or an abstract contract keeps anything. */
function keepsNothing({ bytecode, abi }: Artifact): boolean {
  return bytecode === "0x" || !abi.some(({ type }: { type: string }) => type === "function");
}

async function layoutOf(artifacts: Artifacts, { sourceName, contractName }: Artifact): Promise<SolcLayout> {
  const info = await artifacts.getBuildInfo(`${sourceName}:${contractName}`);
  const output = info!.output.contracts[sourceName]![contractName] as unknown as { storageLayout?: SolcLayout };
  if (output.storageLayout === undefined)
    throw new Error(
      `No storage layout of ${contractName}: select storageLayout in the compiler's outputSelection, and compile again with --force.`,
    );
  return output.storageLayout;
}

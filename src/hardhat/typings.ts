import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";

import type { Artifact, HardhatRuntimeEnvironment } from "hardhat/types";

import { publicContracts } from "./publicContracts";

/** Where TypeScript imports types of contracts. */
const FOLDERS = ["bench", "deploy", "scripts", "src", "tasks", "test"];

const IMPORT = /import\s+(?:type\s+)?\{([^}]*)\}\s*from\s+"[^"]*\/typechain-types"/g;

/**
 * Writes types of the public contracts and of those whose types are imported somewhere; of parts, libraries and
 * dependencies nobody needs any. Does nothing when nothing was compiled and the types are those that are wanted.
 */
export async function generateTypings(hre: HardhatRuntimeEnvironment, compiled: boolean): Promise<void> {
  const { paths, typechain } = hre.config;
  const outDir = path.join(paths.root, typechain.outDir);
  const wanted = await typedContracts(hre);
  if (!compiled && sameNames(wanted, typedIn(outDir))) return;
  // Types of what is no longer wanted must not stay.
  rmSync(outDir, { recursive: true, force: true });
  // Loaded only here: every task would wait for it.
  const { runTypeChain } = await import("typechain");
  const files = wanted.map((a) => path.join(paths.artifacts, a.sourceName, `${a.contractName}.json`));
  const { alwaysGenerateOverloads, discriminateTypes, tsNocheck, node16Modules } = typechain;
  await runTypeChain({
    cwd: paths.root,
    allFiles: files,
    filesToProcess: files,
    inputDir: paths.artifacts,
    outDir: typechain.outDir,
    target: typechain.target,
    flags: { alwaysGenerateOverloads, discriminateTypes, tsNocheck, node16Modules, environment: "hardhat" },
  });
}

async function typedContracts({ artifacts, config }: HardhatRuntimeEnvironment): Promise<Artifact[]> {
  const wanted = await publicContracts(artifacts);
  const known = new Set(wanted.map(({ contractName }) => contractName));
  for (const name of importedNames(config.paths.root)) {
    if (!known.has(name) && (await artifacts.artifactExists(name))) wanted.push(await artifacts.readArtifact(name));
  }
  return wanted;
}

/** Names of contracts whose types or factories TypeScript imports. */
function importedNames(root: string): Set<string> {
  const names = new Set<string>();
  for (const folder of FOLDERS.map((name) => path.join(root, name)).filter((name) => existsSync(name))) {
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || file.includes("node_modules")) continue;
      for (const [, list] of readFileSync(path.join(folder, file), "utf8").matchAll(IMPORT)) {
        for (const [name] of list!.matchAll(/\b\w+\b/g)) names.add(name.replace(/__factory$/, ""));
      }
    }
  }
  return names;
}

/** Names of contracts that have types already. */
function typedIn(outDir: string): Set<string> {
  const index = path.join(outDir, "index.ts");
  if (!existsSync(index)) return new Set();
  return new Set([...readFileSync(index, "utf8").matchAll(/\b(\w+)__factory\b/g)].map(([, name]) => name!));
}

function sameNames(wanted: Artifact[], typed: Set<string>): boolean {
  return wanted.length === typed.size && wanted.every(({ contractName }) => typed.has(contractName));
}

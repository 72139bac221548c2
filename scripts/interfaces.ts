import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { artifacts } from "hardhat";

import { publicContracts } from "../src/hardhat/publicContracts";
import { storageLayouts } from "../src/hardhat/storageLayouts";

const ROOT = join(__dirname, "..");

/** One entry a line, so that a difference shows what changed. */
function oneALine(entries: unknown[]): string {
  return `[\n${entries.map((entry) => `  ${JSON.stringify(entry)}`).join(",\n")}\n]\n`;
}

/** Writes what others rely on: abi/, how contracts are called, and contracts/storage-layout.json, what they keep where. */
async function main(): Promise<void> {
  const folder = join(ROOT, "abi");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const { contractName, abi } of await publicContracts(artifacts)) {
    writeFileSync(join(folder, `${contractName}.json`), oneALine(abi));
  }
  const layouts = JSON.stringify(await storageLayouts(artifacts), undefined, 2);
  writeFileSync(join(ROOT, "contracts/storage-layout.json"), `${layouts}\n`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

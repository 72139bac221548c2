import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Writes deployments as hardhat-deploy keeps them, so that `--network localhost` finds the contracts. Older files
 *  there, of a chain that no longer runs, are removed. */
export function writeDeployments(
  folder: string,
  chainId: number,
  deployments: Readonly<Record<string, { address: string }>>,
): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, ".chainId"), chainId.toString());
  for (const [name, deployment] of Object.entries(deployments))
    writeFileSync(path.join(folder, `${name}.json`), JSON.stringify(deployment, null, 2));
}

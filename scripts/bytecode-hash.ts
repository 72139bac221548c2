import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";

/** One hash over the deployed bytecode of every contract below a folder of artifacts: what a run has run on. */
export function bytecodeHash(artifacts: string): string {
  const hash = createHash("sha256");
  const files = globSync("**/*.json", { cwd: artifacts }).filter((file) => !file.endsWith(".dbg.json"));
  for (const file of files.sort()) {
    const { deployedBytecode } = JSON.parse(readFileSync(path.join(artifacts, file), "utf8")) as {
      deployedBytecode: string;
    };
    hash.update(`${file} ${deployedBytecode}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

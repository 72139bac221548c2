import path from "node:path";

/** What Hardhat's `TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD` returns. */
interface SolcBuild {
  compilerPath: string;
  isSolcJs: boolean;
  version: string;
  longVersion: string;
}

/** The compiler in `node_modules`, or undefined when its version is not the one asked for. */
export function npmSolcBuild(version: string): SolcBuild | undefined {
  const packageJson = require("solc/package.json") as { version: string };
  if (packageJson.version !== version) return undefined;
  const compilerPath = path.join(path.dirname(require.resolve("solc/package.json")), "soljson.js");
  return { compilerPath, isSolcJs: true, version, longVersion: version };
}

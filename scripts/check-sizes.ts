import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/** EIP-170's limit, which the FEVM shares, and how much of it a deployed contract may use. */
const LIMIT_BYTES = 24_576;
const ALLOWED = 0.9;

/** Contracts that are never deployed to a live network. */
const LOCAL_ONLY = ["simulated", "test"];

interface Artifact {
  contractName: string;
  sourceName: string;
  deployedBytecode: string;
}

function artifactsBelow(directory: string): Artifact[] {
  return readdirSync(directory).flatMap((name) => {
    const file = path.join(directory, name);
    if (statSync(file).isDirectory()) return LOCAL_ONLY.includes(name) ? [] : artifactsBelow(file);
    if (!name.endsWith(".json") || name.endsWith(".dbg.json")) return [];
    return [JSON.parse(readFileSync(file, "utf8")) as Artifact];
  });
}

const sizes = artifactsBelow(path.resolve("artifacts/contracts"))
  .map(({ contractName, deployedBytecode }) => ({ contractName, bytes: (deployedBytecode.length - 2) / 2 }))
  .filter(({ bytes }) => bytes > 100)
  .sort((a, b) => b.bytes - a.bytes);

if (sizes.length === 0)
  throw new Error("artifacts/contracts holds no contract to measure: run `npm run compile` first.");
for (const { contractName, bytes } of sizes) {
  const share = ((100 * bytes) / LIMIT_BYTES).toFixed(1).padStart(5);
  console.log(`${String(bytes).padStart(6)} B ${share} %  ${contractName}`);
}
const tooLarge = sizes.filter(({ bytes }) => bytes > LIMIT_BYTES * ALLOWED);
if (tooLarge.length > 0) {
  const names = tooLarge.map(({ contractName }) => contractName).join(", ");
  console.error(`Above ${ALLOWED * 100} % of ${LIMIT_BYTES} bytes: ${names}. Split them or move views into a lens.`);
  process.exit(1);
}

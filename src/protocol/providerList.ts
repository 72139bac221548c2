import { AbiCoder, keccak256 } from "ethers";

/** The providers that a bid allows, as a Merkle tree: leaves hashed twice and sorted, pairs sorted, a node without a
 *  sibling goes up as it is. The market verifies paths alone; this is the shape that clients and repair miners share. */

const NO_ROOT = `0x${"0".repeat(64)}`;

function leafOf(provider: bigint): string {
  return keccak256(keccak256(AbiCoder.defaultAbiCoder().encode(["uint64"], [provider])));
}

function pair(a: string, b: string): string {
  return keccak256(a < b ? a + b.slice(2) : b + a.slice(2));
}

/** Each level of the tree, leaves first. */
function levels(providers: readonly bigint[]): string[][] {
  const rows = [[...new Set(providers)].map(leafOf).sort()];
  for (let row = rows[0]!; row.length > 1; row = rows.at(-1)!) {
    const parents: string[] = [];
    for (let i = 0; i < row.length; i += 2) {
      parents.push(i + 1 < row.length ? pair(row[i]!, row[i + 1]!) : row[i]!);
    }
    rows.push(parents);
  }
  return rows;
}

/** The root that a bid for these providers carries; none: any provider, root 0. */
export function providersRootOf(providers: readonly bigint[]): string {
  return providers.length === 0 ? NO_ROOT : levels(providers).at(-1)![0]!;
}

/** That the provider is on the list. */
export function allowedProof(providers: readonly bigint[], provider: bigint): string[] {
  if (providers.length === 0) return [];
  const path: string[] = [];
  let node = leafOf(provider);
  for (const row of levels(providers).slice(0, -1)) {
    const at = row.indexOf(node);
    const sibling = row[at ^ 1];
    if (sibling === undefined) continue;
    path.push(sibling);
    node = pair(node, sibling);
  }
  return path;
}

/**
 * The tree in which an FVM contract keeps its slots: five bits of the 256-bit slot number a level from the top
 * (the one bit left over makes a last, two-way level), one value a bucket, and links that skip the levels which all
 * keys below them share. Its shape follows from the set of slots in use alone. Nodes are never changed in place:
 * a write makes new ones along its path, which is what the FVM stores and charges for.
 */
const BITS_A_LEVEL = 5;
const LEVELS = 52;

/** Slots that end up below one bottom node: its 32 children are single slots or pairs. */
export const GROUP_SLOTS = 64n;
export const groupOf = (slot: bigint): bigint => slot / GROUP_SLOTS;

/** A slot number as the way through the tree. */
export type Path = Uint8Array;

export interface Entry {
  kind: "entry";
  path: Path;
  slot: bigint;
  value: bigint;
}

export interface Link {
  kind: "link";
  /** Levels skipped between this link and its node. */
  skip: number;
  /** Any path below: it spells the skipped levels. */
  path: Path;
  node: TreeNode;
}

export interface TreeNode {
  children: readonly (Entry | Link | undefined)[];
  /** Already in the chain's store: reading it costs, keeping it does not. */
  stored: boolean;
}

export const emptyTree = (): TreeNode => ({ children: [], stored: true });

export function pathOf(slot: bigint): Path {
  const path = new Uint8Array(LEVELS);
  path[LEVELS - 1] = Number(slot & 1n);
  // Fifty bits at a time fit into a float exactly; BigInt shifts for each level would dominate large trees.
  let rest = slot >> 1n;
  for (let level = LEVELS - 2; level >= 0;) {
    let chunk = Number(rest & 0x3ffffffffffffn);
    rest >>= 50n;
    for (let i = 0; i < 10 && level >= 0; i++, level--) {
      path[level] = chunk % 32;
      chunk = Math.floor(chunk / 32);
    }
  }
  return path;
}

export interface Found {
  /** The nodes below the root that the look-up opens. */
  nodes: TreeNode[];
  /** Skipped levels that it compares. */
  skipped: number;
  value: bigint;
}

export function lookUp(root: TreeNode, path: Path): Found {
  const found: Found = { nodes: [], skipped: 0, value: 0n };
  let node = root;
  for (let level = 0; ;) {
    const child = node.children[path[level]!];
    if (child === undefined) return found;
    if (child.kind === "entry") {
      if (samePath(child.path, path, level, LEVELS)) found.value = child.value;
      return found;
    }
    const end = level + 1 + child.skip;
    const fork = forkOf(child.path, path, level + 1, end);
    found.skipped += fork - level - 1;
    // The FVM opens the node only once the skipped levels match.
    if (fork !== end) return found;
    found.nodes.push(child.node);
    node = child.node;
    level = end;
  }
}

/** The root after a write; the same root when the value was there already. Zero removes the slot. */
export function withSlot(root: TreeNode, slot: bigint, value: bigint, path: Path = pathOf(slot)): TreeNode {
  return value === 0n ? remove(root, path, 0) : insert(root, { kind: "entry", path, slot, value }, 0);
}

function insert(node: TreeNode, entry: Entry, level: number): TreeNode {
  const { path } = entry;
  const index = path[level]!;
  const child = node.children[index];
  if (child === undefined) return replaced(node, index, entry);

  if (child.kind === "entry") {
    const fork = forkOf(child.path, path, level + 1, LEVELS);
    if (fork === LEVELS) return child.value === entry.value ? node : replaced(node, index, entry);
    return replaced(node, index, { kind: "link", skip: fork - level - 1, path, node: pair(child, entry, fork) });
  }

  const end = level + 1 + child.skip;
  const fork = forkOf(child.path, path, level + 1, end);
  if (fork === end) {
    const below = insert(child.node, entry, end);
    return below === child.node ? node : replaced(node, index, { ...child, node: below });
  }
  const tail: Link = { ...child, skip: end - fork - 1 };
  return replaced(node, index, { kind: "link", skip: fork - level - 1, path, node: pair(tail, entry, fork) });
}

function remove(node: TreeNode, path: Path, level: number): TreeNode {
  const index = path[level]!;
  const child = node.children[index];
  if (child === undefined) return node;
  if (child.kind === "entry") {
    return samePath(child.path, path, level, LEVELS) ? replaced(node, index, undefined) : node;
  }
  if (!samePath(child.path, path, level + 1, level + 1 + child.skip)) return node;
  const below = remove(child.node, path, level + 1 + child.skip);
  if (below === child.node) return node;
  const left = below.children.filter((one) => one !== undefined);
  const only = left[0];
  if (left.length !== 1 || only === undefined) return replaced(node, index, { ...child, node: below });
  // A node with a single child folds into its parent.
  const merged: Entry | Link = only.kind === "entry" ? only : { ...only, skip: child.skip + 1 + only.skip };
  return replaced(node, index, merged);
}

function pair(one: Entry | Link, other: Entry, level: number): TreeNode {
  const children: (Entry | Link | undefined)[] = [];
  children[one.path[level]!] = one;
  children[other.path[level]!] = other;
  return { children, stored: false };
}

function replaced(node: TreeNode, index: number, child: Entry | Link | undefined): TreeNode {
  const children = node.children.slice();
  children[index] = child;
  return { children, stored: false };
}

function forkOf(one: Path, other: Path, from: number, to: number): number {
  let level = from;
  while (level < to && one[level] === other[level]) level++;
  return level;
}

function samePath(one: Path, other: Path, from: number, to: number): boolean {
  return forkOf(one, other, from, to) === to;
}

/** Every node that was made since the last time, children first, each marked as stored. */
export function storeNew(node: TreeNode): TreeNode[] {
  if (node.stored) return [];
  const made: TreeNode[] = [];
  for (const child of node.children) if (child?.kind === "link") made.push(...storeNew(child.node));
  node.stored = true;
  made.push(node);
  return made;
}

/** The size of a stored node: its DAG-CBOR bytes, and the links and entries that a reader or writer goes through. */
export interface NodeSize {
  bytes: number;
  links: number;
  entries: number;
}

const LINK_BYTES = 47; // map, "l", array of 3, tag 42, CID of 38 bytes and its prefix
const ENTRY_BYTES = 5; // map, "v", array of 1, array of 2

export function sizeOf(node: TreeNode): NodeSize {
  const size: NodeSize = { bytes: 0, links: 0, entries: 0 };
  let highest = 0;
  node.children.forEach((child, index) => {
    if (child === undefined) return;
    highest = index + 1;
    if (child.kind === "entry") {
      size.entries++;
      size.bytes += ENTRY_BYTES + lengthOfWord(child.slot) + lengthOfWord(child.value);
    } else {
      size.links++;
      const bits = child.skip * BITS_A_LEVEL;
      const skipped = Math.ceil(bits / 8);
      size.bytes += LINK_BYTES + (bits < 24 ? 1 : 2) + headOf(skipped) + skipped;
    }
  });
  const children = size.links + size.entries;
  size.bytes += 2 + Math.ceil(highest / 8) + headOf(children);
  return size;
}

const headOf = (length: number): number => (length < 24 ? 1 : 2);

/** A word is kept without its leading zeros. */
function lengthOfWord(word: bigint): number {
  let length = 0;
  for (let rest = word; rest > 0n; rest >>= 32n) length += rest < 0x1000000n ? lengthOf32(rest) : 4;
  return headOf(length) + length;
}

const lengthOf32 = (rest: bigint): number => (rest < 0x100n ? 1 : rest < 0x10000n ? 2 : 3);

/** How many slots the tree holds. */
export function countSlots(node: TreeNode): number {
  let count = 0;
  for (const child of node.children) if (child) count += child.kind === "entry" ? 1 : countSlots(child.node);
  return count;
}

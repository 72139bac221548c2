import { hashInto } from "@chainsafe/hashtree";

/** Bytes of a node of the piece tree, a leaf included. */
export const NODE_BYTES = 32;
/** The smallest piece: four leaves, 128 padded bytes. */
export const MIN_HEIGHT = 2;
/** Heights above this are past any sector; a bound for tables and for what is parsed. */
export const MAX_HEIGHT = 58;

/** The parent of two nodes: SHA-256 with the top two bits of the last byte cleared. */
export function parentOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * NODE_BYTES);
  pair.set(left, 0);
  pair.set(right, NODE_BYTES);
  const parent = new Uint8Array(NODE_BYTES);
  hashLevel(pair, parent);
  return parent;
}

/** Hashes one level: every 64 bytes of `nodes` to 32 of `parents`, which may be the start of `nodes`. */
export function hashLevel(nodes: Uint8Array, parents: Uint8Array): void {
  hashInto(nodes, parents);
  for (let i = NODE_BYTES - 1; i < parents.length; i += NODE_BYTES) parents[i]! &= 0x3f;
}

/** Reduces a full subtree in place; returns a copy of its root. `leaves.length` is 32 times a power of two. */
export function rootOfLeaves(leaves: Uint8Array): Uint8Array {
  for (let bytes = leaves.length; bytes > NODE_BYTES; bytes /= 2) {
    hashLevel(leaves.subarray(0, bytes), leaves.subarray(0, bytes / 2));
  }
  return leaves.slice(0, NODE_BYTES);
}

const zeroRoots: Uint8Array[] = [new Uint8Array(NODE_BYTES)];

/** The root of a tree of `height` whose leaves are all zero. */
export function zeroRoot(height: number): Uint8Array {
  for (let known = zeroRoots.length - 1; known < height; known++) {
    zeroRoots.push(parentOf(zeroRoots[known]!, zeroRoots[known]!));
  }
  return zeroRoots[height]!;
}

/** The roots of the full subtrees to the left of a growing tree's edge: at most one a height. */
export class Frontier {
  private readonly roots: (Uint8Array | undefined)[] = [];

  /** Appends a full subtree; never one higher than those still open to its left. */
  append(root: Uint8Array, height: number): void {
    let node = root;
    let level = height;
    for (; this.roots[level] !== undefined; level++) {
      node = parentOf(this.roots[level]!, node);
      this.roots[level] = undefined;
    }
    this.roots[level] = node;
  }

  /** The root of the smallest tree of at least `minHeight` that holds everything, zero-filled to the right. */
  close(minHeight: number): { root: Uint8Array; height: number } {
    let node: Uint8Array | undefined;
    const top = this.roots.findLastIndex((root) => root !== undefined);
    let level = 0;
    for (; level < minHeight || level < top || (level === top && node !== undefined); level++) {
      const left = this.roots[level];
      if (left !== undefined) node = parentOf(left, node ?? zeroRoot(level));
      else if (node !== undefined) node = parentOf(node, zeroRoot(level));
    }
    return { root: node ?? this.roots[level] ?? zeroRoot(level), height: level };
  }
}

import { createHash } from "node:crypto";

/** Bytes of a node of the piece tree, a leaf included. */
export const NODE_BYTES = 32;
/** The smallest piece: four leaves, 128 padded bytes. */
export const MIN_HEIGHT = 2;
/** Heights above this are past any sector; a bound for tables and for what is parsed. */
export const MAX_HEIGHT = 58;

/** The parent of two nodes: SHA-256 with the top two bits of the last byte cleared. */
export function parentOf(left: Uint8Array, right: Uint8Array): Uint8Array {
  const digest = createHash("sha256").update(left).update(right).digest();
  digest[NODE_BYTES - 1]! &= 0x3f;
  return new Uint8Array(digest.buffer, digest.byteOffset, NODE_BYTES);
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

/** Every level of the tree over `nodes`, which lie at `height` and are filled up with zero subtrees to a power of two. */
export function levelsOf(nodes: Uint8Array[], height: number, toHeight: number): Uint8Array[][] {
  const levels = [nodes];
  for (let level = height; level < toHeight; level++) {
    const below = levels.at(-1)!;
    const parents: Uint8Array[] = [];
    for (let i = 0; i < below.length; i += 2) parents.push(parentOf(below[i]!, below[i + 1] ?? zeroRoot(level)));
    levels.push(parents);
  }
  return levels;
}

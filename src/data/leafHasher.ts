import { PADDED_QUAD_BYTES } from "./fr32";
import type { Kernels } from "./kernels";
import { NODE_BYTES } from "./pieceTree";

type HashInto = (input: Uint8Array, output: Uint8Array) => void;

/** The native batch hasher, where it has a binary for the platform. */
const native: HashInto | null = (() => {
  try {
    return (require("@chainsafe/hashtree") as typeof import("@chainsafe/hashtree")).hashInto;
  } catch {
    return null;
  }
})();

/** True when nodes are hashed by native code; else by the WebAssembly kernel. */
export const hasNativeHasher = native !== null;

/** Turns payload in the kernels' memory into the root of its subtree. */
export class LeafHasher {
  private readonly leaves: number;

  /**
   * @param quads the most that are hashed at once
   * @param hashInto null hashes by the WebAssembly kernel
   */
  constructor(
    private readonly kernels: Kernels,
    quads: number,
    private readonly hashInto: HashInto | null = native,
  ) {
    this.leaves = kernels.take(LeafHasher.area(quads));
  }

  static area(quads: number): number {
    return quads * PADDED_QUAD_BYTES;
  }

  /** The root over `quads` (a power of two) groups of 127 payload bytes at `address`. */
  rootOf(address: number, quads: number): Uint8Array {
    this.kernels.run.pad(address, this.leaves, quads);
    let pairs = (quads * PADDED_QUAD_BYTES) / (2 * NODE_BYTES);
    for (; pairs >= 1; pairs /= 2) this.hashLevel(pairs);
    return this.kernels.view(this.leaves, NODE_BYTES).slice();
  }

  private hashLevel(pairs: number): void {
    if (this.hashInto === null) return this.kernels.run.hashPairs(this.leaves, this.leaves, pairs);
    const nodes = this.kernels.view(this.leaves, 2 * NODE_BYTES * pairs);
    this.hashInto(nodes, nodes.subarray(0, NODE_BYTES * pairs));
    this.kernels.run.clearTopBits(this.leaves, pairs);
  }
}

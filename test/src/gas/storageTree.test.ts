import { expect } from "chai";
import fc from "fast-check";

import {
  countSlots,
  emptyTree,
  lookUp,
  pathOf,
  sizeOf,
  storeNew,
  withSlot,
  type TreeNode,
} from "../../../src/gas/storageTree";

const treeOf = (slots: Iterable<[bigint, bigint]>): TreeNode =>
  [...slots].reduce((root, [slot, value]) => withSlot(root, slot, value), emptyTree());

/** Sizes of all nodes from the root down: equal trees have equal ones. */
function shapeOf(node: TreeNode): unknown {
  const below = node.children
    .filter((child) => child !== undefined)
    .map((child) => (child.kind === "link" ? [child.skip, shapeOf(child.node)] : child.slot));
  return [sizeOf(node), ...below];
}

const slot = fc.oneof(fc.bigInt(0n, 200n), fc.bigInt(0n, (1n << 256n) - 1n));
const slots = fc.uniqueArray(fc.tuple(slot, fc.bigInt(1n, (1n << 256n) - 1n)), {
  selector: ([key]) => key,
  maxLength: 60,
});

describe("The storage tree", () => {
  it("finds every slot that was written and counts them", () => {
    fc.assert(
      fc.property(slots, (entries) => {
        const root = treeOf(entries);
        for (const [key, value] of entries) expect(lookUp(root, pathOf(key)).value).to.equal(value);
        expect(countSlots(root)).to.equal(entries.length);
      }),
    );
  });

  it("has the same shape whatever the order, and whatever was written and removed between", () => {
    fc.assert(
      fc.property(slots, slots, (entries, passing) => {
        const kept = new Set(entries.map(([key]) => key));
        const others = passing.filter(([key]) => !kept.has(key));
        let root = treeOf([...others, ...[...entries].reverse()]);
        for (const [key] of others) root = withSlot(root, key, 0n);
        expect(shapeOf(root)).to.deep.equal(shapeOf(treeOf(entries)));
      }),
    );
  });

  it("keeps both slots of an aligned pair in a node of their own, single ones in the bottom node", () => {
    const nodesFor = (keys: bigint[]) => storeNew(treeOf(keys.map((key) => [(7n << 200n) + key, 1n]))).length;
    // The root, the bottom node, and one for each whole pair.
    expect(nodesFor([0n, 2n, 4n])).to.equal(2);
    expect(nodesFor([1n, 2n, 4n])).to.equal(2);
    expect(nodesFor([0n, 1n, 2n])).to.equal(3);
    expect(nodesFor([0n, 1n, 2n, 3n])).to.equal(4);
  });

  it("stores nothing for a value that is there already, or for removing what is not", () => {
    const root = treeOf([
      [1n, 5n],
      [900n, 6n],
    ]);
    storeNew(root);
    expect(storeNew(withSlot(root, 1n, 5n))).to.deep.equal([]);
    expect(storeNew(withSlot(root, 2n, 0n))).to.deep.equal([]);
    expect(storeNew(withSlot(root, 1n, 4n)).length).to.be.above(0);
  });
});

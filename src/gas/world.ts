import { createHash } from "node:crypto";

import { strideOfArrayAt, type StorageLayout } from "./layout";
import type { World } from "./meter";
import { wordOf } from "./memory";
import { emptyTree, groupOf, GROUP_SLOTS, storeNew, withSlot, type TreeNode } from "./storageTree";
import type { Execution, Frame } from "./trace";

/** Anything with `send`: Hardhat's provider, ethers' JsonRpcProvider. */
export interface Rpc {
  send(method: string, params: unknown[]): Promise<unknown>;
}

export interface WorldOptions {
  /** State of before the transaction: a block tag or a hex number. */
  block: string;
  /** Slots in use that each contract is assumed to have; 0 takes storage as it is around the slots touched. */
  slots: number;
  /** The compiler's `storageLayout` of the contract at an address, where it is known. */
  layoutOf?: (address: string) => Promise<StorageLayout | undefined>;
}

/** An array whose length is a state variable keeps about half of an assumed contract's slots. */
const SHARE_OF_ARRAYS = 0.5;
/** The rest are records in mappings: five slots each, at places as good as random. */
const SLOTS_OF_RECORD = 5;
/** State variables have small slot numbers; what is hashed from them is found by its distance from the hash. */
const STATE_VARIABLES = 1n << 32n;
const LONGEST_ARRAY = 1n << 80n;

/**
 * The storage of each contract that an execution touched: the real slots in and next to the groups it touched, as the
 * node has them, among as many others as `slots` says, since the depth of the tree is what a write costs.
 */
export async function openWorld(rpc: Rpc, execution: Execution, options: WorldOptions): Promise<World> {
  const touched = new Map<string, Set<bigint>>();
  const payees = new Set<string>();
  const asked = new Set<string>();
  collect(execution.root, touched, payees, asked);

  const roots = new Map<string, TreeNode>();
  for (const [contract, slots] of touched) {
    const layout = await options.layoutOf?.(contract);
    let root = assumedTree(options.slots, arraysAmong(slots, execution, layout));
    for (const slot of slotsInGroupsOf(slots)) {
      const value = BigInt((await rpc.send("eth_getStorageAt", [contract, quantity(slot), options.block])) as string);
      root = withSlot(root, slot, value);
    }
    storeNew(root);
    roots.set(contract, root);
  }

  const isNew = new Map<string, boolean>();
  for (const payee of payees) isNew.set(payee, await isUnknown(rpc, payee, options.block));
  const codeBytes = new Map<string, number>();
  for (const address of asked) {
    const code = (await rpc.send("eth_getCode", [address, options.block])) as string;
    codeBytes.set(address, code.length / 2 - 1);
  }
  return {
    roots,
    isNew: (address) => isNew.get(address) ?? false,
    codeBytes: (address) => codeBytes.get(address) ?? 0,
  };
}

function collect(frame: Frame, touched: Map<string, Set<bigint>>, payees: Set<string>, asked: Set<string>): void {
  if (frame.kind !== "create" && !frame.simulated && !touched.has(frame.storage)) {
    // Its root is read even when no slot is.
    touched.set(frame.storage, new Set());
  }
  for (const action of frame.actions) {
    if (action.kind === "call") collect(action.frame, touched, payees, asked);
    else if (frame.simulated) continue;
    else if (action.kind === "pay") payees.add(action.to);
    else if (action.kind === "code") asked.add(action.address);
    else if ((action.kind === "read" || action.kind === "write") && frame.kind !== "create") {
      touched.get(frame.storage)?.add(action.slot);
    }
  }
}

function slotsInGroupsOf(slots: Set<bigint>): bigint[] {
  const groups = new Set([...slots].map(groupOf));
  return [...groups].flatMap((group) =>
    Array.from({ length: Number(GROUP_SLOTS) }, (_, i) => group * GROUP_SLOTS + BigInt(i)),
  );
}

/** A dynamic array that is a state variable, of which an element was touched. */
interface TouchedArray {
  start: bigint;
  /** Slots from one element to the next. */
  stride: bigint;
}

/** Without a layout, elements are taken to follow each other closely. */
function arraysAmong(slots: Set<bigint>, execution: Execution, layout: StorageLayout | undefined): TouchedArray[] {
  const arrays: TouchedArray[] = [];
  for (const [start, hashed] of execution.preimages) {
    if (hashed.length !== 32 || wordOf(hashed) >= STATE_VARIABLES) continue;
    if (![...slots].some((slot) => slot >= start && slot - start < LONGEST_ARRAY)) continue;
    arrays.push({ start, stride: layout === undefined ? 1n : strideOfArrayAt(layout, wordOf(hashed)) });
  }
  return arrays;
}

/** A tree of about `slots` slots; only what is beside a path makes a difference, so a few slots stand for many. */
function assumedTree(slots: number, arrays: TouchedArray[]): TreeNode {
  if (slots === 0) return emptyTree();
  const inEach = arrays.length === 0 ? 0 : Math.round((slots * SHARE_OF_ARRAYS) / arrays.length);
  let root = recordsTree(Math.round((slots - inEach * arrays.length) / SLOTS_OF_RECORD));
  for (const { start, stride } of arrays) {
    const sparse = stride > GROUP_SLOTS;
    const count = sparse ? Math.round(inEach / SLOTS_OF_RECORD) : Math.ceil(inEach / Number(GROUP_SLOTS));
    for (let i = 0n; i < count; i++) {
      const slot = sparse ? start + i * stride : (groupOf(start) + i) * GROUP_SLOTS;
      for (const offset of STANDING_FOR_MANY) root = withSlot(root, slot + offset, ASSUMED_VALUE);
    }
  }
  return root;
}

/** A pair and a slot beside it: enough to have a node of their own. */
const STANDING_FOR_MANY = [0n, 1n, 2n];
const ASSUMED_VALUE = (1n << 96n) - 1n;
const recordTrees = new Map<number, TreeNode>();

function recordsTree(records: number): TreeNode {
  let root = recordTrees.get(records);
  if (root !== undefined) return root;
  root = emptyTree();
  for (let i = 0; i < records; i++) {
    const slot = BigInt(`0x${createHash("sha256").update(`record ${i}`).digest("hex")}`) & ~7n;
    root = withSlot(withSlot(root, slot, ASSUMED_VALUE), slot + 2n, ASSUMED_VALUE);
  }
  recordTrees.set(records, root);
  return root;
}

async function isUnknown(rpc: Rpc, address: string, block: string): Promise<boolean> {
  if (BigInt((await rpc.send("eth_getBalance", [address, block])) as string) > 0n) return false;
  return BigInt((await rpc.send("eth_getTransactionCount", [address, block])) as string) === 0n;
}

const quantity = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;

import type { PriceName } from "./prices";
import { groupOf, lookUp, pathOf, sizeOf, storeNew, withSlot, type Path, type TreeNode } from "./storageTree";

/** A number of units of one price, and what they are for. */
export interface Item {
  price: PriceName;
  count: number;
  /** The contract, where one is concerned. */
  contract?: string;
  /** The group of slots that alone needed it; undefined for what several share. */
  group?: bigint;
  /** The actor method, the payee, … */
  label?: string;
}

/** The slots of one contract that were read, and those that were written. */
export interface Touched {
  read: Set<bigint>;
  written: Set<bigint>;
}

/** Receives an open state's charges and its new root. */
export interface Ledger {
  add(item: Item): void;
  touch(contract: string, kind: keyof Touched, slot: bigint): void;
  saveRoot(contract: string, root: TreeNode): void;
}

/**
 * A contract's storage as one frame has it open. Nodes are fetched once a frame. What was changed is stored when the
 * frame calls out (the callee may call back) and when it ends: a write before and one after a call cost the path twice.
 */
export class OpenState {
  private readonly opened = new Set<TreeNode>();
  private readonly changed = new Set<bigint>();
  private transient = false;

  constructor(
    private readonly ledger: Ledger,
    private readonly contract: string,
    private root: TreeNode,
  ) {}

  load(): void {
    this.opened.clear();
    this.open(this.root, undefined);
  }

  read(slot: bigint): void {
    this.ledger.touch(this.contract, "read", slot);
    this.find("slotRead", slot, pathOf(slot));
  }

  write(slot: bigint, value: bigint): void {
    const path = pathOf(slot);
    this.ledger.touch(this.contract, "written", slot);
    this.find("slotWrite", slot, path);
    const root = withSlot(this.root, slot, value, path);
    if (root === this.root) return;
    this.root = root;
    this.changed.add(slot);
    this.opened.add(root);
    for (const node of lookUp(root, path).nodes) this.opened.add(node);
  }

  /** Transient slots have a tree of their own, of one small node as a rule. */
  writeTransient(): void {
    this.transient = true;
  }

  store(): void {
    if (this.changed.size === 0 && !this.transient) return;
    if (this.transient) this.ledger.add({ price: "nodeWrite", count: 1, contract: this.contract, label: "transient" });
    const owners = this.ownersOfNewNodes();
    for (const node of storeNew(this.root)) this.charge("nodeWrite", node, owners.get(node));
    this.changed.clear();
    this.transient = false;
    this.storeHead();
  }

  storeHead(): void {
    this.ledger.saveRoot(this.contract, this.root);
  }

  /** After a call that may have called back and changed the state. */
  reload(root: TreeNode): void {
    if (root === this.root) return;
    this.root = root;
    this.ledger.add({ price: "stateRead", count: 1, contract: this.contract });
    this.load();
  }

  private find(price: PriceName, slot: bigint, path: Path): void {
    const { nodes, skipped } = lookUp(this.root, path);
    const where = { contract: this.contract, group: groupOf(slot) };
    for (const node of nodes) this.open(node, groupOf(slot));
    this.ledger.add({ price, count: 1, ...where });
    this.ledger.add({ price: "treeStep", count: nodes.length, ...where });
    this.ledger.add({ price: "treeSkip", count: skipped, ...where });
  }

  private open(node: TreeNode, group: bigint | undefined): void {
    if (this.opened.has(node)) return;
    this.opened.add(node);
    this.charge("nodeRead", node, group);
  }

  private charge(price: "nodeRead" | "nodeWrite", node: TreeNode, group: bigint | undefined): void {
    const { bytes, links, entries } = sizeOf(node);
    const where = { contract: this.contract, group };
    this.ledger.add({ price, count: 1, ...where });
    this.ledger.add({ price: `${price}Byte`, count: bytes, ...where });
    this.ledger.add({ price: `${price}Link`, count: links, ...where });
    this.ledger.add({ price: `${price}Entry`, count: entries, ...where });
  }

  /** Which group alone made a new node necessary; undefined when several did. */
  private ownersOfNewNodes(): Map<TreeNode, bigint | undefined> {
    const owners = new Map<TreeNode, bigint | undefined>();
    for (const slot of this.changed) {
      for (const node of lookUp(this.root, pathOf(slot)).nodes) {
        if (node.stored) continue;
        const group = groupOf(slot);
        owners.set(node, owners.has(node) && owners.get(node) !== group ? undefined : group);
      }
    }
    return owners;
  }
}

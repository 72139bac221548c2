import type { PriceName } from "./prices";
import { type Item, OpenState, type Touched } from "./openState";
import { emptyTree, type TreeNode } from "./storageTree";
import type { Action, Execution, Frame } from "./trace";

export interface Metered {
  items: Item[];
  /** By contract. */
  touched: Map<string, Touched>;
}

/** What the model has to know of the chain besides the trace. */
export interface World {
  /** Each contract's storage, before the transaction; it is kept up to date while metering. */
  roots: Map<string, TreeNode>;
  /** Whether a payment would have to create the account. */
  isNew(address: string): boolean;
  codeBytes(address: string): number;
}

/** Counts what an execution uses, in units of the price table. */
export function meter(execution: Execution, inputBytes: number, world: World): Metered {
  const run = new Meter(world);
  const { root } = execution;
  run.add({ price: root.kind === "create" ? "deployment" : "message", count: 1 });
  run.add({ price: "messageByte", count: inputBytes, label: "calldata" });
  if (root.kind !== "create") run.add({ price: "messageByte", count: root.output.length, label: "returned" });
  run.frame(root);
  return run;
}

class Meter implements Metered {
  readonly items: Item[] = [];
  readonly touched = new Map<string, Touched>();
  /** Actors that were looked up, and those whose head was updated: both are charged once a message. */
  private readonly met = new Set<string>();
  private readonly updated = new Set<string>();

  constructor(private readonly world: World) {}

  add(item: Item): void {
    if (item.count > 0) this.items.push(item);
  }

  frame(frame: Frame): void {
    const before = new Map(this.world.roots);
    const state = new OpenState(this, frame.storage, this.rootOf(frame.storage));
    this.met.add(frame.code);
    if (!frame.simulated) {
      this.add({ price: "codeByte", count: frame.codeBytes, contract: frame.code });
      this.opcodes(frame);
      if (frame.kind !== "create") state.load();
    }
    for (const action of frame.actions) this.act(action, frame, state);
    if (!frame.succeeded) return this.restore(before);
    state.store();
    if (frame.kind === "create") this.add({ price: "deployedByte", count: frame.output.length, contract: frame.code });
  }

  rootOf(contract: string): TreeNode {
    let root = this.world.roots.get(contract);
    if (root === undefined) this.world.roots.set(contract, (root = emptyTree()));
    return root;
  }

  saveRoot(contract: string, root: TreeNode): void {
    this.world.roots.set(contract, root);
    this.add({ price: "stateWrite", count: 1, contract });
    if (this.updated.has(contract)) return;
    this.updated.add(contract);
    this.add({ price: "actorUpdate", count: 1, contract });
  }

  touch(contract: string, kind: keyof Touched, slot: bigint): void {
    let touched = this.touched.get(contract);
    if (touched === undefined) this.touched.set(contract, (touched = { read: new Set(), written: new Set() }));
    touched[kind].add(slot);
  }

  private restore(roots: Map<string, TreeNode>): void {
    this.world.roots.clear();
    for (const [contract, root] of roots) this.world.roots.set(contract, root);
  }

  private opcodes(frame: Frame): void {
    let count = 0;
    for (const times of frame.opcodes.values()) count += times;
    this.add({ price: "opcode", count, contract: frame.code });
  }

  private act(action: Action, frame: Frame, state: OpenState): void {
    const contract = frame.storage;
    if (frame.simulated && action.kind !== "call") return;
    switch (action.kind) {
      case "read":
        return state.read(action.slot);
      case "write":
        return state.write(action.slot, action.value);
      case "transient":
        return state.writeTransient();
      case "keccak":
        this.add({ price: "keccak", count: 1, contract });
        return this.add({ price: "keccakByte", count: action.bytes, contract });
      case "log":
        this.add({ price: "log", count: 1, contract });
        return this.add({ price: "logByte", count: 32 * action.topics + action.bytes, contract });
      case "native":
        return this.native(Number(action.address), action.bytes, contract);
      case "code":
        return this.lookUpCode(action.address, contract);
      case "actor":
        if (action.call.leavesContract) state.store();
        this.add({ price: action.call.price, count: 1, contract, label: action.call.name });
        if (action.call.value > 0n) this.add({ price: "transfer", count: 1, contract, label: action.call.name });
        return;
      case "pay":
        return this.pay(action.to, action.value, contract, state);
      case "call":
        return this.call(action.frame, contract, state);
    }
  }

  private call(callee: Frame, contract: string, state: OpenState): void {
    state.store();
    // A creator counts its creations, in its own state.
    if (callee.kind === "create") state.storeHead();
    if (!callee.simulated) {
      this.add({ price: this.priceOfCall(callee), count: 1, contract, label: callee.code });
      if (callee.value > 0n) this.add({ price: "transfer", count: 1, contract, label: callee.code });
    }
    this.frame(callee);
    state.reload(this.rootOf(contract));
  }

  private priceOfCall(callee: Frame): PriceName {
    const again = this.met.has(callee.code);
    if (callee.kind === "create") return "create";
    if (callee.kind === "delegate") return again ? "delegateAgain" : "delegate";
    return again ? "callAgain" : "call";
  }

  private pay(to: string, value: bigint, contract: string, state: OpenState): void {
    state.store();
    const price = value === 0n ? "callAccount" : this.world.isNew(to) && !this.met.has(to) ? "payNew" : "pay";
    this.met.add(to);
    this.add({ price, count: 1, contract, label: to });
  }

  private native(address: number, bytes: number, contract: string): void {
    if (address === 1) return this.add({ price: "ecrecover", count: 1, contract });
    if (address !== 2) return this.add({ price: "precompile", count: 1, contract, label: `precompile ${address}` });
    this.add({ price: "sha256", count: 1, contract });
    this.add({ price: "sha256Byte", count: bytes, contract });
  }

  private lookUpCode(address: string, contract: string): void {
    if (this.world.codeBytes(address) === 0) return;
    const price = this.met.has(address) ? "codeLookupAgain" : "codeLookup";
    this.met.add(address);
    this.add({ price, count: 1, contract, label: address });
  }
}

import { keccak256, toBeHex, zeroPadValue } from "ethers";

import { wordOf } from "./memory";

/** solc's `storageLayout`. */
export interface StorageLayout {
  storage: { label: string; offset: number; slot: string; type: string }[];
  types: Record<string, LayoutType> | null;
}

interface LayoutType {
  encoding: "inplace" | "mapping" | "dynamic_array" | "bytes";
  label: string;
  numberOfBytes: string;
  key?: string;
  value?: string;
  base?: string;
  members?: { label: string; offset: number; slot: string; type: string }[];
}

/** A slot as the source spells it, and the type that begins there, if one does. */
interface Place {
  name: string;
  type?: LayoutType;
}

/** How far behind a hash the slots of what it stands for may lie. */
const REACH = 1n << 80n;
/** The compiler computes where arrays among the first state variables begin; so the trace has no KECCAK256 of them. */
const FIRST_SLOTS = 256;

/** Beginnings of dynamic arrays at the first slots: hash → what is hashed. */
export function arrayStarts(): Map<bigint, Uint8Array> {
  const starts = new Map<bigint, Uint8Array>();
  for (let slot = 0; slot < FIRST_SLOTS; slot++) {
    const word = zeroPadValue(toBeHex(slot), 32);
    starts.set(BigInt(keccak256(word)), Uint8Array.from(Buffer.from(word.slice(2), "hex")));
  }
  return starts;
}

/** Names a contract's slots after its variables. What is hashed must have been seen in the trace. */
export class SlotNames {
  private readonly hashes: bigint[];

  constructor(
    private readonly layout: StorageLayout | undefined,
    private readonly preimages: ReadonlyMap<bigint, Uint8Array>,
  ) {
    this.hashes = [...preimages.keys()].sort((a, b) => (a < b ? -1 : 1));
  }

  /** Undefined where the layout does not reach: assembly, namespaced storage, no build info. */
  nameOf(slot: bigint): string | undefined {
    return this.locate(slot)?.name;
  }

  private locate(slot: bigint): Place | undefined {
    if (this.layout === undefined) return undefined;
    const variables = this.layout.storage.filter((variable) => this.holds(variable, slot));
    if (variables.length > 0) return this.among("", variables, slot);

    const start = this.startBefore(slot);
    const hashed = start === undefined ? undefined : this.preimages.get(start);
    if (start === undefined || hashed === undefined || hashed.length < 32) return undefined;
    const parent = this.locate(wordOf(hashed.subarray(hashed.length - 32)));
    if (parent?.type === undefined) return undefined;
    return this.behindHash(parent.name, parent.type, hashed.subarray(0, hashed.length - 32), slot - start);
  }

  private behindHash(name: string, type: LayoutType, key: Uint8Array, distance: bigint): Place | undefined {
    switch (type.encoding) {
      case "mapping":
        return this.inside(`${name}[${keyText(key, this.type(type.key))}]`, this.type(type.value), distance);
      case "dynamic_array":
        return this.element(name, type, distance);
      case "bytes":
        return { name: `${name} (bytes from ${distance * 32n})` };
      case "inplace":
        return undefined;
    }
  }

  /** What lies so many slots behind the beginning of a value of this type. */
  private inside(name: string, type: LayoutType | undefined, distance: bigint): Place | undefined {
    if (type === undefined) return undefined;
    if (type.members) {
      const members = type.members.filter((member) => this.holds(member, distance));
      return this.among(`${name}.`, members, distance);
    }
    if (type.base !== undefined && type.encoding === "inplace") return this.element(name, type, distance);
    return distance === 0n ? { name, type } : undefined;
  }

  private among(
    prefix: string,
    fields: { label: string; slot: string; type: string }[],
    slot: bigint,
  ): Place | undefined {
    const only = fields[0];
    if (only === undefined) return undefined;
    if (fields.length > 1) return { name: `${prefix}{${fields.map(({ label }) => label).join(", ")}}` };
    return this.inside(`${prefix}${only.label}`, this.type(only.type), slot - BigInt(only.slot));
  }

  private element(name: string, type: LayoutType, distance: bigint): Place | undefined {
    const base = this.type(type.base);
    if (base === undefined) return undefined;
    const bytes = BigInt(base.numberOfBytes);
    if (bytes <= 16n) {
      const each = 32n / bytes;
      return { name: `${name}[${distance * each}…${distance * each + each - 1n}]` };
    }
    const slots = slotsOf(base);
    return this.inside(`${name}[${distance / slots}]`, base, distance % slots);
  }

  private holds(field: { slot: string; type: string }, slot: bigint): boolean {
    const first = BigInt(field.slot);
    const type = this.type(field.type);
    return slot >= first && slot < first + (type === undefined ? 1n : slotsOf(type));
  }

  private type(id: string | undefined): LayoutType | undefined {
    return id === undefined ? undefined : this.layout?.types?.[id];
  }

  private startBefore(slot: bigint): bigint | undefined {
    let low = 0;
    let high = this.hashes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.hashes[middle]! <= slot) low = middle + 1;
      else high = middle;
    }
    const start = this.hashes[low - 1];
    if (start === undefined || slot - start >= REACH) return undefined;
    // The trace's memory was rebuilt: believe a preimage only if it is one.
    return BigInt(keccak256(this.preimages.get(start)!)) === start ? start : undefined;
  }
}

/** Slots from one element to the next in the dynamic array whose length is at this slot. */
export function strideOfArrayAt(layout: StorageLayout, slot: bigint): bigint {
  const variable = layout.storage.find((one) => BigInt(one.slot) === slot);
  const base = variable && layout.types?.[layout.types[variable.type]?.base ?? ""];
  return base === undefined ? 1n : slotsOf(base);
}

const slotsOf = (type: LayoutType): bigint => (BigInt(type.numberOfBytes) + 31n) / 32n;

function keyText(key: Uint8Array, type: LayoutType | undefined): string {
  const hex = Buffer.from(key).toString("hex");
  const label = type?.label ?? "";
  if (label === "string") return JSON.stringify(Buffer.from(key).toString("utf8"));
  if (label.startsWith("address") || label.startsWith("contract")) return shortHex(hex.slice(-40));
  if (label.startsWith("bytes") || key.length !== 32) return shortHex(hex);
  return wordOf(key) < 1n << 96n ? wordOf(key).toString() : shortHex(hex);
}

const SHORT = 12;
export const shortHex = (hex: string): string =>
  hex.length <= SHORT + 2 ? `0x${hex}` : `0x${hex.slice(0, 6)}…${hex.slice(-4)}`;

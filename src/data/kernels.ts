import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

// The part of the WebAssembly interface that is used: Node has it, the types for Node alone do not.
declare const WebAssembly: {
  Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
};

interface Exports {
  combine(inputs: number, count: number, tables: number, outputs: number, rows: number, bytes: number): void;
  pad(input: number, output: number, quads: number): void;
  unpad(input: number, output: number, quads: number): void;
  clearTopBits(nodes: number, count: number): void;
  hashPairs(input: number, output: number, count: number): void;
}

/** Bytes at the start of the memory that belong to the kernels themselves. */
const RESERVED_BYTES = 1 << 16;
const PAGE_BYTES = 1 << 16;
/** Areas start on a cache line and end with room for a kernel that touches whole vectors. */
const ALIGNMENT = 64;

/** Beside the sources, or above them when they were compiled into a folder of their own. */
const folder = ((): string => {
  for (let above = __dirname; above !== dirname(above); above = dirname(above)) {
    if (existsSync(join(above, "kernels", "data.wasm"))) return join(above, "kernels");
  }
  throw new Error("kernels/data.wasm is missing: run npm run build:kernels to make it.");
})();
let compiled: { module: object; relaxed: boolean } | undefined;

/** Compiled once: with relaxed SIMD where the runtime has it. */
function compile(): { module: object; relaxed: boolean } {
  if (compiled === undefined) {
    const relaxedBytes = readFileSync(join(folder, "data.relaxed.wasm"));
    const relaxed = WebAssembly.validate(relaxedBytes);
    compiled = {
      module: new WebAssembly.Module(relaxed ? relaxedBytes : readFileSync(join(folder, "data.wasm"))),
      relaxed,
    };
  }
  return compiled;
}

/** True when the kernels run with relaxed SIMD. */
export const hasRelaxedSimd = (): boolean => compile().relaxed;

/** One instance of the WebAssembly kernels with a memory of fixed size, laid out by its caller. */
export class Kernels {
  readonly run: Exports;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  private next = RESERVED_BYTES;

  /** @param areas the sizes of the areas that will be taken, in bytes */
  constructor(areas: number[]) {
    const size = areas.reduce((sum, area) => sum + roomFor(area), RESERVED_BYTES);
    const memory = new WebAssembly.Memory({ initial: Math.ceil(size / PAGE_BYTES) });
    const instance = new WebAssembly.Instance(compile().module, { env: { memory } });
    this.run = instance.exports as Exports;
    this.bytes = new Uint8Array(memory.buffer);
  }

  /** Takes the next area and returns its address. */
  take(bytes: number): number {
    const address = this.next;
    if (address + roomFor(bytes) > this.bytes.length)
      throw new RangeError("The kernels' memory has no room for this area: name its size when it is created.");
    this.next += roomFor(bytes);
    return address;
  }

  view(address: number, bytes: number): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(address, address + bytes);
  }

  writeAddresses(at: number, addresses: number[]): void {
    new Uint32Array(this.bytes.buffer, at, addresses.length).set(addresses);
  }
}

function roomFor(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT + ALIGNMENT;
}

/**
 * The memory of one frame, rebuilt from the stack of each step, so that traces can be taken without memory (which
 * would be hundreds of megabytes). What it holds of the results of native code may be wrong until the contract loads it.
 */
export class FrameMemory {
  private bytes = new Uint8Array(1024);

  write(offset: number, data: Uint8Array): void {
    this.reserve(offset + data.length);
    this.bytes.set(data, offset);
  }

  /** Copies `size` bytes of `data` from `from` on; beyond its end there are zeros. */
  copy(offset: number, data: Uint8Array, from: number, size: number): void {
    if (size === 0) return;
    this.reserve(offset + size);
    this.bytes.fill(0, offset, offset + size);
    this.bytes.set(data.subarray(Math.min(from, data.length), Math.min(from + size, data.length)), offset);
  }

  read(offset: number, size: number): Uint8Array {
    if (size === 0) return new Uint8Array();
    this.reserve(offset + size);
    return this.bytes.slice(offset, offset + size);
  }

  writeWord(offset: number, word: string): void {
    this.write(offset, bytesOfWord(word));
  }

  private reserve(end: number): void {
    if (end <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(end, this.bytes.length * 2));
    grown.set(this.bytes);
    this.bytes = grown;
  }
}

/** A stack word of a trace: 64 hex digits, or fewer with a prefix. */
export function bytesOfWord(word: string): Uint8Array {
  const hex = (word.startsWith("0x") ? word.slice(2) : word).padStart(64, "0");
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

export function wordOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

/** Fr32: 254 bits of payload in every 256, so that each 32-byte leaf is an element of the proofs' field. */
export const QUAD_BYTES = 127;
export const PADDED_QUAD_BYTES = 128;

/** Pads `quads` groups of 127 payload bytes to 128; `output` must not overlap `input`. */
export function fr32Pad(input: Uint8Array, output: Uint8Array, quads: number): void {
  for (let quad = 0; quad < quads; quad++) {
    const from = quad * QUAD_BYTES;
    const to = quad * PADDED_QUAD_BYTES;
    for (let leaf = 0; leaf < 4; leaf++) {
      const shift = 2 * leaf;
      const base = from + 32 * leaf;
      let carry = leaf === 0 ? 0 : input[base - 1]! >> (8 - shift);
      for (let i = 0; i < 32; i++) {
        const byte = leaf === 3 && i === 31 ? 0 : input[base + i]!;
        output[to + 32 * leaf + i] = (byte << shift) | carry;
        carry = byte >> (8 - shift);
      }
      output[to + 32 * leaf + 31]! &= 0x3f;
    }
  }
}

/** The inverse of `fr32Pad`: `quads` groups of 128 padded bytes to 127. */
export function fr32Unpad(input: Uint8Array, output: Uint8Array, quads: number): void {
  for (let quad = 0; quad < quads; quad++) {
    const from = quad * PADDED_QUAD_BYTES;
    const to = quad * QUAD_BYTES;
    for (let leaf = 0; leaf < 4; leaf++) {
      const shift = 2 * leaf;
      for (let i = 0; i < (leaf === 3 ? 31 : 32); i++) {
        const here = input[from + 32 * leaf + i]! >> shift;
        // The next byte of the leaf, or for its last byte the first bits of the next leaf.
        const next =
          i < 31 ? input[from + 32 * leaf + i + 1]! << (8 - shift) : input[from + 32 * (leaf + 1)]! << (6 - shift);
        output[to + 32 * leaf + i] = here | next;
      }
    }
  }
}

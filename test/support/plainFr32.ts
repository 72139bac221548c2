/** Fr32 bit by bit, as it is defined: bit b of leaf l is bit 254 l + b of the payload, and the last two are zero. */
export function plainFr32Pad(payload: Uint8Array): Uint8Array {
  const padded = new Uint8Array((payload.length / 127) * 128);
  for (let bit = 0; bit < payload.length * 8; bit++) {
    if ((payload[bit >> 3]! >> (bit & 7)) & 1) {
      const to = Math.floor(bit / 254) * 256 + (bit % 254);
      padded[to >> 3]! |= 1 << (to & 7);
    }
  }
  return padded;
}

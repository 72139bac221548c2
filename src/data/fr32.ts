import { Kernels } from "./kernels";

/** Fr32: 254 bits of payload in every 256, so that each 32-byte leaf is an element of the proofs' field. */
export const QUAD_BYTES = 127;
export const PADDED_QUAD_BYTES = 128;

const BATCH_QUADS = 512;
let scratch: { kernels: Kernels; payload: number; leaves: number } | undefined;

function room(): { kernels: Kernels; payload: number; leaves: number } {
  if (scratch === undefined) {
    const [payload, leaves] = [BATCH_QUADS * QUAD_BYTES, BATCH_QUADS * PADDED_QUAD_BYTES] as const;
    const kernels = new Kernels([payload, leaves]);
    scratch = { kernels, payload: kernels.take(payload), leaves: kernels.take(leaves) };
  }
  return scratch;
}

/** Pads groups of 127 payload bytes to 128; the lengths must match. */
export function fr32Pad(payload: Uint8Array, padded: Uint8Array): void {
  const quads = quadsOf(payload, padded);
  const { kernels, ...at } = room();
  for (let quad = 0; quad < quads; quad += BATCH_QUADS) {
    const batch = Math.min(BATCH_QUADS, quads - quad);
    const from = payload.subarray(quad * QUAD_BYTES, (quad + batch) * QUAD_BYTES);
    kernels.view(at.payload, from.length).set(from);
    kernels.run.pad(at.payload, at.leaves, batch);
    padded.set(kernels.view(at.leaves, batch * PADDED_QUAD_BYTES), quad * PADDED_QUAD_BYTES);
  }
}

/** The inverse of `fr32Pad`. */
export function fr32Unpad(padded: Uint8Array, payload: Uint8Array): void {
  const quads = quadsOf(payload, padded);
  const { kernels, ...at } = room();
  for (let quad = 0; quad < quads; quad += BATCH_QUADS) {
    const batch = Math.min(BATCH_QUADS, quads - quad);
    const from = padded.subarray(quad * PADDED_QUAD_BYTES, (quad + batch) * PADDED_QUAD_BYTES);
    kernels.view(at.leaves, from.length).set(from);
    kernels.run.unpad(at.leaves, at.payload, batch);
    payload.set(kernels.view(at.payload, batch * QUAD_BYTES), quad * QUAD_BYTES);
  }
}

function quadsOf(payload: Uint8Array, padded: Uint8Array): number {
  const quads = payload.length / QUAD_BYTES;
  if (!Number.isInteger(quads) || padded.length !== quads * PADDED_QUAD_BYTES) {
    throw new RangeError(`${payload.length} payload bytes do not match ${padded.length} padded ones: 127 make 128.`);
  }
  return quads;
}

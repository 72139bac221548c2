// What the kernels offer. All of it works on memory that the host lays out; nothing here allocates.
export { combine } from "./gf256";
export { pad, unpad } from "./fr32";
export { clearTopBits, hashPairs } from "./sha256";

// The piece tree's hash, four nodes at a time: SHA-256 of 64 bytes with the top two bits of the digest cleared. For
// runtimes without a native batch hasher.

// prettier-ignore
const K: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/** Message words plus round constants of 64 rounds, four lanes each. */
const SCHEDULE = memory.data(64 * 16);
/** The same for the padding block, which every 64-byte message has in common. */
const PADDING = memory.data(64 * 16);
const STATE = memory.data(8 * 16);
let paddingReady = false;

// @ts-ignore: decorator
@inline
function rotate(x: v128, bits: i32): v128 {
  return v128.or(i32x4.shr_u(x, bits), i32x4.shl(x, 32 - bits));
}

// @ts-ignore: decorator
@inline
function small0(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 7), rotate(x, 18)), i32x4.shr_u(x, 3));
}

// @ts-ignore: decorator
@inline
function small1(x: v128): v128 {
  return v128.xor(v128.xor(rotate(x, 17), rotate(x, 19)), i32x4.shr_u(x, 10));
}

/** Extends 16 words to 64 and adds the round constants. */
function expand(words: usize): void {
  for (let t: usize = 16 * 16; t < 64 * 16; t += 16) {
    const sum = i32x4.add(v128.load(words + t - 256), v128.load(words + t - 112));
    const far = small0(v128.load(words + t - 240));
    v128.store(words + t, i32x4.add(i32x4.add(sum, far), small1(v128.load(words + t - 32))));
  }
  for (let t: usize = 0; t < 64; t++) {
    const at = words + t * 16;
    v128.store(at, i32x4.add(v128.load(at), i32x4.splat(unchecked(K[<i32>t]))));
  }
}

// @ts-ignore: decorator
@inline
function first(e: v128, f: v128, g: v128, h: v128, word: v128): v128 {
  const sum = v128.xor(v128.xor(rotate(e, 6), rotate(e, 11)), rotate(e, 25));
  return i32x4.add(i32x4.add(h, word), i32x4.add(sum, v128.bitselect(f, g, e)));
}

// @ts-ignore: decorator
@inline
function second(a: v128, b: v128, c: v128): v128 {
  const sum = v128.xor(v128.xor(rotate(a, 2), rotate(a, 13)), rotate(a, 22));
  return i32x4.add(sum, v128.xor(v128.and(a, b), v128.and(c, v128.xor(a, b))));
}

/** 64 rounds on STATE with the words given. */
function compress(words: usize): void {
  let a = v128.load(STATE), b = v128.load(STATE, 16), c = v128.load(STATE, 32), d = v128.load(STATE, 48);
  let e = v128.load(STATE, 64), f = v128.load(STATE, 80), g = v128.load(STATE, 96), h = v128.load(STATE, 112);
  for (const end = words + 1024; words < end; words += 128) {
    let t = first(e, f, g, h, v128.load(words));
    d = i32x4.add(d, t); h = i32x4.add(t, second(a, b, c));
    t = first(d, e, f, g, v128.load(words, 16));
    c = i32x4.add(c, t); g = i32x4.add(t, second(h, a, b));
    t = first(c, d, e, f, v128.load(words, 32));
    b = i32x4.add(b, t); f = i32x4.add(t, second(g, h, a));
    t = first(b, c, d, e, v128.load(words, 48));
    a = i32x4.add(a, t); e = i32x4.add(t, second(f, g, h));
    t = first(a, b, c, d, v128.load(words, 64));
    h = i32x4.add(h, t); d = i32x4.add(t, second(e, f, g));
    t = first(h, a, b, c, v128.load(words, 80));
    g = i32x4.add(g, t); c = i32x4.add(t, second(d, e, f));
    t = first(g, h, a, b, v128.load(words, 96));
    f = i32x4.add(f, t); b = i32x4.add(t, second(c, d, e));
    t = first(f, g, h, a, v128.load(words, 112));
    e = i32x4.add(e, t); a = i32x4.add(t, second(b, c, d));
  }
  v128.store(STATE, i32x4.add(a, v128.load(STATE)));
  v128.store(STATE, i32x4.add(b, v128.load(STATE, 16)), 16);
  v128.store(STATE, i32x4.add(c, v128.load(STATE, 32)), 32);
  v128.store(STATE, i32x4.add(d, v128.load(STATE, 48)), 48);
  v128.store(STATE, i32x4.add(e, v128.load(STATE, 64)), 64);
  v128.store(STATE, i32x4.add(f, v128.load(STATE, 80)), 80);
  v128.store(STATE, i32x4.add(g, v128.load(STATE, 96)), 96);
  v128.store(STATE, i32x4.add(h, v128.load(STATE, 112)), 112);
}

// @ts-ignore: decorator
@inline
function swapBytes(x: v128): v128 {
  return i8x16.shuffle(x, x, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

function preparePadding(): void {
  memory.fill(PADDING, 0, 1024);
  v128.store(PADDING, i32x4.splat(0x80000000));
  v128.store(PADDING, i32x4.splat(512), 15 * 16);
  expand(PADDING);
  paddingReady = true;
}

/** Hashes `count` pairs of nodes; `output` may be the start of `input`. */
export function hashPairs(input: usize, output: usize, count: u32): void {
  if (!paddingReady) preparePadding();
  for (let done: u32 = 0; done < count; done += 4) {
    const p0 = input + (<usize>done << 6);
    // Short of four pairs, the last lanes repeat the first.
    const lanes = min<u32>(4, count - done);
    const p1 = lanes > 1 ? p0 + 64 : p0, p2 = lanes > 2 ? p0 + 128 : p0, p3 = lanes > 3 ? p0 + 192 : p0;
    for (let word: usize = 0; word < 64; word += 4) {
      let x = i32x4.splat(load<u32>(p0 + word));
      x = i32x4.replace_lane(x, 1, load<u32>(p1 + word));
      x = i32x4.replace_lane(x, 2, load<u32>(p2 + word));
      x = i32x4.replace_lane(x, 3, load<u32>(p3 + word));
      v128.store(SCHEDULE + (word << 2), swapBytes(x));
    }
    expand(SCHEDULE);
    v128.store(STATE, i32x4.splat(0x6a09e667));
    v128.store(STATE, i32x4.splat(0xbb67ae85), 16);
    v128.store(STATE, i32x4.splat(0x3c6ef372), 32);
    v128.store(STATE, i32x4.splat(0xa54ff53a), 48);
    v128.store(STATE, i32x4.splat(0x510e527f), 64);
    v128.store(STATE, i32x4.splat(0x9b05688c), 80);
    v128.store(STATE, i32x4.splat(0x1f83d9ab), 96);
    v128.store(STATE, i32x4.splat(0x5be0cd19), 112);
    compress(SCHEDULE);
    compress(PADDING);
    const to = output + (<usize>done << 5);
    for (let word: usize = 0; word < 8; word++) {
      let x = swapBytes(v128.load(STATE + (word << 4)));
      if (word == 7) x = v128.and(x, i32x4.splat(0x3fffffff));
      const at = to + (word << 2);
      store<u32>(at, i32x4.extract_lane(x, 0));
      if (lanes > 1) store<u32>(at + 32, i32x4.extract_lane(x, 1));
      if (lanes > 2) store<u32>(at + 64, i32x4.extract_lane(x, 2));
      if (lanes > 3) store<u32>(at + 96, i32x4.extract_lane(x, 3));
    }
  }
}

/** Clears the top two bits of each of `count` nodes: what makes a digest a node. */
export function clearTopBits(nodes: usize, count: u32): void {
  const mask = i64x2(-1, 0x3fffffffffffffff);
  for (let at = nodes + 16, end = at + (<usize>count << 5); at < end; at += 32) {
    v128.store(at, v128.and(v128.load(at), mask));
  }
}

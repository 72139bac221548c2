// Fr32: leaf l of a quad is bits [254 l, 254 l + 254) of 127 payload bytes, in 32 bytes of its own. As a stream of
// little-endian words, each word of leaf l is the payload word at the same place shifted up by 2 l bits.

/** Pads `quads` groups of 127 bytes to 128. Reads one byte beyond the input; the areas must not overlap. */
export function pad(input: usize, output: usize, quads: u32): void {
  const first = i64x2(-1, -1);
  const second = i64x2(-1, 0x3fffffffffffffff);
  for (let quad: u32 = 0; quad < quads; quad++) {
    v128.store(output, v128.and(v128.load(input), first));
    v128.store(output, v128.and(v128.load(input, 16), second), 16);
    leaf(input + 32, output + 32, 2, second);
    leaf(input + 64, output + 64, 4, second);
    leaf(input + 96, output + 96, 6, second);
    input += 127;
    output += 128;
  }
}

// @ts-ignore: decorator
@inline
function leaf(from: usize, to: usize, shift: i32, mask: v128): void {
  const back = 64 - shift;
  v128.store(to, v128.or(i64x2.shl(v128.load(from), shift), i64x2.shr_u(v128.load(from - 8), back)));
  v128.store(
    to,
    v128.and(v128.or(i64x2.shl(v128.load(from, 16), shift), i64x2.shr_u(v128.load(from + 8), back)), mask),
    16,
  );
}

/** The inverse of `pad`. Writes one byte beyond the output. */
export function unpad(input: usize, output: usize, quads: u32): void {
  for (let quad: u32 = 0; quad < quads; quad++) {
    drop(input, output, 0, load<u64>(input, 32));
    drop(input + 32, output + 32, 2, load<u64>(input, 64));
    drop(input + 64, output + 64, 4, load<u64>(input, 96));
    // The last leaf ends with the quad: the byte that this writes beyond it is the next quad's first.
    drop(input + 96, output + 96, 6, 0);
    input += 128;
    output += 127;
  }
}

// @ts-ignore: decorator
@inline
function drop(from: usize, to: usize, shift: u64, next: u64): void {
  const a = load<u64>(from), b = load<u64>(from, 8), c = load<u64>(from, 16), d = load<u64>(from, 24);
  // A shift by 64 is one by 0 in WebAssembly, hence the two steps.
  store<u64>(to, (a >> shift) | ((b << 1) << (63 - shift)));
  store<u64>(to, (b >> shift) | ((c << 1) << (63 - shift)), 8);
  store<u64>(to, (c >> shift) | ((d << 1) << (63 - shift)), 16);
  store<u64>(to, (d >> shift) | (next << (62 - shift)), 24);
}

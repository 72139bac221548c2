// Linear combinations over GF(2^8). A product by a constant is two look-ups in tables of 16 bytes, one for each nibble,
// so a shuffle of bytes multiplies 16 of them at once. Which field it is lies in the tables alone.

/** Look-up without the check for indices above 15 where the runtime has it: they never are. */
// @ts-ignore: decorator
@inline
function look(table: v128, nibbles: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.relaxed_swizzle(table, nibbles);
  return i8x16.swizzle(table, nibbles);
}

// @ts-ignore: decorator
@inline
function low(bytes: v128): v128 {
  return v128.and(bytes, i8x16.splat(15));
}

// @ts-ignore: decorator
@inline
function high(bytes: v128): v128 {
  return v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15));
}

/**
 * outputs[r] = Σ_j c[r][j] · inputs[j] for `rows` rows.
 * @param inputs address of `count` addresses
 * @param tables for each group of up to four rows, for each input, for each row of the group: 16 products of the low
 *        nibble, 16 of the high one
 * @param outputs address of `rows` addresses
 * @param bytes a multiple of 32
 */
export function combine(inputs: usize, count: u32, tables: usize, outputs: usize, rows: u32, bytes: u32): void {
  while (rows >= 4) {
    four(inputs, count, tables, outputs, bytes);
    tables += <usize>count * 128;
    outputs += 16;
    rows -= 4;
  }
  if (rows == 3) three(inputs, count, tables, outputs, bytes);
  else if (rows == 2) two(inputs, count, tables, outputs, bytes);
  else if (rows == 1) one(inputs, count, tables, outputs, bytes);
}

function four(inputs: usize, count: u32, tables: usize, outputs: usize, bytes: u32): void {
  const last = inputs + (<usize>count << 2);
  const out0 = <usize>load<u32>(outputs);
  const out1 = <usize>load<u32>(outputs, 4);
  const out2 = <usize>load<u32>(outputs, 8);
  const out3 = <usize>load<u32>(outputs, 12);
  for (let at: usize = 0; at < bytes; at += 32) {
    let a0 = i64x2.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0, d0 = a0, d1 = a0;
    let table = tables;
    for (let input = inputs; input < last; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const low0 = low(x0), low1 = low(x1), high0 = high(x0), high1 = high(x1);
      let t = v128.load(table);
      a0 = v128.xor(a0, look(t, low0));
      a1 = v128.xor(a1, look(t, low1));
      t = v128.load(table, 16);
      a0 = v128.xor(a0, look(t, high0));
      a1 = v128.xor(a1, look(t, high1));
      t = v128.load(table, 32);
      b0 = v128.xor(b0, look(t, low0));
      b1 = v128.xor(b1, look(t, low1));
      t = v128.load(table, 48);
      b0 = v128.xor(b0, look(t, high0));
      b1 = v128.xor(b1, look(t, high1));
      t = v128.load(table, 64);
      c0 = v128.xor(c0, look(t, low0));
      c1 = v128.xor(c1, look(t, low1));
      t = v128.load(table, 80);
      c0 = v128.xor(c0, look(t, high0));
      c1 = v128.xor(c1, look(t, high1));
      t = v128.load(table, 96);
      d0 = v128.xor(d0, look(t, low0));
      d1 = v128.xor(d1, look(t, low1));
      t = v128.load(table, 112);
      d0 = v128.xor(d0, look(t, high0));
      d1 = v128.xor(d1, look(t, high1));
      table += 128;
    }
    v128.store(out0 + at, a0);
    v128.store(out0 + at, a1, 16);
    v128.store(out1 + at, b0);
    v128.store(out1 + at, b1, 16);
    v128.store(out2 + at, c0);
    v128.store(out2 + at, c1, 16);
    v128.store(out3 + at, d0);
    v128.store(out3 + at, d1, 16);
  }
}

function three(inputs: usize, count: u32, tables: usize, outputs: usize, bytes: u32): void {
  const last = inputs + (<usize>count << 2);
  const out0 = <usize>load<u32>(outputs);
  const out1 = <usize>load<u32>(outputs, 4);
  const out2 = <usize>load<u32>(outputs, 8);
  for (let at: usize = 0; at < bytes; at += 32) {
    let a0 = i64x2.splat(0), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    let table = tables;
    for (let input = inputs; input < last; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const low0 = low(x0), low1 = low(x1), high0 = high(x0), high1 = high(x1);
      let t = v128.load(table);
      a0 = v128.xor(a0, look(t, low0));
      a1 = v128.xor(a1, look(t, low1));
      t = v128.load(table, 16);
      a0 = v128.xor(a0, look(t, high0));
      a1 = v128.xor(a1, look(t, high1));
      t = v128.load(table, 32);
      b0 = v128.xor(b0, look(t, low0));
      b1 = v128.xor(b1, look(t, low1));
      t = v128.load(table, 48);
      b0 = v128.xor(b0, look(t, high0));
      b1 = v128.xor(b1, look(t, high1));
      t = v128.load(table, 64);
      c0 = v128.xor(c0, look(t, low0));
      c1 = v128.xor(c1, look(t, low1));
      t = v128.load(table, 80);
      c0 = v128.xor(c0, look(t, high0));
      c1 = v128.xor(c1, look(t, high1));
      table += 96;
    }
    v128.store(out0 + at, a0);
    v128.store(out0 + at, a1, 16);
    v128.store(out1 + at, b0);
    v128.store(out1 + at, b1, 16);
    v128.store(out2 + at, c0);
    v128.store(out2 + at, c1, 16);
  }
}

function two(inputs: usize, count: u32, tables: usize, outputs: usize, bytes: u32): void {
  const last = inputs + (<usize>count << 2);
  const out0 = <usize>load<u32>(outputs);
  const out1 = <usize>load<u32>(outputs, 4);
  for (let at: usize = 0; at < bytes; at += 32) {
    let a0 = i64x2.splat(0), a1 = a0, b0 = a0, b1 = a0;
    let table = tables;
    for (let input = inputs; input < last; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      const low0 = low(x0), low1 = low(x1), high0 = high(x0), high1 = high(x1);
      let t = v128.load(table);
      a0 = v128.xor(a0, look(t, low0));
      a1 = v128.xor(a1, look(t, low1));
      t = v128.load(table, 16);
      a0 = v128.xor(a0, look(t, high0));
      a1 = v128.xor(a1, look(t, high1));
      t = v128.load(table, 32);
      b0 = v128.xor(b0, look(t, low0));
      b1 = v128.xor(b1, look(t, low1));
      t = v128.load(table, 48);
      b0 = v128.xor(b0, look(t, high0));
      b1 = v128.xor(b1, look(t, high1));
      table += 64;
    }
    v128.store(out0 + at, a0);
    v128.store(out0 + at, a1, 16);
    v128.store(out1 + at, b0);
    v128.store(out1 + at, b1, 16);
  }
}

function one(inputs: usize, count: u32, tables: usize, outputs: usize, bytes: u32): void {
  const last = inputs + (<usize>count << 2);
  const out0 = <usize>load<u32>(outputs);
  for (let at: usize = 0; at < bytes; at += 32) {
    let a0 = i64x2.splat(0), a1 = a0;
    let table = tables;
    for (let input = inputs; input < last; input += 4) {
      const from = <usize>load<u32>(input) + at;
      const x0 = v128.load(from);
      const x1 = v128.load(from, 16);
      let t = v128.load(table);
      a0 = v128.xor(a0, look(t, low(x0)));
      a1 = v128.xor(a1, look(t, low(x1)));
      t = v128.load(table, 16);
      a0 = v128.xor(a0, look(t, high(x0)));
      a1 = v128.xor(a1, look(t, high(x1)));
      table += 32;
    }
    v128.store(out0 + at, a0);
    v128.store(out0 + at, a1, 16);
  }
}

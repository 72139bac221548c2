/** Arithmetic in GF(2^8) with the polynomial 0x11d, the field of ISA-L and of most Reed–Solomon codes. */
const POLYNOMIAL = 0x11d;
const ORDER = 255;

const exponentials = new Uint8Array(2 * ORDER);
const logarithms = new Uint8Array(256);
for (let power = 0, value = 1; power < ORDER; power++) {
  exponentials[power] = value;
  exponentials[power + ORDER] = value;
  logarithms[value] = power;
  value <<= 1;
  if (value > 255) value ^= POLYNOMIAL;
}

/** The product of two field elements, 0 to 255. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : exponentials[logarithms[a]! + logarithms[b]!]!;
}

/** The inverse of a field element; throws a RangeError for 0. */
export function inverse(a: number): number {
  if (a === 0) throw new RangeError("Zero has no inverse.");
  return exponentials[ORDER - logarithms[a]!]!;
}

/** A matrix by rows. */
export type Matrix = Uint8Array[];

/** The product of two matrices. */
export function product(a: Matrix, b: Matrix): Matrix {
  return a.map((row) =>
    Uint8Array.from({ length: b[0]!.length }, (_, column) =>
      row.reduce((sum, value, inner) => sum ^ multiply(value, b[inner]![column]!), 0),
    ),
  );
}

/** Gauss–Jordan elimination; throws when the matrix has no inverse. */
export function inverted(matrix: Matrix): Matrix {
  const size = matrix.length;
  const left = matrix.map((row) => Uint8Array.from(row));
  const right = matrix.map((_, i) => Uint8Array.from({ length: size }, (_, j) => (i === j ? 1 : 0)));
  for (let column = 0; column < size; column++) {
    const pivot = left.findIndex((row, i) => i >= column && row[column] !== 0);
    if (pivot < 0) throw new RangeError("The matrix has no inverse.");
    for (const side of [left, right]) [side[column], side[pivot]] = [side[pivot]!, side[column]!];
    const scale = inverse(left[column]![column]!);
    for (const side of [left, right]) side[column] = side[column]!.map((value) => multiply(value, scale));
    for (let row = 0; row < size; row++) {
      const factor = left[row]![column]!;
      if (row === column || factor === 0) continue;
      for (const side of [left, right]) {
        const from = side[column]!;
        side[row]!.forEach((value, i, to) => (to[i] = value ^ multiply(factor, from[i]!)));
      }
    }
  }
  return right;
}

/** What the kernels look products up in: 16 by the low nibble, 16 by the high one. */
export function productTable(constant: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => multiply(constant, i < 16 ? i : (i - 16) << 4));
}

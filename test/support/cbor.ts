/** The bare CBOR of an unsigned integer, hex without 0x: the parameters of most getters. */
export function cborUint(value: number | bigint): string {
  const number = BigInt(value);
  if (number < 24n) return number.toString(16).padStart(2, "0");
  const power = [0, 1, 2, 3].find((p) => number < 1n << BigInt(8 << p));
  if (power === undefined) throw new RangeError(`${number} takes more than 64 bits`);
  return (24 + power).toString(16) + number.toString(16).padStart(2 << power, "0");
}

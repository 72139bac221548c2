/**
 * The enums of contracts/types and contracts/interfaces: their names in order, as Solidity counts them from 0. This is the
 * only place that says so; test/src/protocol/enums.test.ts holds it to the Solidity source.
 */
export const SOLIDITY_ENUMS = {
  DealState: ["Unknown", "Published", "Active", "Ended", "Gone", "Unreadable"],
  SectorStatus: ["Unproven", "Active", "Faulty", "Dead"],
  RequestState: ["None", "Open", "Completed", "Cancelled"],
  RepairState: ["None", "Open", "Cancelled", "Expired", "Placing", "Active", "Repairing", "Failed", "Finished"],
  AskState: ["None", "Open", "Cancelled", "Filled"],
  PlacementKind: ["None", "Deal", "Notice"],
  FailureReason: ["PlacementMissed", "StrikesExhausted", "DataLost"],
  PlacementFault: [
    "None",
    "BadKind",
    "IndexDiffers",
    "NotInData",
    "NotInPiece",
    "ProviderNotAllowed",
    "DealUnreadable",
    "DealNotActive",
    "DealDiffers",
    "ForeignClient",
    "NoNotice",
    "TermTooShort",
    "NotProvenActive",
    "OutOfRange",
    "SectorTaken",
    "TooManyOnProvider",
  ],
} as const;

export type EnumName = keyof typeof SOLIDITY_ENUMS;
type NameIn<E extends EnumName> = (typeof SOLIDITY_ENUMS)[E][number];
/** A value in this program's records: its Solidity name with a small first letter. */
export type WordOf<E extends EnumName> = Uncapitalize<NameIn<E>>;

export type SectorStatus = WordOf<"SectorStatus">;
export type RepairState = WordOf<"RepairState">;
export type PlacementKind = WordOf<"PlacementKind">;

/** The contract answered with a number for which its enum has no name here. */
export class UnknownEnumValueError extends RangeError {
  override readonly name = "UnknownEnumValueError";
  constructor(name: EnumName, value: bigint | number) {
    super(
      `The contract's ${name} is ${value}; this program knows 0 to ${SOLIDITY_ENUMS[name].length - 1}. ` +
        "The contract is of another version: use the program that was released with it.",
    );
  }
}

const wordFor = <N extends string>(name: N) => (name.charAt(0).toLowerCase() + name.slice(1)) as Uncapitalize<N>;

/** All values of an enum as words, in order. */
export function wordsOf<E extends EnumName>(name: E): readonly WordOf<E>[] {
  return SOLIDITY_ENUMS[name].map((one: NameIn<E>) => wordFor(one));
}

/** The number of each value, by its Solidity name. */
export function valuesOf<E extends EnumName>(name: E): Readonly<Record<NameIn<E>, bigint>> {
  const pairs = SOLIDITY_ENUMS[name].map((one, index) => [one, BigInt(index)]);
  return Object.fromEntries(pairs) as Record<NameIn<E>, bigint>;
}

/** The number of each value, by its word. */
export function valuesByWord<E extends EnumName>(name: E): Readonly<Record<WordOf<E>, bigint>> {
  const pairs = wordsOf(name).map((one, index) => [one, BigInt(index)]);
  return Object.fromEntries(pairs) as Record<WordOf<E>, bigint>;
}

/** Which value a number is, as its Solidity name. */
export function nameOf<E extends EnumName>(name: E, value: bigint | number): NameIn<E> {
  const found: NameIn<E> | undefined = SOLIDITY_ENUMS[name][Number(value)];
  if (found === undefined) throw new UnknownEnumValueError(name, value);
  return found;
}

/** Which value a number is, as a word. */
export function wordOf<E extends EnumName>(name: E, value: bigint | number): WordOf<E> {
  return wordFor(nameOf(name, value));
}

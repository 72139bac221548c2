/**
 * What the FVM charges, in gas. Three kinds of source:
 *
 * - `list`: the FVM's own price list at network version 28 (FIP-0054, FIP-0057, FIP-0065), a figure of the protocol;
 * - `fitted`: work of the EVM actor's WebAssembly (4 gas an instruction) with the protocol's fixed charges around it,
 *   fitted by least squares over the calls in `test/vectors/fvm-gas.json` (FVM 4.8.2, v18 actors);
 * - `measured`: taken as a whole from a run on the FVM;
 * - `estimate`: put together from the two above, not measured.
 */
export type Source = "list" | "fitted" | "measured" | "estimate";

/** The parts of a bill, in the order in which they are printed. */
export const PARTS = [
  "message",
  "calldata",
  "code",
  "opcodes",
  "hashes",
  "storage read",
  "storage written",
  "calls",
  "payments",
  "deployment",
  "events",
  "actor calls",
] as const;
export type Part = (typeof PARTS)[number];

interface Price {
  gas: number;
  part: Part;
  source: Source;
}

const price = (part: Part, gas: number, source: Source): Price => ({ gas, part, source });

export const PRICES = {
  /** Including the sender's nonce, the look-up of the contract and starting its actor. */
  message: price("message", 1_796_000, "fitted"),
  /** Calldata and returned data, on top of `message`. */
  messageByte: price("calldata", 1300, "list"),
  /** Of the code of each contract entered. */
  codeByte: price("code", 84, "fitted"),
  opcode: price("opcodes", 862, "fitted"),

  keccak: price("hashes", 14_000, "list"),
  keccakByte: price("hashes", 33, "list"),
  sha256: price("hashes", 33_400, "fitted"),
  sha256Byte: price("hashes", 7, "list"),
  ecrecover: price("hashes", 1_722_700, "fitted"),
  /** Any other of the EVM's precompiles; modular exponentiation and pairings cost more. */
  precompile: price("hashes", 33_400, "estimate"),

  /** A look at one slot, hit or miss, then each node passed on the way and each level compared in a link. */
  slotRead: price("storage read", 6_400, "fitted"),
  slotWrite: price("storage written", 6_400, "fitted"),
  treeStep: price("storage read", 1_480, "fitted"),
  treeSkip: price("storage read", 1_220, "fitted"),
  /** A node of the tree fetched: once for each frame that needs it. */
  nodeRead: price("storage read", 221_400, "fitted"),
  nodeReadByte: price("storage read", 10.4, "list"),
  nodeReadLink: price("storage read", 10_500, "fitted"),
  nodeReadEntry: price("storage read", 13_200, "fitted"),
  /** A node made anew: 334 000 + 172 000 + 3 340 a byte are the protocol's, for keeping it. */
  nodeWrite: price("storage written", 592_600, "fitted"),
  nodeWriteByte: price("storage written", 3_362.4, "list"),
  nodeWriteLink: price("storage written", 7_700, "fitted"),
  nodeWriteEntry: price("storage written", 2_000, "fitted"),
  /** The object that holds the tree's root, read again after a call that changed it, and written with every change. */
  stateRead: price("storage read", 225_000, "estimate"),
  stateWrite: price("storage written", 967_300, "fitted"),
  /** The contract's entry in the state tree, once a message. */
  actorUpdate: price("storage written", 475_000, "list"),

  /** Into a contract that this message has not met; its code and the root of its storage come on top. */
  call: price("calls", 3_180_000, "measured"),
  /** Without the look-ups of address (1 050 000) and actor (500 000), which are charged once a message. */
  callAgain: price("calls", 1_630_000, "estimate"),
  /** A delegate call asks the other contract for its code, then calls its own contract to run it. */
  delegate: price("calls", 4_810_000, "estimate"),
  delegateAgain: price("calls", 3_260_000, "estimate"),
  /** EXTCODESIZE, EXTCODEHASH and EXTCODECOPY ask the contract for its code; Solidity does before many calls. */
  codeLookup: price("calls", 3_180_000, "estimate"),
  codeLookupAgain: price("calls", 1_630_000, "estimate"),
  callAccount: price("calls", 1_500_000, "estimate"),

  pay: price("payments", 1_500_000, "measured"),
  payNew: price("payments", 4_600_000, "measured"),
  /** Value that goes along with a call. */
  transfer: price("payments", 6_000, "list"),

  deployment: price("deployment", 10_470_000, "measured"),
  create: price("deployment", 9_234_000, "measured"),
  /** Of code left behind. */
  deployedByte: price("deployment", 3_400, "measured"),

  log: price("events", 46_100, "fitted"),
  logByte: price("events", 25, "list"),

  /** Through 0xfe…03 and ..05, by method, deal and sector ids as on mainnet. */
  GetDealSector: price("actor calls", 3_400_000, "measured"),
  GetDealActivation: price("actor calls", 3_400_000, "measured"),
  GetDealTerm: price("actor calls", 4_900_000, "measured"),
  GetDealProvider: price("actor calls", 4_900_000, "measured"),
  GetDealClient: price("actor calls", 4_900_000, "measured"),
  GetDealDataCommitment: price("actor calls", 4_900_000, "measured"),
  GetDealLabel: price("actor calls", 4_900_000, "estimate"),
  GetDealTotalPrice: price("actor calls", 4_900_000, "estimate"),
  GetDealVerified: price("actor calls", 4_900_000, "estimate"),
  ValidateSectorStatus: price("actor calls", 3_000_000, "measured"),
  GetNominalSectorExpiration: price("actor calls", 3_000_000, "measured"),
  MinerPower: price("actor calls", 2_200_000, "measured"),
  /** For a sector in the first deadline and partition; about 700 000 more for each one before the sector's. */
  GenerateSectorLocation: price("actor calls", 5_300_000, "measured"),
  /** Method 0 with a value, to a native actor. */
  send: price("actor calls", 2_000_000, "measured"),
  otherMethod: price("actor calls", 4_900_000, "estimate"),
  resolve_address: price("actor calls", 1_100_000, "estimate"),
  lookup_delegated_address: price("actor calls", 550_000, "estimate"),
  get_randomness: price("actor calls", 60_000, "estimate"),
} satisfies Record<string, Price>;

export type PriceName = keyof typeof PRICES;

export const gasOf = (name: PriceName, count = 1): number => PRICES[name].gas * count;

/** Method numbers that the table knows (FRC-0042). */
export const ACTOR_METHODS = new Map<bigint, PriceName>([
  [0n, "send"],
  [2611213344n, "GetDealSector"],
  [2567238399n, "GetDealActivation"],
  [163777312n, "GetDealTerm"],
  [935081690n, "GetDealProvider"],
  [128053329n, "GetDealClient"],
  [1157985802n, "GetDealDataCommitment"],
  [46363526n, "GetDealLabel"],
  [4287162428n, "GetDealTotalPrice"],
  [2627389465n, "GetDealVerified"],
  [3092458564n, "ValidateSectorStatus"],
  [3010055991n, "GetNominalSectorExpiration"],
  [36284446n, "MinerPower"],
  [1321604665n, "GenerateSectorLocation"],
]);

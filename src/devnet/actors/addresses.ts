/** Where the simulated actors live; the same constants as in `contracts/simulated/Actors.sol`. */
export const CONTROL = {
  kernel: "0xf110000000000000000000000000000000000001",
  power: "0xf110000000000000000000000000000000000004",
  market: "0xf110000000000000000000000000000000000005",
  miners: "0xf110000000000000000000000000000000000006",
  notices: "0xf110000000000000000000000000000000000007",
} as const;

/** The account that stands for everything outside contracts: providers' messages, clients' signatures. */
export const OPERATOR = "0xf1100000000000000000000000000000000000ff";

export const PRECOMPILE = {
  resolveAddress: "0xfe00000000000000000000000000000000000001",
  lookupDelegatedAddress: "0xfe00000000000000000000000000000000000002",
  callActor: "0xfe00000000000000000000000000000000000003",
  callActorId: "0xfe00000000000000000000000000000000000005",
} as const;

export const MARKET_ACTOR = 5n;
export const BURNT_FUNDS_ACTOR = 99n;

/** The singleton actors of the system; their code is one byte that refuses every call. */
export const SINGLETON_ACTORS = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 10n] as const;

/** Code of a native actor as contracts see it. */
export const NATIVE_ACTOR_CODE = "0xfe";

/** `0xff ‖ 11 zero bytes ‖ id`: the address of an actor by its id. */
export function maskedAddress(actorId: bigint): string {
  return `0xff${"0".repeat(22)}${actorId.toString(16).padStart(16, "0")}`;
}

/** The bytes of the f410 address of an Ethereum address, as hex. */
export function delegatedAddress(ethereum: string): string {
  return `0x040a${ethereum.slice(2).toLowerCase()}`;
}

/**
 * Code that hands every call and its value on to `target`. A contract's masked address leads to the contract itself on
 * Filecoin; an EVM without native actors can only forward.
 */
export function forwarderCode(target: string): string {
  const forwardInput = `363d3d37`;
  const call = `3d3d363d3473${target.slice(2).toLowerCase()}5af1`;
  const output = `3d6000803e602c573d6000fd5b3d6000f3`;
  return `0x${forwardInput}${call}${output}`;
}

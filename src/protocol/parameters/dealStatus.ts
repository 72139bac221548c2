/** Two weeks in epochs of 30 seconds. */
const TWO_WEEKS = 14n * 2880n;

/**
 * How many epochs away the start of a published deal may be when a request is completed with it. Providers take days to
 * seal, so the start lies ahead by days; a deal that starts in a year stores nothing until then.
 */
const MAX_PENDING: Record<string, bigint> = {
  mainnet: TWO_WEEKS,
  calibration: TWO_WEEKS,
  localhost: TWO_WEEKS,
  hardhat: TWO_WEEKS,
};

/** The constructor's arguments on a network. */
export function dealStatusParameters(network: string): { maxPending: bigint } {
  const maxPending = MAX_PENDING[network];
  if (maxPending === undefined) {
    throw new Error(
      `No parameters of DealStatus for network "${network}": add it to src/protocol/parameters/dealStatus.ts.`,
    );
  }
  return { maxPending };
}

/** Chain ids of the Filecoin networks (FEVM). */
export const CHAIN_ID = { mainnet: 314, calibration: 314159, local: 31415926 } as const;

/** Receipts take 30 to 90 seconds on a live network; waits end no sooner than this. */
export const RECEIPT_WAIT_MS = 300_000;

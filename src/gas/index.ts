/**
 * What a transaction costs on Filecoin: a model of the FVM's gas over an EVM trace. `tasks/gas.ts` shows it; another
 * Hardhat project imports `filecoin-raas/gas`, which adds the task `gas`, or calls these functions.
 */
export { DEFAULT_SLOTS, GasModelError, NoTracesError, priceCall, priceTransaction } from "./price";
export type { Bill, PriceOptions, TransactionRequest } from "./price";
export { meter, type Metered, type World } from "./meter";
export type { Item, Touched } from "./openState";
export { PARTS, PRICES, type Part, type PriceName } from "./prices";
export { addressesIn, readTrace, type Execution, type Frame, type Message, type StructLog } from "./trace";
export { ContractFinder, type KnownContract } from "./contracts";
export { SlotNames, type StorageLayout } from "./layout";
export { formatReport, reportOf, type Report, type WrittenGroup } from "./report";
export { openWorld, type Rpc, type WorldOptions } from "./world";

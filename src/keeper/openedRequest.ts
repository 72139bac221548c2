import { decodeLogs } from "../protocol/events";
import type { ChainReceipt } from "../filecoin/receipts";
import type { Intent } from "../store/schema";

/** The request that a submission opened. */
export function openedRequest({ kind, toAddress }: Intent, { logs }: ChainReceipt): bigint | undefined {
  if (kind !== "submit") return undefined;
  const own = logs.filter(({ address }) => address.toLowerCase() === toAddress.toLowerCase());
  return decodeLogs(own).find((event) => event.kind === "opened")?.requestId;
}

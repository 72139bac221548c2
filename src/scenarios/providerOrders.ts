import { pieceCidV2 } from "../data/pieceCid";
import type { ControlRequest } from "./controlWire";
import type { StorageProvider } from "../devnet/providers/provider";

/** What a provider can be told to do or to be. */
type ProviderOrder = Exclude<Extract<ControlRequest, { provider: string }>, { target: unknown }>;

/** Carries out an order; returns what was done, in words. */
export async function carryOutBy(provider: StorageProvider, order: ProviderOrder): Promise<string> {
  const { manners } = provider;
  const who = `provider f0${provider.id}`;
  switch (order.action) {
    case "vanish":
      await provider.vanish();
      return `${who} has vanished: no answer, no proofs`;
    case "return":
      await provider.comeBack();
      return `${who} is back and proves again`;
    case "refuse":
      manners.refuse = true;
      return `${who} refuses new deals`;
    case "overload":
      manners.overloaded = true;
      return `${who} is overloaded: it answers new deals with 429`;
    case "accept":
      manners.refuse = manners.overloaded = false;
      return `${who} takes deals again`;
    case "stall":
      manners.stall = true;
      return `${who} takes deals and does not seal them`;
    case "seal":
      manners.stall = false;
      return `${who} seals again`;
    case "slow":
      manners.delayMs = order.delayMs;
      return `${who} takes ${order.delayMs} ms before each answer`;
    case "flaky":
      manners.beFlaky(order.percent / 100, order.seed);
      return `${order.percent} % of all requests to ${who} fail`;
    case "corrupt": {
      // Each piece once: a byte that is changed twice is the old one.
      const pieces = new Map(
        [...provider.deals.values()].flatMap(({ piece }) =>
          piece === undefined ? [] : [[pieceCidV2(piece).toString(), piece] as const],
        ),
      );
      for (const piece of pieces.values()) await provider.corrupt(piece);
      return `${who} has one wrong byte in each of its ${pieces.size} pieces`;
    }
  }
}

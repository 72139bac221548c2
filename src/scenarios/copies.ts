import { type Block, blockAt } from "../filecoin/block";
import type { DealStatusReader } from "../protocol/dealStatus";
import type { JsonRpc } from "../filecoin/rpc";

/** One listed deal of a piece, as the chain tells. */
export interface Copy {
  dealId: bigint;
  providerId: bigint;
  sector: bigint;
  endEpoch: bigint;
  condition: "healthy" | "faulty" | "dead" | "expiring" | "pending" | "over";
}

/** The listed deals of a piece, with what is wrong with them. */
export async function copiesOf(
  piece: string,
  reader: DealStatusReader,
  rpc: JsonRpc,
  renewThresholdEpochs: bigint,
): Promise<Copy[]> {
  const at = await blockAt(rpc, "latest");
  const deals = (await reader.inspect([piece], at)).get(piece) ?? [];
  const faults = deals.length === 0 ? [] : await reader.faultyDeals(piece, at);
  return deals.map(({ dealId, providerId, sector, endEpoch, state }) => {
    const fault = faults.find((one) => one.dealId === dealId && one.providerId === providerId);
    return {
      dealId,
      providerId,
      sector,
      endEpoch,
      condition: condition(state, fault?.status, endEpoch, at, renewThresholdEpochs),
    };
  });
}

function condition(
  state: string,
  status: string | undefined,
  end: bigint,
  at: Block,
  threshold: bigint,
): Copy["condition"] {
  if (state === "published") return "pending";
  if (state !== "active" || end <= at.number) return "over";
  if (status === "faulty" || status === "dead") return status;
  return end - at.number <= threshold ? "expiring" : "healthy";
}

import { paddedBytesOf } from "../../data/piece";
import type { FilecoinAddress } from "../../filecoin/filecoinAddress";
import { SECTOR_SLACK_EPOCHS, type SettledDeal, type Settlement, type SettlementDriver } from "./settlement";

/** Deals published in the storage market actor, then committed in a sector of their own. */
export class F05Settlement implements Settlement {
  constructor(private readonly filecoin: SettlementDriver) {}

  async publish(deal: SettledDeal): Promise<bigint> {
    return this.filecoin.publishDeal({
      provider: deal.provider,
      client: await this.clientId(deal.client),
      pieceRoot: deal.piece.root,
      paddedBytes: paddedBytesOf(deal.piece.height),
      startEpoch: deal.startEpoch,
      endEpoch: deal.endEpoch,
      label: deal.label,
    });
  }

  async commit(deal: SettledDeal, dealId: bigint | undefined): Promise<bigint> {
    return this.filecoin.commitSector({
      provider: deal.provider,
      expiration: deal.endEpoch + SECTOR_SLACK_EPOCHS,
      dealIds: dealId === undefined ? [] : [dealId],
    });
  }

  private async clientId(client: FilecoinAddress): Promise<bigint> {
    if (client.protocol === "id") return client.id;
    if (client.protocol === "delegated") return this.filecoin.actorIdOf(client.ethereum);
    throw new Error(`The local network knows clients by f0… and f410f… addresses alone, not ${client.protocol} ones.`);
  }
}

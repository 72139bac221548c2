import { paddedBytesOf } from "../../data/piece";
import { addressToBytes, type FilecoinAddress } from "../../filecoin/filecoinAddress";
import { F05Settlement } from "./f05Settlement";
import { SECTOR_SLACK_EPOCHS, type SettledDeal, type Settlement, type SettlementDriver } from "./settlement";

/** A deal without f05 (FIP-0076): its piece lies in a sector, and the miner actor tells the receiver that the client
 *  named, in the same message that commits the sector. */
export class DirectOnboarding implements Settlement {
  constructor(private readonly filecoin: Pick<SettlementDriver, "actorIdOf" | "commitSector">) {}

  async publish(): Promise<undefined> {
    return undefined;
  }

  async commit(deal: SettledDeal, _dealId: bigint | undefined, epoch: bigint): Promise<bigint> {
    if (deal.startGiven && epoch > deal.startEpoch)
      throw new Error(`not sealed by epoch ${deal.startEpoch}, at which the deal should have started`);
    const start = deal.startGiven ? deal.startEpoch : epoch;
    const notify =
      deal.notification === undefined
        ? []
        : [{ receiver: await this.receiver(deal.notification.receiver), payload: deal.notification.payload }];
    return this.filecoin.commitSector({
      provider: deal.provider,
      expiration: start + (deal.endEpoch - deal.startEpoch) + SECTOR_SLACK_EPOCHS,
      pieces: [{ root: deal.piece.root, paddedBytes: paddedBytesOf(deal.piece.height), notify }],
      // A lost notice is never sent again: no sector is better than one without its notice.
      requireNotificationSuccess: true,
    });
  }

  /** On Filecoin every contract has an actor id from its creation on; the simulated kernel gives it one when asked. */
  private async receiver(address: FilecoinAddress): Promise<Uint8Array> {
    if (address.protocol === "delegated") await this.filecoin.actorIdOf(address.ethereum);
    return addressToBytes(address);
  }
}

/** A deal whose client wants to be told of the sector is onboarded directly; any other goes through f05. */
export class SettlementByTerms implements Settlement {
  private readonly direct: Settlement;
  private readonly f05: Settlement;

  constructor(filecoin: SettlementDriver) {
    this.direct = new DirectOnboarding(filecoin);
    this.f05 = new F05Settlement(filecoin);
  }

  async publish(deal: SettledDeal): Promise<bigint | undefined> {
    return this.of(deal).publish(deal);
  }

  async commit(deal: SettledDeal, dealId: bigint | undefined, epoch: bigint): Promise<bigint> {
    return this.of(deal).commit(deal, dealId, epoch);
  }

  private of(deal: SettledDeal): Settlement {
    return deal.notification === undefined ? this.f05 : this.direct;
  }
}

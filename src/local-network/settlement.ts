import type { Piece } from "../data/piece";
import type { FilecoinAddress } from "../storage/filecoinAddress";

/** What a provider brings onto the chain for a deal it accepted. */
export interface SettledDeal {
  provider: bigint;
  client: FilecoinAddress;
  piece: Piece;
  label: string;
  startEpoch: bigint;
  endEpoch: bigint;
  notification?: { receiver: FilecoinAddress; payload: Uint8Array };
}

/** How a deal becomes a promise on chain and then a proven sector: through the market actor, or in the sector alone. */
export interface Settlement {
  /** Before sealing. Returns the id of the deal in f05, or undefined when there is none to be had. */
  publish(deal: SettledDeal): Promise<bigint | undefined>;
  /** When sealed. Returns the number of the sector that holds the piece. */
  commit(deal: SettledDeal, dealId: bigint | undefined): Promise<bigint>;
}

/** The part of the simulated chain that this needs. */
export interface MarketDriver {
  actorIdOf(address: string): Promise<bigint>;
  publishDeal(deal: {
    provider: bigint;
    client: bigint;
    pieceRoot: Uint8Array;
    paddedBytes: bigint;
    startEpoch: bigint;
    endEpoch: bigint;
    label?: string | Uint8Array;
  }): Promise<bigint>;
  commitSector(sector: { provider: bigint; expiration: bigint; dealIds?: bigint[] }): Promise<bigint>;
}

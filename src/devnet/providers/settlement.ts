import type { Piece } from "../../data/piece";
import type { FilecoinAddress } from "../../filecoin/filecoinAddress";

/** What a provider brings onto the chain for a deal it accepted. */
export interface SettledDeal {
  provider: bigint;
  client: FilecoinAddress;
  piece: Piece;
  label: string;
  startEpoch: bigint;
  endEpoch: bigint;
  /** The client named the start: a deal that is not sealed by then fails. */
  startGiven: boolean;
  notification?: { receiver: FilecoinAddress; payload: Uint8Array };
}

/** How a deal comes onto the chain: through the market actor f05 and a sector, or in a sector alone. */
export interface Settlement {
  /** Before sealing. Returns the id of the deal in f05, or undefined when it has none. */
  publish(deal: SettledDeal): Promise<bigint | undefined>;
  /** When sealed, at `epoch`. Returns the number of the sector that holds the piece. */
  commit(deal: SettledDeal, dealId: bigint | undefined, epoch: bigint): Promise<bigint>;
}

/** A sector to be committed: with the pieces of f05 deals, or with pieces of its own. */
interface SectorToCommit {
  provider: bigint;
  expiration: bigint;
  dealIds?: bigint[];
  pieces?: {
    root: Uint8Array;
    paddedBytes: bigint;
    notify: { receiver: string | Uint8Array; payload: Uint8Array }[];
  }[];
  requireNotificationSuccess?: boolean;
}

/** The part of the simulated chain that this needs. */
export interface SettlementDriver {
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
  commitSector(sector: SectorToCommit): Promise<bigint>;
}

/** A sector outlives its deals by this much: ends are at a deadline of the sector's, not at any epoch. */
export const SECTOR_SLACK_EPOCHS = 2n * 2880n;

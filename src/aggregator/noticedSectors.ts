import { hexlify, keccak256, toUtf8Bytes } from "ethers";

import type { JsonRpc } from "../filecoin/rpc";
import { parsePieceCid } from "../data/pieceCid";
import { readNotices } from "../protocol/notices";
import { formatAddress } from "../filecoin/filecoinAddress";
import type { Placement } from "../store/aggregations";

/** Finds the sector of a deal that is not in f05: the deal names `SectorContents` as the receiver of a notice with the
 *  deal's identifier, and the notice says in which sector the piece is. The provider is not asked. */
export class NoticedSectors {
  constructor(
    private readonly rpc: JsonRpc,
    private readonly contents: string,
  ) {}

  /** The notice that the proposal asks for: its receiver and payload. */
  notification(identifier: string): { notification_address: string; notification_payload: string } {
    return {
      notification_address: formatAddress({ protocol: "delegated", ethereum: this.contents }),
      notification_payload: Buffer.from(payloadOf(identifier)).toString("base64"),
    };
  }

  /** The sector that holds the placement's piece, once its provider's miner actor has said so. */
  async sectorOf({ identifier, cid, providerId, createdEpoch }: Placement, upTo: bigint): Promise<bigint | undefined> {
    const { root, height } = parsePieceCid(cid);
    const notices = await readNotices(this.rpc, this.contents, [hexlify(root)], createdEpoch, upTo);
    const payloadHash = keccak256(payloadOf(identifier));
    return notices.find(
      (notice) => notice.provider === providerId && notice.height === height && notice.payloadHash === payloadHash,
    )?.sector;
  }
}

function payloadOf(identifier: string): Uint8Array {
  return toUtf8Bytes(identifier);
}

import type { Block } from "../filecoin/block";
import { dealStatusAbi } from "../protocol/dealStatus";
import { valuesOf } from "../protocol/enums";
import { ContractRevertError } from "../filecoin/revert";
import { pieceOfKey } from "../data/pieceKey";
import { paddedBytesOf } from "../data/piece";
import type { Call, Outbox } from "../outbox/outbox";
import { type Aggregations, membersOf, type Placement } from "../store/aggregations";
import type { AggregatorEvent } from "./options";
import type { Package } from "./packer";

/** The market actor: whose deals these are, unless they are sectors. */
export const MARKET_ACTOR_ID = 5n;
const COMPLETE =
  "complete(uint256,uint64,uint64,uint64,((uint64,bytes32[]),(uint64,bytes32[])),(bytes,uint64))" as const;

const { Ended, Gone } = valuesOf("DealState");
/** The deal will not be active again. */
const OVER = [Ended, Gone];

/** Brings proofs of sealed placements onto the chain. */
export class Completing {
  constructor(
    private readonly store: Aggregations,
    private readonly outbox: Outbox,
    private readonly dealStatus: string,
    private readonly tell: (event: AggregatorEvent) => void,
  ) {}

  /** Closes the requests whose transactions were mined. */
  async confirm(pinned: Block): Promise<void> {
    for (const { state, intent } of await this.outbox.settle(pinned)) {
      if (state !== "mined") continue;
      await this.store.requestClosed(intent.requestId!, "completed");
      const [, , dealId, providerId] = dealStatusAbi.decodeFunctionData(COMPLETE, intent.data);
      this.tell({ kind: "completed", requestId: intent.requestId!, providerId, dealId });
    }
  }

  /** Sends what is still open of a placement; returns the refusal if the contract refuses, and closes the placement when
   *  nothing is left. */
  async complete(placement: Placement, packed: Package, at: Block): Promise<ContractRevertError | undefined> {
    let open = 0;
    for (const { requestId: id, piece } of membersOf(placement)) {
      const requestId = BigInt(id);
      if ((await this.store.request(requestId))?.state !== "open") continue;
      open++;
      const member = packed.members.find(({ key }) => key === piece)!;
      const refusal = await this.send(this.callOf(placement, requestId, member), at);
      if (refusal !== undefined) return refusal;
    }
    if (open === 0) await this.store.move(placement.identifier, "done");
    return undefined;
  }

  private callOf(placement: Placement, requestId: bigint, { key, proof }: Package["members"][number]): Call {
    const { cid, height } = pieceOfKey(key);
    const { providerId, dealId } = placement;
    const marketActorId = placement.marketActorId ?? MARKET_ACTOR_ID;
    const holder = marketActorId === MARKET_ACTOR_ID ? "deal" : "sector";
    const data = dealStatusAbi.encodeFunctionData(COMPLETE, [
      requestId,
      marketActorId,
      dealId!,
      providerId,
      proof,
      { commPc: cid.bytes, sizePc: paddedBytesOf(height) },
    ]);
    const reason = `${holder} ${dealId} at provider f0${providerId} holds the piece of request ${requestId}`;
    return { to: this.dealStatus, data, reason, piece: key, requestId, single: true };
  }

  /** Returns the contract's refusal, if there is one. */
  private async send(call: Call, at: Block): Promise<ContractRevertError | undefined> {
    try {
      await this.outbox.send(call, at);
      return undefined;
    } catch (error) {
      if (!(error instanceof ContractRevertError)) throw error;
      // Somebody else completed or cancelled it: the events say which, and the request closes with them.
      return error.reason === "DealStatus_RequestNotOpen" ? undefined : error;
    }
  }
}

/** Whether the refusal is final: it is another deal than the one asked for, or it is over. */
export function isFinal(refusal: ContractRevertError): boolean {
  if (refusal.reason === "DealStatus_DealNotLive") return OVER.includes(refusal.args["state"] as bigint);
  return ["DealStatus_WrongCommitment", "DealStatus_WrongProvider", "DealStatus_AlreadyListed"].includes(
    refusal.reason,
  );
}

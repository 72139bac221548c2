import { ulid } from "ulid";

import type { Block } from "../chain/block";
import { dealStatusAbi } from "../chain/dealStatus";
import { valuesOf } from "../chain/enums";
import type { TransactionLane } from "../chain/lane";
import { ContractRevertError } from "../chain/revert";
import { pieceOfKey } from "../chain/piece";
import { paddedBytesOf } from "../data/piece";
import type { Intents } from "../store/intents";
import type { Intent } from "../store/schema";
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

/** Brings proofs of sealed placements onto the chain. What is sent is stored first, and never sent as another. */
export class Completing {
  constructor(
    private readonly store: Aggregations,
    private readonly intents: Intents,
    private readonly lane: TransactionLane,
    private readonly dealStatus: string,
    private readonly tell: (event: AggregatorEvent) => void,
  ) {}

  /** What became of the transactions on their way. */
  async confirm(pinned: Block): Promise<void> {
    for (const intent of await this.intents.outstanding()) {
      if (intent.state === "planned") await this.send(intent);
      else if (intent.state === "signed") await this.look(intent, pinned);
    }
    await this.intents.finish(pinned.number);
  }

  /** Sends what is still open of a placement; returns the refusal if the contract refuses, and closes the placement when
   *  nothing is left. */
  async complete(placement: Placement, packed: Package, epoch: bigint): Promise<ContractRevertError | undefined> {
    const outstanding = new Set((await this.intents.outstanding()).map(({ requestId }) => requestId));
    let open = 0;
    for (const { requestId: id, piece } of membersOf(placement)) {
      const requestId = BigInt(id);
      if ((await this.store.request(requestId))?.state !== "open") continue;
      open++;
      if (outstanding.has(requestId)) continue;
      const member = packed.members.find(({ key }) => key === piece)!;
      const intent = await this.plan(placement, requestId, member, epoch);
      const refusal = await this.send(intent);
      if (refusal !== undefined) return refusal;
    }
    if (open === 0) await this.store.move(placement.identifier, "done");
    return undefined;
  }

  private async plan(
    placement: Placement,
    requestId: bigint,
    { key, proof }: Package["members"][number],
    epoch: bigint,
  ): Promise<Intent> {
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
    return this.intents.plan({
      id: ulid(),
      kind: "call",
      reason: `${holder} ${dealId} at provider f0${providerId} holds the piece of request ${requestId}`,
      toAddress: this.dealStatus,
      data,
      sender: this.lane.address,
      createdEpoch: epoch,
      piece: key,
      requestId,
    });
  }

  /** Returns the contract's refusal, if there is one; whatever else goes wrong leaves the intent planned. */
  private async send(intent: Intent): Promise<ContractRevertError | undefined> {
    try {
      await this.lane.send(intent);
      return undefined;
    } catch (error) {
      if (!(error instanceof ContractRevertError)) {
        await this.intents.note(intent.id, (error as Error).message);
        return undefined;
      }
      await this.intents.fail(intent.id, error.message);
      // Somebody else completed or cancelled it: the events say which, and the request closes with them.
      return error.reason === "DealStatus_RequestNotOpen" ? undefined : error;
    }
  }

  private async look(intent: Intent, pinned: Block): Promise<void> {
    const outcome = await this.lane.look(intent, pinned);
    if (outcome.state === "failed") await this.intents.fail(intent.id, outcome.error.message);
    if (outcome.state !== "mined") return;
    const { hash, block, gasUsed, costAtto } = outcome.receipt;
    await this.intents.mined({
      intentId: intent.id,
      hash,
      block,
      succeeded: 1n,
      gasUsed,
      costAtto: costAtto.toString(),
    });
    await this.store.requestClosed(intent.requestId!, "completed");
    const [, , dealId, providerId] = dealStatusAbi.decodeFunctionData(COMPLETE, intent.data);
    this.tell({ kind: "completed", requestId: intent.requestId!, providerId, dealId });
  }
}

/** Whether the refusal is the deal's fault for good: it is another deal than the one asked for, or it is over. */
export function isFinal(refusal: ContractRevertError): boolean {
  if (refusal.reason === "DealStatus_DealNotLive") return OVER.includes(refusal.args["state"] as bigint);
  return ["DealStatus_WrongCommitment", "DealStatus_WrongProvider", "DealStatus_AlreadyListed"].includes(
    refusal.reason,
  );
}

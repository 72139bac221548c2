import { hexlify, toUtf8Bytes } from "ethers";

import { IDealStatus__factory } from "../../typechain-types";
import { type Block, hexOf } from "../filecoin/block";
import type { ObservedDeal } from "./dealRecords";
import { type SectorStatus, valuesOf, wordOf } from "./enums";
import { decodeInspect } from "./inspectAnswer";
import { pieceKeyOf, pieceOfKey } from "../data/pieceKey";
import { decodeRevert } from "../filecoin/revert";
import type { JsonRpc } from "../filecoin/rpc";
import { isTooMuchAtOnce } from "../filecoin/rpcErrors";

export const dealStatusAbi = IDealStatus__factory.createInterface();

const { Cancelled: CANCELLED } = valuesOf("RequestState");

export interface ChainTerms {
  replicationTarget: bigint;
  repairThreshold: bigint;
  renewThreshold: bigint;
}

export interface FaultyDeal {
  marketActorId: bigint;
  providerId: bigint;
  dealId: bigint;
  sector: bigint;
  status: SectorStatus;
}

/** Reads of the `DealStatus` contract, each at a given block. */
export class DealStatusReader {
  /** How many pieces the last successful `inspect` took: halved when the node could not answer, doubled when it could. */
  private batch: number;
  /** `eth_call`s made, for the figures. */
  calls = 0;

  constructor(
    private readonly rpc: JsonRpc,
    readonly address: string,
    private readonly maxBatch = 100,
  ) {
    this.batch = maxBatch;
  }

  /** Every listed deal of every piece (by piece key); a piece that nobody requested has none. */
  async inspect(pieces: readonly string[], block: Block, signal?: AbortSignal): Promise<Map<string, ObservedDeal[]>> {
    const found = new Map<string, ObservedDeal[]>(pieces.map((piece) => [piece, []]));
    for (let done = 0; done < pieces.length;) {
      const some = pieces.slice(done, done + this.batch);
      try {
        await this.inspectBatch(some, block, found, signal);
      } catch (error) {
        if (some.length === 1 || !isTooMuchAtOnce(error)) throw error;
        for (const piece of some) found.set(piece, []);
        this.batch = Math.ceil(some.length / 2);
        continue;
      }
      done += some.length;
      if (some.length === this.batch) this.batch = Math.min(this.maxBatch, this.batch * 2);
    }
    return found;
  }

  private async inspectBatch(
    pieces: readonly string[],
    block: Block,
    found: Map<string, ObservedDeal[]>,
    signal?: AbortSignal,
  ): Promise<void> {
    const cids = pieces.map((piece) => pieceOfKey(piece).cid.bytes);
    let cursor = 0n;
    do {
      const data = dealStatusAbi.encodeFunctionData("inspect", [cids, cursor]);
      const { pages, next } = decodeInspect(await this.call("inspect", data, block, signal));
      for (const { root, height, deals } of pages) found.get(pieceKeyOf(root, height))?.push(...deals);
      cursor = next;
    } while (cursor !== 0n);
  }

  /** Deals of the piece whose sector is proven faulty or dead; pages until the list is done. */
  async faultyDeals(piece: string, block: Block, signal?: AbortSignal): Promise<FaultyDeal[]> {
    const cid = pieceOfKey(piece).cid.bytes;
    const found: FaultyDeal[] = [];
    for (let start = 0n, count = 64n; ;) {
      const data = dealStatusAbi.encodeFunctionData("getFaultyDeals", [cid, start, count]);
      let answer: string;
      try {
        answer = await this.call("getFaultyDeals", data, block, signal);
      } catch (error) {
        if (count === 1n || !isTooMuchAtOnce(error)) throw error;
        count /= 2n;
        continue;
      }
      const [deals, next] = dealStatusAbi.decodeFunctionResult("getFaultyDeals", answer);
      for (const { marketActorId, providerId, dealId, sector, status } of deals) {
        found.push({ marketActorId, providerId, dealId, sector, status: wordOf("SectorStatus", status) });
      }
      if (next === 0n) return found;
      start = next as bigint;
    }
  }

  /** The terms of a RaaS request as of `block`, and whether they still hold. */
  async termsOf(requestId: bigint, block: Block): Promise<{ live: boolean; terms: ChainTerms }> {
    const data = dealStatusAbi.encodeFunctionData("requestOf", [requestId]);
    const [request] = dealStatusAbi.decodeFunctionResult("requestOf", await this.call("requestOf", data, block));
    const { replicationTarget, repairThreshold, renewThreshold } = request.terms;
    return {
      live: request.raas && request.state !== CANCELLED,
      terms: { replicationTarget, repairThreshold, renewThreshold },
    };
  }

  private async call(name: string, data: string, block: Block, signal?: AbortSignal): Promise<string> {
    this.calls++;
    let answer: string;
    try {
      answer = await this.rpc.request<string>("eth_call", [{ to: this.address, data }, hexOf(block.number)], signal);
    } catch (error) {
      throw decodeRevert(error, `DealStatus.${name}`, dealStatusAbi);
    }
    // Lotus answers a call to a contract that does not exist (yet) with nothing, and no error.
    if (answer === "0x") throw new ContractMissingError(this.address, block.number);
    return answer;
  }
}

export class ContractMissingError extends Error {
  override readonly name = "ContractMissingError";
  constructor(
    readonly address: string,
    readonly block: bigint,
  ) {
    super(
      `There is no DealStatus contract at ${address} at epoch ${block}. Deploy it, or name the right address with --contract.`,
    );
  }
}

/** Calldata of the transactions that the keeper sends. */
export const dealStatusCall = {
  submit: (cid: Uint8Array, fetchLink: string): string =>
    dealStatusAbi.encodeFunctionData("submit(bytes,bytes)", [cid, hexlify(toUtf8Bytes(fetchLink))]),
  submitRaaS: (cid: Uint8Array, fetchLink: string, target: bigint, repair: bigint, renew: bigint): string =>
    dealStatusAbi.encodeFunctionData("submitRaaS(bytes,bytes,uint256,uint256,uint256)", [
      cid,
      hexlify(toUtf8Bytes(fetchLink)),
      target,
      repair,
      renew,
    ]),
  cancel: (requestId: bigint): string => dealStatusAbi.encodeFunctionData("cancelRequest", [requestId]),
};

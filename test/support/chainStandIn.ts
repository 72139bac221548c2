import { id as keccak, Transaction, toUtf8Bytes, hexlify, ZeroAddress } from "ethers";

import { dealStatusAbi } from "../../src/protocol/dealStatus";
import { type SectorStatus, valuesByWord, type WordOf } from "../../src/protocol/enums";
import { pieceKeyOf, pieceOf } from "../../src/data/pieceKey";
import { type JsonRpc, RpcError } from "../../src/filecoin/rpc";
import { pieceOfKey } from "../../src/data/pieceKey";

const DEAL_STATES = valuesByWord("DealState");
const REQUEST_STATES = valuesByWord("RequestState");
const STATUSES = valuesByWord("SectorStatus");

export interface StandInDeal {
  dealId: bigint;
  providerId: bigint;
  marketActorId: bigint;
  sector: bigint;
  state: WordOf<"DealState">;
  end: bigint;
}

interface StandInRequest {
  id: bigint;
  terms?: [bigint, bigint, bigint];
  client: string;
  piece: string;
  fetchLink: string;
  state: "open" | "completed" | "cancelled";
}

interface Mined {
  hash: string;
  from: string;
  nonce: number;
  to: string;
  input: string;
  block: bigint;
  succeeded: boolean;
  logs: Record<string, unknown>[];
  requestIds: bigint[];
}

/**
 * A node with a `DealStatus` on it, at the level of JSON-RPC: for what a real chain does not do on demand (errors, lost
 * answers, null rounds, reorganisations) and for measuring the keeper without a chain. Deals are what the test says.
 */
export class ChainStandIn implements JsonRpc {
  readonly address = "0x00000000000000000000000000000000000d3a15";
  readonly chainId = 31_415_926n;
  block = 1_000n;
  fork = "a";
  balanceAtto = 10n ** 21n;
  automine = true;
  /** Answers of `Filecoin.*` methods; without them the endpoint is ETH-only. */
  lotus?: (method: string, params: readonly unknown[]) => unknown;
  /** Called before every request; may throw, or return an answer in its place. */
  intercept?: (method: string, params: readonly unknown[]) => unknown;
  readonly deals = new Map<string, StandInDeal[]>();
  readonly faulty = new Map<string, { deal: StandInDeal; status: SectorStatus }[]>();
  readonly requests: StandInRequest[] = [];
  readonly calls: string[] = [];
  readonly pool: string[] = [];
  private readonly mined: Mined[] = [];
  private readonly nullRounds = new Set<bigint>();

  async request<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    this.calls.push(method);
    const given = await this.intercept?.(method, params);
    if (given !== undefined) return given as T;
    return this.answer(method, params) as T;
  }

  mine(epochs = 1n): void {
    this.block += epochs;
    const ready = this.pool.splice(0);
    for (const raw of ready) this.execute(raw);
  }

  nullRound(epoch: bigint): void {
    this.nullRounds.add(epoch);
  }

  /** Everything after `block` never happened. */
  reorganise(block: bigint, fork: string): Mined[] {
    this.fork = fork;
    this.forkedAt = block;
    const undone = this.mined.filter((it) => it.block > block);
    for (const it of undone) this.mined.splice(this.mined.indexOf(it), 1);
    const kept = new Set(this.mined.flatMap((it) => it.requestIds));
    for (let index = this.requests.length - 1; index >= 0; index--) {
      if (!kept.has(this.requests[index]!.id)) this.requests.splice(index, 1);
    }
    return undone;
  }
  private forkedAt = 0n;

  /** A provider's deal answers the request, and is listed. */
  complete(requestId: bigint, deal: Partial<StandInDeal>): StandInDeal {
    const request = this.requests.find((it) => it.id === requestId)!;
    request.state = "completed";
    this.block++;
    const listed = this.list(request.piece, deal);
    const { root, height } = pieceOfKey(request.piece);
    this.emit(keccak(`complete ${requestId} ${this.fork}`), ZeroAddress, [
      ["DealListed", [root, listed.providerId, listed.dealId, height, listed.marketActorId, listed.end], requestId],
      ["CompleteAggregatorRequest", [requestId, listed.dealId], requestId],
    ]);
    return listed;
  }

  list(piece: string, deal: Partial<StandInDeal>): StandInDeal {
    const { dealId = 0n, providerId = 1000n, marketActorId = 5n, sector = 1n, state = "active" } = deal;
    const listed = { dealId, providerId, marketActorId, sector, state, end: deal.end ?? this.block + 518_400n };
    this.deals.set(piece, [...(this.deals.get(piece) ?? []), listed]);
    return listed;
  }

  /** A request as another client, or the node with another program, sends it. */
  open(client: string, piece: string, terms?: [bigint, bigint, bigint], fetchLink = ""): bigint {
    this.block++;
    return this.opened(client, piece, fetchLink, keccak(`open ${this.requests.length} ${this.fork}`), terms);
  }

  get openRequests(): bigint[] {
    return this.requests.filter((it) => it.state === "open").map((it) => it.id);
  }

  private opened(
    client: string,
    piece: string,
    link: string,
    hash: string,
    terms?: [bigint, bigint, bigint],
    log = true,
  ) {
    const id = BigInt(this.requests.reduce((top, it) => (it.id > top ? it.id : top), 0n)) + 1n;
    this.requests.push({ id, client, piece, fetchLink: link, state: "open", terms });
    const { root, height, cid } = pieceOfKey(piece);
    const events: [string, unknown[], bigint][] = [
      ["RequestOpened", [id, client, root, height, hexlify(toUtf8Bytes(link))], id],
      terms === undefined
        ? ["SubmitAggregatorRequest", [id, cid.bytes], id]
        : ["SubmitAggregatorRequestWithRaaS", [id, cid.bytes, ...terms], id],
    ];
    if (log) this.emit(hash, client, events);
    return id;
  }

  private emit(hash: string, from: string, events: [string, unknown[], bigint][], tx: Partial<Mined> = {}): void {
    const logs = events.map(([name, args], index) => ({
      ...dealStatusAbi.encodeEventLog(dealStatusAbi.getEvent(name as "RequestOpened"), args),
      address: this.address,
      blockNumber: hex(this.block),
      transactionHash: hash,
      logIndex: hex(BigInt(index)),
    }));
    const requestIds = events.map(([, , requestId]) => requestId);
    const base = { hash, from, nonce: -1, to: this.address, input: "0x", block: this.block, succeeded: true };
    this.mined.push({ ...base, ...tx, logs, requestIds });
  }

  private execute(raw: string): void {
    const tx = Transaction.from(raw);
    const from = tx.from!;
    if (tx.nonce !== this.nonceAt(from)) return void this.pool.push(raw);
    const mined = { nonce: tx.nonce, to: tx.to!, input: tx.data };
    if (tx.data === "0x") return this.emit(tx.hash!, from, [], mined);
    const call = dealStatusAbi.parseTransaction({ data: tx.data })!;
    if (call.name === "submit") {
      const { root, height } = pieceOf(Buffer.from((call.args[0] as string).slice(2), "hex"));
      const link = Buffer.from((call.args[1] as string).slice(2), "hex").toString();
      const piece = pieceKeyOf(root, height);
      const id = this.opened(from, piece, link, tx.hash!, undefined, false);
      const args = [id, from, root, height, call.args[1]];
      return this.emit(tx.hash!, from, [["RequestOpened", args, id]], mined);
    }
    const id = call.args[0] as bigint;
    const request = this.requests.find((it) => it.id === id && it.state === "open");
    if (request === undefined) return this.emit(tx.hash!, from, [], { ...mined, succeeded: false });
    request.state = "cancelled";
    this.emit(tx.hash!, from, [["RequestCancelled", [id], id]], mined);
  }

  private nonceAt(address: string, block = this.block): number {
    return this.mined.filter((it) => it.from === address && it.nonce >= 0 && it.block <= block).length;
  }

  /** How many of the pool follow on each other without a gap. */
  private pooledFrom(address: string): number {
    const nonces = new Set(
      this.pool
        .map((raw) => Transaction.from(raw))
        .filter((tx) => tx.from === address)
        .map((tx) => tx.nonce),
    );
    const next = this.nonceAt(address);
    let count = 0;
    while (nonces.has(next + count)) count++;
    return count;
  }

  private answer(method: string, params: readonly unknown[]): unknown {
    if (method.startsWith("Filecoin.")) return this.answerLotus(method, params);
    switch (method) {
      case "eth_chainId":
        return hex(this.chainId);
      case "eth_getBlockByNumber":
        return this.blockOf(params[0] as string, params[1] as boolean);
      case "eth_getBalance":
        return hex(this.balanceAtto);
      case "eth_getCode":
        return "0xfe";
      case "eth_maxPriorityFeePerGas":
        return "0x64";
      case "eth_estimateGas":
        return "0x100000";
      case "eth_call":
        return this.call(params[0] as { from?: string; data: string });
      case "eth_getTransactionCount": {
        const [address, tag] = params as [string, string];
        const pending = tag === "pending" ? this.pooledFrom(address) : 0;
        return hex(BigInt(this.nonceAt(address, tag.startsWith("0x") ? BigInt(tag) : this.block) + pending));
      }
      case "eth_sendRawTransaction": {
        const raw = params[0] as string;
        const { hash, nonce, from } = Transaction.from(raw);
        if (nonce < this.nonceAt(from!))
          throw new RpcError(method, 1, "minimum expected nonce is 4, got 0: message nonce too low");
        if (!this.pool.includes(raw)) this.pool.push(raw);
        if (this.automine) this.mine();
        return hash;
      }
      case "eth_getTransactionReceipt":
        return this.receipt(params[0] as string);
      case "eth_getLogs":
        return this.logs(params[0] as { fromBlock: string; toBlock: string });
    }
    throw new RpcError(method, -32601, `method '${method}' not found`);
  }

  private answerLotus(method: string, params: readonly unknown[]): unknown {
    const answer = this.lotus?.(method, params);
    if (answer === undefined) throw new RpcError(method, -32601, `method '${method}' not found`);
    return answer;
  }

  private blockOf(tag: string, full: boolean): unknown {
    const number = tag.startsWith("0x") ? BigInt(tag) : this.block;
    if (number > this.block)
      throw new RpcError("eth_getBlockByNumber", 1, "requested a future epoch (beyond 'latest')");
    if (this.nullRounds.has(number)) {
      throw new RpcError("eth_getBlockByNumber", 12, `requested epoch was a null round (${number})`, Number(number));
    }
    const fork = number > this.forkedAt ? this.fork : "a";
    const transactions = this.mined.filter((it) => it.block === number && it.nonce >= 0);
    return {
      number: hex(number),
      hash: keccak(`block ${number} ${fork}`),
      timestamp: hex(number * 30n),
      baseFeePerGas: "0x64",
      transactions: full
        ? transactions.map(({ hash, from, to, input, nonce }) => ({ hash, from, to, input, nonce: hex(BigInt(nonce)) }))
        : [],
    };
  }

  private receipt(hash: string): unknown {
    const found = this.mined.find((it) => it.hash === hash);
    if (found === undefined) return null;
    return {
      transactionHash: hash,
      blockNumber: hex(found.block),
      status: found.succeeded ? "0x1" : "0x0",
      gasUsed: "0x80000",
      effectiveGasPrice: "0xc8",
      logs: found.logs,
    };
  }

  private logs({ fromBlock, toBlock }: { fromBlock: string; toBlock: string }): unknown {
    if (BigInt(toBlock) > this.block) {
      throw new RpcError(
        "eth_getLogs",
        1,
        "failed to get events for filter: events for the requested block are not yet available",
      );
    }
    const within = this.mined.filter((it) => it.block >= BigInt(fromBlock) && it.block <= BigInt(toBlock));
    return within.flatMap((it) => it.logs);
  }

  private call({ data }: { data: string }): string {
    const call = dealStatusAbi.parseTransaction({ data });
    if (call?.name === "inspect") return this.inspect(call.args[0] as string[]);
    if (call?.name === "getFaultyDeals") {
      const { root, height } = pieceOf(Buffer.from((call.args[0] as string).slice(2), "hex"));
      const found = this.faulty.get(pieceKeyOf(root, height)) ?? [];
      const rows = found.map(({ deal, status }) => ({
        ...encoded(deal),
        status: STATUSES[status],
        location: "0x820000",
      }));
      return dealStatusAbi.encodeFunctionResult("getFaultyDeals", [rows, 0n]);
    }
    if (call?.name === "requestOf") return this.requestOf(call.args[0] as bigint);
    return "0x";
  }

  private requestOf(id: bigint): string {
    const { client, state, piece, terms = [0n, 0n, 0n] } = this.requests.find((it) => it.id === id)!;
    const { root, height } = pieceOfKey(piece);
    const [replicationTarget, repairThreshold, renewThreshold] = terms;
    const shown = { client, state: REQUEST_STATES[state], raas: terms[0] > 0n, root, height, submittedAt: 1n };
    const request = { ...shown, terms: { replicationTarget, repairThreshold, renewThreshold } };
    return dealStatusAbi.encodeFunctionResult("requestOf", [request]);
  }

  private inspect(cids: string[]): string {
    const pages = cids.map((cid, cidIndex) => {
      const { root, height } = pieceOf(Buffer.from(cid.slice(2), "hex"));
      const deals = this.deals.get(pieceKeyOf(root, height)) ?? [];
      return { cidIndex, root, height, offset: 0, total: deals.length, deals: deals.map(encoded) };
    });
    return dealStatusAbi.encodeFunctionResult("inspect", [pages, 0n]);
  }
}

function encoded(deal: StandInDeal) {
  return { ...deal, state: DEAL_STATES[deal.state] };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

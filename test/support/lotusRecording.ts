import { readFileSync } from "node:fs";
import path from "node:path";
import { base32 } from "multiformats/bases/base32";
import { base58btc } from "multiformats/bases/base58";

import { parsePieceCid } from "../../src/data/pieceCid";
import type { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";

/** What a Lotus node answered, row by row. */
export interface RecordedRow {
  state: string;
  epoch: number;
  method: string;
  params: unknown[];
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

export interface RecordedEthereumRow {
  label: string;
  method: string;
  params: unknown[];
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

interface Recording {
  filecoin: RecordedRow[];
  ethereum: { contract: string; account: string; abi: string[]; rows: RecordedEthereumRow[] };
}

export const recording = JSON.parse(
  readFileSync(path.join(__dirname, "..", "vectors", "lotus-rpc.json"), "utf8"),
) as Recording;

const MINER = 1002n;
const CLIENT = 101n;
const ATTO = 10n ** 18n;

interface RecordedDeal {
  Proposal: { PieceCID: { "/": string }; Label: string; StartEpoch: number; EndEpoch: number };
}

/** Makes what happened on the recorded chain happen on the simulated one, epoch by epoch. */
export class RecordedChain {
  private readonly script: { epoch: bigint; act: () => Promise<unknown> }[];

  constructor(private readonly filecoin: SimulatedFilecoin) {
    const commit = (number: bigint, deal: bigint, expiration: bigint) => () =>
      this.filecoin.commitSector({ provider: MINER, number, expiration, dealIds: [deal] });
    const preCommit = (number: bigint) => () => this.filecoin.preCommit(MINER, [number]);
    this.script = [
      { epoch: 700n, act: () => this.publishAll() },
      { epoch: 906n, act: preCommit(100100n) },
      { epoch: 922n, act: commit(100100n, 5n, 951315n) },
      { epoch: 926n, act: preCommit(100101n) },
      { epoch: 942n, act: commit(100101n, 7n, 951335n) },
      { epoch: 946n, act: preCommit(100102n) },
      { epoch: 962n, act: commit(100102n, 8n, 951355n) },
      { epoch: 2702n, act: () => this.filecoin.fault(MINER, 100102n) },
      { epoch: 2703n, act: () => this.filecoin.terminate(MINER, 100101n) },
      { epoch: 2706n, act: () => this.filecoin.settle([6n]) },
      { epoch: 2900n, act: () => this.filecoin.fault(MINER, 100100n) },
      { epoch: 5700n, act: () => this.filecoin.declareRecovery(MINER, 100102n) },
      { epoch: 5800n, act: () => this.filecoin.fault(MINER, 100102n) },
      {
        epoch: 5900n,
        act: () => this.filecoin.commitSector({ provider: MINER, number: 100103n, expiration: 951400n }),
      },
      { epoch: 5950n, act: () => this.filecoin.fault(MINER, 100103n) },
    ];
  }

  /** The miner and its client, as the recording names them. */
  async begin(): Promise<void> {
    const info = rowsOf("Filecoin.StateMinerInfo")[0]!.result as { PeerId: string };
    const client = rowsOf("Filecoin.StateLookupID")[0]!.params[0] as string;
    await this.filecoin.createAccount({ id: CLIENT, robustAddress: blsAddress(client) });
    await this.filecoin.createMiner({
      id: MINER,
      owner: CLIENT,
      peerId: base58btc.baseDecode(info.PeerId),
      sectorSize: 2048n,
      partitionSectors: 2n,
      // Its periods start at epoch −247.
      periodOffset: 2880n - 247n,
    });
  }

  /** Goes to an epoch, with everything that happened before it. A transaction is mined in the epoch after the one it is
   *  sent at. */
  async goTo(epoch: bigint): Promise<void> {
    while (this.script.length > 0 && this.script[0]!.epoch <= epoch) {
      const next = this.script.shift()!;
      await this.skipTo(next.epoch - 1n);
      await next.act();
    }
    await this.skipTo(epoch);
  }

  private async skipTo(epoch: bigint): Promise<void> {
    const now = await this.filecoin.epoch();
    if (now > epoch) throw new Error(`it is epoch ${now} already, not ${epoch}`);
    if (now < epoch) await this.filecoin.skip(epoch - now);
  }

  /** Deals 0 to 8; the recording says of 5, 6 and 8 what they were, and of 7's piece in an event. */
  private async publishAll(): Promise<void> {
    const recorded = new Map<number, RecordedDeal>();
    for (const { params, result } of rowsOf("Filecoin.StateMarketStorageDeal"))
      if (result !== undefined) recorded.set(params[0] as number, result as RecordedDeal);
    const deals = Array.from({ length: 9 }, (_, id) => this.proposal(id, recorded.get(id)));
    await this.filecoin.publishDeals(deals);
  }

  private proposal(id: number, deal: RecordedDeal | undefined) {
    const { PieceCID, Label, StartEpoch, EndEpoch } = (deal ?? recordedLike(id)).Proposal;
    return {
      provider: MINER,
      client: CLIENT,
      pieceRoot: parsePieceCid(PieceCID["/"]).root,
      paddedBytes: 2048n,
      startEpoch: BigInt(StartEpoch),
      endEpoch: BigInt(EndEpoch),
      pricePerEpochAtto: 1000n,
      label: Label,
      providerCollateralAtto: ATTO,
      clientCollateralAtto: ATTO,
    };
  }
}

export function rowsOf(method: string): RecordedRow[] {
  return recording.filecoin.filter((row) => row.method === method);
}

/** A deal that the recording shows nothing of; the piece of the terminated one stands in its sector's event. */
function recordedLike(id: number): RecordedDeal {
  const terminated = Buffer.from("e8c95a2a7271b7241ae2af5f9879cf8e3cc41ef626ed98205a7342f21c424706", "hex");
  const cid = Buffer.concat([Buffer.from("0181e203922020", "hex"), id === 7 ? terminated : Buffer.alloc(32, id)]);
  const text = `b${base32.baseEncode(cid)}`;
  return { Proposal: { PieceCID: { "/": text }, Label: `label ${id}`, StartEpoch: 2249, EndEpoch: 578249 } };
}

/** The bytes of an f3 address. */
function blsAddress(text: string): Uint8Array {
  return Uint8Array.from([3, ...base32.baseDecode(text.slice(2)).slice(0, -4)]);
}

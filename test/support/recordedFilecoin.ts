import { SimulatedFilecoin, type SectorManifest } from "../../src/devnet/actors/filecoin";
import { recordedAnswers, type Answer } from "./actorCalls";
import { simulatedFilecoin } from "./chain";

export interface RecordedDeal {
  id: number;
  pieceCid: string;
  paddedSize: number;
  start: number;
  end: number;
  pricePerEpoch: string;
  label: string | { hex: string };
  client: number;
  provider: number;
  clientCollateral: string;
  providerCollateral: string;
  verified: boolean;
}

interface Snapshot<T> {
  state: string;
  epoch: number;
  answers: Record<string, T>;
}

type StatusAnswer = boolean | number;

export interface RecordedSector {
  generate: { params: string; ret: string };
  expiration: Answer;
  validate: [location: string, aux: string, ...answers: [StatusAnswer, StatusAnswer, StatusAnswer, StatusAnswer]][];
}

type OtherMethod = "GetSectorSize" | "GetOwner" | "GetPeerID";

interface Recording {
  actors: { client: number; owner: number; miner: number };
  market: {
    methods: Record<string, number>;
    deals: Record<string, RecordedDeal>;
    happened: { activatedAt: number; sectorExpirations: Record<string, number> };
    snapshots: Snapshot<Record<string, Answer>>[];
    malformed: { method: string; number: number; params: string; exit: number }[];
    settle: { about: string; params: string; ret: string }[];
    notification: { from: number; params: string; exit: number; ret: string };
  };
  sectors: { methods: Record<string, number>; snapshots: Snapshot<RecordedSector>[] };
  power: {
    number: number;
    answers: Record<string, Answer & { id: number; params: string }>;
    malformed: { params: string; exit: number }[];
  };
  other: { about: string } & { [name in OtherMethod]: { number: number; ret: string } };
}

export const recording = recordedAnswers<Recording>();
export const CLIENT = BigInt(recording.actors.client);
export const MINER = BigInt(recording.actors.miner);

/** Where deadline 0 falls in the recording: after each of its declarations, before each of its observations. */
const PERIOD_OFFSET = 2821n;
const DECLARED_FAULTY = 4n;
const LOST = 5n;

const piecesOf: Record<number, string[]> = {
  1: ["settled", "active", "first", "bytes-label", "empty-label", "free", "dear", "unicode"],
  2: ["terminated"],
  6: ["small"],
  7: ["later"],
};

/** The history that was recorded, told again to the simulated actors; `reach` goes on to a snapshot's state. */
export class RecordedFilecoin {
  #done = 0;

  private constructor(readonly filecoin: SimulatedFilecoin) {}

  static async begin(): Promise<RecordedFilecoin> {
    const filecoin = await simulatedFilecoin();
    const owner = await filecoin.createAccount({ id: BigInt(recording.actors.owner) });
    await filecoin.createAccount({ id: CLIENT });
    const peerId = new TextEncoder().encode("miner");
    await filecoin.createMiner({ id: MINER, owner, peerId, periodOffset: PERIOD_OFFSET });
    return new RecordedFilecoin(filecoin);
  }

  readonly #history: [state: string, happens: () => Promise<unknown>][] = [
    ["published", () => this.#publish()],
    ["precommitted", () => this.#at(200, () => this.filecoin.preCommit(MINER, [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n]))],
    ["active-before-start", () => this.commit()],
    ["unproven", async () => undefined],
    ["active", () => this.#at(14760)],
    ["never-after-settle", () => this.filecoin.settle([9n])],
    ["just-declared", () => this.filecoin.declareFault(MINER, DECLARED_FAULTY)],
    ["faulty", () => this.#at(20520, undefined, () => this.filecoin.fault(MINER, LOST))],
    ["recovering", () => this.filecoin.declareRecovery(MINER, DECLARED_FAULTY)],
    ["recovered", () => this.#at(23410)],
    ["terminated", () => this.filecoin.terminate(MINER, 2n)],
    ["terminated-while-faulty", () => this.filecoin.terminate(MINER, LOST)],
    ["after-compaction", () => this.#at(28540, () => this.filecoin.compact(MINER))],
    ["extended", () => this.filecoin.extend(MINER, 3n, 907550n)],
    ["faulty-for-30-days", () => this.#at(114940, undefined, () => this.filecoin.declareFault(MINER, 6n))],
    ["its-sector-faulty-for-30-days", async () => undefined],
    ["faulty-too-long", () => this.#at(150220)],
    ["its-sector-died-of-its-fault", async () => undefined],
    ["end-minus-5", () => this.#at(590745)],
    ["at-end", () => this.#at(590750)],
    ["past-end-unsettled", () => this.#at(590800)],
    ["settled", () => this.filecoin.settle([2n, 3n, 10n, 1000000n])],
    ["sector-expired", () => this.#at(625310)],
    ["expired", async () => undefined],
  ];

  /** Goes on until `state` is reached; states come in the order of the history. */
  async reach(state: string): Promise<void> {
    const index = this.#history.findIndex(([name]) => name === state);
    if (index < 0) throw new Error(`nothing is known of how ${state} came about`);
    for (; this.#done <= index; this.#done++) await this.#history[this.#done]![1]();
  }

  /** The commit of sectors 1 to 8 at the recorded epoch. */
  async commit() {
    const { activatedAt, sectorExpirations } = recording.market.happened;
    await this.#at(activatedAt - 1);
    const sectors: SectorManifest[] = [1, 2, 3, 4, 5, 6, 7, 8].map((number) => ({
      number: BigInt(number),
      expiration: BigInt(sectorExpirations[number] ?? sectorExpirations[1]!),
      dealIds: (piecesOf[number] ?? []).map((name) => BigInt(recording.market.deals[name]!.id)),
    }));
    return this.filecoin.commitSectors(MINER, sectors, true);
  }

  async #publish(): Promise<void> {
    const deals = Object.values(recording.market.deals).sort((a, b) => a.id - b.id);
    await this.filecoin.publishDeals(
      deals.map((deal) => ({
        provider: BigInt(deal.provider),
        client: BigInt(deal.client),
        pieceRoot: Buffer.from(deal.pieceCid.slice(14), "hex"),
        paddedBytes: BigInt(deal.paddedSize),
        startEpoch: BigInt(deal.start),
        endEpoch: BigInt(deal.end),
        pricePerEpochAtto: BigInt(deal.pricePerEpoch),
        clientCollateralAtto: BigInt(deal.clientCollateral),
        providerCollateralAtto: BigInt(deal.providerCollateral),
        label: typeof deal.label === "string" ? deal.label : new Uint8Array(Buffer.from(deal.label.hex, "hex")),
        verified: deal.verified,
      })),
    );
  }

  async #at(epoch: number, then?: () => Promise<unknown>, before?: () => Promise<unknown>): Promise<void> {
    await before?.();
    await this.filecoin.skip(BigInt(epoch) - (await this.filecoin.epoch()));
    await then?.();
  }
}

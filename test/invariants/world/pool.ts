import { AbiCoder, getBytes } from "ethers";

import type { PieceManifest, SectorManifest, SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import type { ShardPlacement } from "../model/placing";
import { Sectors } from "../model/sectors";
import type { Hex } from "../model/state";
import { DATA, treeOver } from "./data";

/** A shard in a sector: all of a placement but what changes with time. */
export type Copy = Omit<ShardPlacement, "location" | "fullTerm" | "allowed"> & { data: number };

export interface Pool {
  providers: number[];
  copies: Copy[];
  world: Sectors;
}

/** The chain in this process keeps what each message executed until it is answered: hundreds of megabytes for all at once. */
const SECTORS_A_MESSAGE = 3;

const LONG = 3_000_000;
const DROP_WINDOW = 86_400;

/** Epochs after the pool was sealed at which sequences begin; short-lived sectors are near the end of their terms then. */
export const BEGIN_AFTER = 440_000;

const bytes = (hex: Hex) => getBytes(hex);

/**
 * Seals copies of all shards before the first sequence: sectors of four providers that told `SectorContents` of them for
 * each of the miners, deals of f05 made by some of the clients.
 */
export class PoolBuilder {
  private readonly copies: Copy[] = [];
  private readonly world = new Sectors();
  private readonly numbers = new Map<number, number>();
  private readonly committed = new Map<number, SectorManifest[]>();

  constructor(
    private readonly filecoin: SimulatedFilecoin,
    private readonly market: Hex,
    private readonly contents: Hex,
    private readonly miners: Hex[],
    private readonly providers: number[],
    private readonly sealedAt: number,
  ) {}

  async build(clients: number[]): Promise<Pool> {
    for (const [data, { roots }] of DATA.entries()) {
      roots.forEach((_, shard) => {
        for (let turn = 0; turn < 4; turn++) this.sealShard(data, shard, turn, this.sealedAt + LONG + turn);
        this.sealShard(data, shard, shard + 1, this.sealedAt + BEGIN_AFTER + DROP_WINDOW + 6_000 + 3_000 * shard);
      });
      this.sealTwo(data);
      this.sealAggregate(data);
    }
    for (const [provider, sectors] of this.committed) {
      for (let first = 0; first < sectors.length; first += SECTORS_A_MESSAGE) {
        const some = sectors.slice(first, first + SECTORS_A_MESSAGE);
        await this.filecoin.commitSectors(BigInt(provider), some, true);
      }
    }
    for (const [data, { roots }] of DATA.entries()) {
      for (const [shard] of roots.entries()) await this.sealDeal(data, shard, clients[shard % clients.length]!);
    }
    return { providers: this.providers, copies: this.copies, world: this.world };
  }

  private next(provider: number): number {
    const number = (this.numbers.get(provider) ?? 0) + 1;
    this.numbers.set(provider, number);
    return number;
  }

  private commit(provider: number, expiration: number, pieces: PieceManifest[]): number {
    const number = this.next(provider);
    const sectors = this.committed.get(provider) ?? [];
    this.committed.set(provider, [...sectors, { number: BigInt(number), expiration: BigInt(expiration), pieces }]);
    return number;
  }

  /** A piece of which every miner is told; the last one not, in every fifth sector. */
  private piece(root: Hex, height: number): PieceManifest {
    const payload = (miner: Hex) => AbiCoder.defaultAbiCoder().encode(["address", "address"], [this.market, miner]);
    const notify = this.miners.map((miner) => ({ receiver: this.contents, payload: bytes(payload(miner)) }));
    return { root: bytes(root), paddedBytes: 32n << BigInt(height), notify };
  }

  private tell(provider: number, sector: number, pieceRoot: Hex, pieceHeight: number, commitment: number): void {
    for (const miner of this.miners) {
      this.world.notices.push({ provider, sector, pieceRoot, pieceHeight, miner, commitment });
    }
  }

  private sealShard(data: number, shard: number, turn: number, expiration: number): void {
    const { roots, shardHeight } = DATA[data]!;
    const provider = this.providers[(shard + turn) % this.providers.length]!;
    const sector = this.commit(provider, expiration, [this.piece(roots[shard]!, shardHeight)]);
    this.tell(provider, sector, roots[shard]!, shardHeight, expiration);
    this.copies.push(this.copy(data, shard, { kind: "notice", provider, sector, dealId: 0 }));
  }

  /** Two shards in one sector: a deal may have one of them there. */
  private sealTwo(data: number): void {
    const { roots, shardHeight } = DATA[data]!;
    const provider = this.providers[data % this.providers.length]!;
    const expiration = this.sealedAt + LONG;
    const pieces = [0, 1].map((shard) => this.piece(roots[shard]!, shardHeight));
    const same = roots[0] === roots[1];
    const sector = this.commit(provider, expiration, same ? pieces.slice(0, 1) : pieces);
    for (const shard of [0, 1]) {
      if (shard === 0 || !same) this.tell(provider, sector, roots[shard]!, shardHeight, expiration);
      this.copies.push(this.copy(data, shard, { kind: "notice", provider, sector, dealId: 0 }));
    }
  }

  /** All shards as one larger piece. */
  private sealAggregate(data: number): void {
    const { roots, shardHeight } = DATA[data]!;
    const { root, proofs, depth } = treeOver([...roots].reverse(), shardHeight);
    const provider = this.providers[(data + 1) % this.providers.length]!;
    const expiration = this.sealedAt + LONG;
    const sector = this.commit(provider, expiration, [this.piece(root, shardHeight + depth)]);
    this.tell(provider, sector, root, shardHeight + depth, expiration);
    roots.forEach((_, shard) => {
      const inPiece = proofs[roots.length - 1 - shard]!;
      const piece = { pieceRoot: root, pieceHeight: shardHeight + depth, inPiece };
      this.copies.push({ ...this.copy(data, shard, { kind: "notice", provider, sector, dealId: 0 }), ...piece });
    });
  }

  /** An f05 deal; every second one ends early, every third is verified. */
  private async sealDeal(data: number, shard: number, client: number): Promise<void> {
    const { roots, shardHeight } = DATA[data]!;
    const provider = this.providers[(shard + data + 2) % this.providers.length]!;
    const start = (await this.filecoin.epoch()) + 1_000n;
    const end = start + ((data + shard) % 2 === 0 ? 530_000n : 1_500_000n);
    const verified = (data + shard) % 3 === 0;
    const pieceRoot = bytes(roots[shard]!);
    const dealId = await this.filecoin.publishDeal({
      ...{ provider: BigInt(provider), client: BigInt(client), startEpoch: start, endEpoch: end, verified },
      ...{ pieceRoot, paddedBytes: 32n << BigInt(shardHeight) },
    });
    const sector = this.next(provider);
    const expiration = end + 10_000n;
    await this.filecoin.commitSector({
      ...{ provider: BigInt(provider), number: BigInt(sector), expiration, dealIds: [dealId] },
    });
    this.world.deals.push({
      ...{ id: Number(dealId), provider, sector, pieceRoot: roots[shard]!, pieceHeight: shardHeight },
      ...{ client, end: Number(end), verified },
    });
    this.copies.push(this.copy(data, shard, { kind: "deal", provider, sector, dealId: Number(dealId) }));
  }

  private copy(data: number, shard: number, where: Pick<Copy, "kind" | "provider" | "sector" | "dealId">): Copy {
    const { roots, proofs, shardHeight } = DATA[data]!;
    const whole = { pieceRoot: roots[shard]!, pieceHeight: shardHeight, inPiece: { index: 0n, path: [] } };
    return { ...where, ...whole, data, shard, shardRoot: roots[shard]!, inData: proofs[shard]! };
  }
}

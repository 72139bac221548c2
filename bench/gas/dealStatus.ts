import { createHash } from "node:crypto";

import { hexlify, type Contract } from "ethers";
import hre from "hardhat";

import { buildAggregate, type InclusionProofAbi } from "../../src/data/aggregate";
import { capacityBytesOf, commitPiece, heightOf, paddedBytesOf, type Piece } from "../../src/data/piece";
import { pieceCidV2 } from "../../src/data/pieceCid";
import { SimulatedFilecoin } from "../../src/devnet/actors/filecoin";
import type { GasCase, GasScene } from "./cases";

const MIB = 1n << 20n;
const SECTOR_BYTES = 1n << 35n;
const DAY = 2880n;
const CROWD = 1000;
/** A trace of more takes minutes; each piece costs the same. */
const INSPECTED_PIECES = 6;
const DEALS_OF_PIECE = 3;
/** By one message. */
const PUBLISHED_AT_ONCE = 50;

const SUBMIT = "submit(bytes)";
const SUBMIT_LINK = "submit(bytes,bytes)";
const SUBMIT_RAAS = "submitRaaS(bytes,uint256,uint256,uint256)";
const COMPLETE = "complete(uint256,uint64,uint64,((uint64,bytes32[]),(uint64,bytes32[])),(bytes,uint64))";
const TERMS = [3n, DAY, 14n * DAY];
const LINK = Buffer.from(
  "https://keeper.example/piece/bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy",
);

/** A piece, its inclusion in an aggregate, and how calls name it. */
interface Packed {
  piece: Piece;
  cid: string;
  aggregate: Piece;
  proof: InclusionProofAbi;
  data: { commPc: string; sizePc: bigint };
}

export const dealStatusScenes: GasScene[] = [{ make: dealStatusCases }];

/** `DealStatus` with a piece that 1000 deals hold, one that 1 holds, and 100 that 3 hold. */
async function dealStatusCases(): Promise<GasCase[]> {
  await hre.deployments.fixture(["DealStatus"]);
  const { address } = await hre.deployments.get("DealStatus");
  const contract = (await hre.ethers.getContractAt("DealStatus", address)) as unknown as Contract;
  const world = await World.open(contract);

  const lone = await packed("lone", MIB, SECTOR_BYTES);
  const crowded = await packed("crowded", MIB, SECTOR_BYTES);
  await world.hold(lone, 1);
  await world.hold(crowded, CROWD);
  const inspected: Packed[] = [];
  for (let i = 0; i < INSPECTED_PIECES; i++) {
    // Small, so that the set-up is quick; what a look costs does not depend on it.
    inspected.push(await packed(`inspected ${i}`, 256n, 4096n));
    await world.hold(inspected[i]!, DEALS_OF_PIECE, true);
  }

  const plain = await world.request(lone);
  const toLone = { id: await world.request(lone), deal: await world.deal(lone) };
  const toCrowd = { id: await world.request(crowded), deal: await world.deal(crowded) };
  const raas: bigint[] = [];
  for (let i = 0; i < 3; i++) raas.push(await world.requestRaaS(lone));
  const gone = await world.goneDeals(crowded, 10);

  const fresh = hexlify(pieceCidV2({ ...lone.piece, root: createHash("sha256").update("fresh").digest() }).bytes);
  const of = (name: string, signature: string, args: unknown[], more: Partial<GasCase> = {}): GasCase => ({
    name: `DealStatus.${name}`,
    contract,
    function: signature,
    args,
    ...more,
  });
  const completeWith = (one: { id: bigint; deal: bigint }, { proof, data }: Packed) => [
    one.id,
    one.deal,
    world.provider,
    proof,
    data,
  ];
  const pruneOf = (deals: bigint[]) => [
    crowded.cid,
    deals.map((dealId) => ({ dealId, providerId: world.provider, marketActorId: 5n })),
  ];

  return [
    of("submit, new piece", SUBMIT, [fresh], { reach: { fvmMillion: 80 } }),
    of("submit, known piece", SUBMIT, [lone.cid]),
    of("submit, new piece, fetch link", SUBMIT_LINK, [fresh, LINK]),
    of("submitRaaS, new piece", SUBMIT_RAAS, [fresh, ...TERMS], { reach: { fvmMillion: 80 } }),
    of("submitRaaS, known piece", SUBMIT_RAAS, [lone.cid, ...TERMS], { reach: { fvmMillion: 80 } }),
    of("complete, 1 MiB in 32 GiB, 1 deal listed", COMPLETE, completeWith(toLone, lone), {
      reach: { fvmMillion: 110, evm: 250_000 },
    }),
    of("complete, 1 MiB in 32 GiB, 1000 deals listed", COMPLETE, completeWith(toCrowd, crowded), {
      reach: { fvmMillion: 110, evm: 250_000 },
    }),
    of("updateTerms", "updateTerms", [raas[1], 5n, DAY, DAY]),
    of("cancelRequest, plain", "cancelRequest", [plain]),
    of("cancelRequest, RaaS among others", "cancelRequest", [raas[1]]),
    of("prune, 1 deal", "prune", pruneOf(gone.slice(0, 1))),
    of("prune, a deal of 10", "prune", pruneOf(gone), { per: gone.length }),
    of("requestOf", "requestOf", [raas[1]]),
    of("getAllCIDs, a CID of 100", "getAllCIDs()", [], { per: 100 }),
    of("getAllDeals, a deal of 100", "getAllDeals(bytes)", [crowded.cid], { per: 100 }),
    of("getActiveDeals, a deal of 3", "getActiveDeals(bytes)", [inspected[0]!.cid], { per: DEALS_OF_PIECE }),
    of("getExpiringDeals, a deal of 3", "getExpiringDeals(bytes,uint64)", [inspected[0]!.cid, DAY], {
      per: DEALS_OF_PIECE,
    }),
    of("getFaultyDeals, a deal of 3", "getFaultyDeals", [inspected[0]!.cid, 0n, 3n], { per: DEALS_OF_PIECE }),
    of("inspect, a piece × 3 deals of 2", "inspect", [inspected.slice(0, 2).map(({ cid }) => cid), 0n], { per: 2 }),
    of(`inspect, a piece × 3 deals of ${INSPECTED_PIECES}`, "inspect", [inspected.map(({ cid }) => cid), 0n], {
      per: INSPECTED_PIECES,
      // 2 500 for a hundred pieces.
      reach: { fvmMillion: 25 },
    }),
  ];
}

/** Who makes requests and deals. */
class World {
  private constructor(
    private readonly contract: Contract,
    private readonly filecoin: SimulatedFilecoin,
    readonly provider: bigint,
    private readonly client: bigint,
  ) {}

  static async open(contract: Contract): Promise<World> {
    const filecoin = await SimulatedFilecoin.attach(hre.network.provider);
    return new World(contract, filecoin, await filecoin.createMiner(), await filecoin.createAccount());
  }

  async request({ cid }: Packed): Promise<bigint> {
    await (await this.contract.getFunction(SUBMIT)(cid)).wait();
    return (await this.contract.getFunction("requestCount")()) as bigint;
  }

  async requestRaaS({ cid }: Packed): Promise<bigint> {
    await (await this.contract.getFunction(SUBMIT_RAAS)(cid, ...TERMS)).wait();
    return (await this.contract.getFunction("requestCount")()) as bigint;
  }

  /** A sealed deal that holds the piece's aggregate. */
  async deal(packed: Packed): Promise<bigint> {
    const [dealId] = await this.publish(packed, 1);
    await this.seal(dealId!);
    return dealId!;
  }

  private async publish({ aggregate }: Packed, count: number): Promise<bigint[]> {
    const startEpoch = (await this.filecoin.epoch()) + 13n * DAY;
    const deal = {
      provider: this.provider,
      client: this.client,
      pieceRoot: aggregate.root,
      paddedBytes: paddedBytesOf(aggregate.height),
      startEpoch,
      endEpoch: startEpoch + 540n * DAY,
    };
    return this.filecoin.publishDeals(Array<typeof deal>(count).fill(deal));
  }

  private async seal(dealId: bigint): Promise<bigint> {
    const expiration = (await this.filecoin.epoch()) + 600n * DAY;
    return this.filecoin.commitSector({ provider: this.provider, expiration, dealIds: [dealId] });
  }

  /** Requests the piece and completes it, so many times over. */
  async hold(packed: Packed, count: number, active = false): Promise<void> {
    for (let left = count; left > 0; left -= PUBLISHED_AT_ONCE) {
      for (const dealId of await this.publish(packed, Math.min(left, PUBLISHED_AT_ONCE))) {
        if (active) await this.seal(dealId);
        await this.complete(packed, dealId);
      }
    }
  }

  /** Listed deals that were terminated since. */
  async goneDeals(packed: Packed, count: number): Promise<bigint[]> {
    const deals: bigint[] = [];
    for (let i = 0; i < count; i++) {
      const [dealId] = await this.publish(packed, 1);
      const sector = await this.seal(dealId!);
      await this.complete(packed, dealId!);
      await this.filecoin.terminate(this.provider, sector);
      deals.push(dealId!);
    }
    return deals;
  }

  private async complete(packed: Packed, dealId: bigint): Promise<void> {
    const id = await this.request(packed);
    await (await this.contract.getFunction(COMPLETE)(id, dealId, this.provider, packed.proof, packed.data)).wait();
  }
}

async function packed(seed: string, paddedBytes: bigint, aggregateBytes: bigint): Promise<Packed> {
  const payload = new Uint8Array(Number(capacityBytesOf(heightOf(paddedBytes))));
  payload.set(createHash("sha256").update(seed).digest());
  payload[payload.length - 1] = 1;
  const piece = await commitPiece(payload);
  const aggregate = await buildAggregate([{ piece, open: () => once(payload) }], { paddedBytes: aggregateBytes });
  const cid = hexlify(pieceCidV2(piece).bytes);
  const { proof } = aggregate.members[0]!;
  return { piece, cid, aggregate: aggregate.piece, proof, data: { commPc: cid, sizePc: paddedBytes } };
}

async function* once(payload: Uint8Array): AsyncIterable<Uint8Array> {
  yield payload;
}

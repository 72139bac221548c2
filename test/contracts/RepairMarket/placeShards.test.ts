import { impersonateAccount, setBalance } from "@nomicfoundation/hardhat-network-helpers";
import { expect } from "chai";
import { ethers } from "hardhat";

import { paddedBytesOf } from "../../../src/data/piece";
import { proveNode } from "../../../src/data/treeProof";
import { parentOf } from "../../../src/data/pieceTree";
import { ISectorContents__factory } from "../../../typechain-types";
import { Checkpoint } from "../../support/chain";
import {
  activeFixture,
  Fault,
  hex,
  Kind,
  placedFixture,
  placingFixture,
  repairingFixture,
  type Sealed,
} from "../../support/repairMarket";
import { cborUint } from "../../support/cbor";
import { actorsRefuse } from "../../support/scriptedPrecompile";

type Placing = Awaited<ReturnType<typeof placingFixture>>;

const MONTH = 86_400n;

/** Reverts with this fault for shard 0. */
async function refused(
  { market }: Pick<Placing, "market">,
  sent: Promise<unknown>,
  fault: bigint,
  shard = 0,
): Promise<void> {
  await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_PlacementInvalid").withArgs(shard, fault);
}

/** A sector with shard 0 in it, and its placement. */
async function sealedShard(
  placing: Placing,
  overrides: object = {},
  o: { provider?: bigint; expiration?: bigint } = {},
) {
  const { world, data, miner } = placing;
  const sealed = await world.seal(data, 0, miner, o);
  return { sealed, placement: await world.placement(data, 0, sealed, overrides) };
}

/** Lets the provider's actor tell of shard 0 once more, with another commitment: no real one would. */
async function tellAnew({ world, data, miner }: Placing, { provider, sector }: Sealed, commitment: bigint) {
  const { root, height } = data.shards[0]!;
  const cid = `d82a5828000181e203922020${hex(root).slice(2)}`;
  const payload = (await world.payloadFor(await miner.getAddress())).slice(2);
  const piece = `83${cid}${cborUint(paddedBytesOf(height))}5840${payload}`;
  const actor = ethers.getAddress(`0xff${provider.toString(16).padStart(38, "0")}`);
  await impersonateAccount(actor);
  await setBalance(actor, 10n ** 18n);
  await ISectorContents__factory.connect(world.contents, await ethers.getSigner(actor)).handle_filecoin_method(
    2034386435n,
    0x51n,
    `0x8183${cborUint(sector)}${cborUint(commitment)}81${piece}`,
  );
}

/** Shard 0 in an f05 deal whose client the miner named, as the left half of a larger piece. */
async function dealShard(
  placing: Placing,
  o: { verified?: boolean; client?: bigint; active?: boolean; end?: bigint } = {},
) {
  const { world, data, miner } = placing;
  const { filecoin, market } = world;
  const client = o.client ?? (await filecoin.actorIdOf(world.client.address));
  if (o.client === undefined) await market.connect(world.client).registerClient(miner);
  const provider = await filecoin.createMiner();
  const shard = data.shards[0]!;
  const neighbour = new Uint8Array(32).fill(7);
  neighbour[31]! &= 0x3f;
  const pieceRoot = parentOf(shard.root, neighbour);
  const start = (await world.now()) + 100n;
  const end = o.end ?? start + 600_000n;
  const dealId = await filecoin.publishDeal({
    provider,
    client,
    pieceRoot,
    paddedBytes: paddedBytesOf(shard.height + 1),
    startEpoch: start,
    endEpoch: end,
    verified: o.verified ?? false,
  });
  const sector =
    o.active === false ? 0n : await filecoin.commitSector({ provider, expiration: end + 1_000n, dealIds: [dealId] });
  const placement = await world.placement(
    data,
    0,
    { provider, sector },
    {
      kind: Kind.Deal,
      dealId,
      pieceRoot: hex(pieceRoot),
      pieceHeight: BigInt(shard.height + 1),
      inPiece: { index: 0n, path: [hex(neighbour)] },
    },
  );
  return { provider, sector, dealId, end, placement };
}

describe("RepairMarket", () => {
  describe("placeShards", () => {
    describe("who may, and when", () => {
      it("reverts for all but the deal's miner", async () => {
        const placing = await placingFixture();
        const { market, world, dealId } = placing;
        const other = await world.createMiner();
        await expect(other.placeShards(dealId, []))
          .to.be.revertedWithCustomError(market, "RepairMarket_NotMiner")
          .withArgs(await placing.miner.getAddress(), await other.getAddress());
        await expect(market.placeShards(9n, [])).to.be.revertedWithCustomError(market, "RepairMarket_UnknownId");
      });

      for (const [when, offset] of [
        ["one epoch before", -1n],
        ["at", 0n],
        ["one epoch after", 1n],
      ] as const) {
        it(`${offset > 0n ? "reverts" : "places"} ${when} the placement deadline`, async () => {
          const placing = await placingFixture();
          const { world, market, miner, dealId } = placing;
          const { deadline } = (await market.orderOf(dealId)).progress;
          const { placement } = await sealedShard(placing);
          await world.nextAt(deadline + offset);
          const sent = miner.placeShards(dealId, [placement]);
          if (offset > 0n) {
            await expect(sent)
              .to.be.revertedWithCustomError(market, "RepairMarket_PlacementDeadlineMissed")
              .withArgs(deadline);
          } else await expect(sent).to.emit(market, "ShardPlaced");
        });

        it(`${offset > 0n ? "reverts" : "moves a shard"} ${when} the end of the final window`, async () => {
          const active = await activeFixture();
          const { world, market, miner, dealId, end, sealed, start, data } = active;
          const last = end + world.rules.finalWindow;
          // Proven at two deadlines and in the final window, so that no strike is due.
          for (const due of [6_000n, 12_000n, 18_000n]) {
            await world.nextAt(start + due);
            await world.prove(dealId, sealed);
          }
          await world.nextAt(last - 10n);
          const where = await world.seal(data, 0, miner);
          const placement = await world.placement(data, 0, where);
          await world.nextAt(last + offset);
          const sent = miner.placeShards(dealId, [placement]);
          if (offset > 0n)
            await expect(sent).to.be.revertedWithCustomError(market, "RepairMarket_DealOver").withArgs(last);
          else await expect(sent).to.emit(market, "ShardPlaced");
        });
      }
    });

    describe("what a placement must show", () => {
      const cases: [string, (p: Placing) => Promise<object>, bigint][] = [
        ["kind None", () => Promise.resolve({ kind: Kind.None }), Fault.BadKind],
        [
          "the proof of another index",
          async ({ world, data }) => ({
            inData: (await world.placement(data, 1, { provider: 0n, sector: 0n })).inData,
          }),
          Fault.IndexDiffers,
        ],
        ["a root that is no shard", () => Promise.resolve({ shardRoot: ethers.id("x") }), Fault.NotInData],
        [
          "an inner node of the shard with a longer path (the forgery)",
          ({ data }) => {
            const root = data.shards[0]!.root;
            const path = proveNode(
              data.shards.map((shard) => shard.root),
              0,
              data.shards[0]!,
              data.root,
            ).path;
            return Promise.resolve({ inData: { index: 0n, path: [hex(root), ...path.map(hex)] } });
          },
          Fault.NotInData,
        ],
        [
          "a path one level too short",
          ({ data }) => Promise.resolve({ inData: { index: 0n, path: [hex(data.shards[1]!.root)] } }),
          Fault.NotInData,
        ],
        ["a piece that does not hold it", () => Promise.resolve({ pieceRoot: ethers.id("y") }), Fault.NotInPiece],
        ["a piece of another height", () => Promise.resolve({ pieceHeight: 20n }), Fault.NotInPiece],
        ["a sector that never told", () => Promise.resolve({ sector: 77n }), Fault.NoNotice],
        [
          "another provider",
          ({ world }) => world.filecoin.createMiner().then((provider) => ({ provider })),
          Fault.NoNotice,
        ],
        ["provider 0", () => Promise.resolve({ provider: 0n }), Fault.NoNotice],
        [
          "a location that is not the sector's",
          () => Promise.resolve({ location: "0x82182f1863" }),
          Fault.NotProvenActive,
        ],
        ["no location", () => Promise.resolve({ location: "0x" }), Fault.NotProvenActive],
        ["a deal id beyond 48 bits", () => Promise.resolve({ dealId: 1n << 48n }), Fault.OutOfRange],
      ];
      for (const [what, overrides, fault] of cases) {
        it(`refuses ${what}`, async () => {
          const placing = await placingFixture();
          const { placement } = await sealedShard(placing);
          await refused(
            placing,
            placing.miner.placeShards(placing.dealId, [{ ...placement, ...(await overrides(placing)) }]),
            fault,
          );
        });
      }

      it("refuses a shard that the deal does not have", async () => {
        const placing = await placingFixture();
        const { placement } = await sealedShard(placing, { shard: 4n });
        await expect(placing.miner.placeShards(placing.dealId, [placement]))
          .to.be.revertedWithCustomError(placing.market, "RepairMarket_ShardOutOfRange")
          .withArgs(4, 4);
      });

      it("refuses a faulty and a terminated sector", async () => {
        const placing = await placingFixture();
        const { world, miner, dealId, data } = placing;
        const { sealed } = await sealedShard(placing);
        await world.filecoin.declareFault(sealed.provider, sealed.sector);
        await refused(
          placing,
          miner.placeShards(dealId, [await world.placement(data, 0, sealed)]),
          Fault.NotProvenActive,
        );
        await world.filecoin.terminate(sealed.provider, sealed.sector);
        await refused(
          placing,
          miner.placeShards(dealId, [await world.placement(data, 0, sealed)]),
          Fault.NotProvenActive,
        );
      });

      it("refuses a notice that was meant for another miner", async () => {
        const placing = await placingFixture();
        const { world, data, miner, dealId } = placing;
        const other = await world.createMiner();
        const sealed = await world.seal(data, 0, other);
        await refused(placing, miner.placeShards(dealId, [await world.placement(data, 0, sealed)]), Fault.NoNotice);
      });

      it("refuses providers that are not on the bid's list, and takes those that are", async () => {
        const placing = await placingFixture();
        const { world, data, miner } = placing;
        const [one, two] = [await world.filecoin.createMiner(), await world.filecoin.createMiner()];
        const leaf = (provider: bigint) =>
          ethers.keccak256(ethers.keccak256(ethers.AbiCoder.defaultAbiCoder().encode(["uint64"], [provider])));
        const pair = [leaf(one), leaf(two)].sort();
        const dealId = await world.addDeal(data, miner, { providersRoot: ethers.keccak256(ethers.concat(pair)) });
        const inside = await sealedShard(placing, { allowed: [leaf(two)] }, { provider: one });
        const outside = await sealedShard(placing, { allowed: [leaf(two)] });
        await refused(placing, miner.placeShards(dealId, [outside.placement]), Fault.ProviderNotAllowed);
        await expect(miner.placeShards(dealId, [inside.placement])).to.emit(world.market, "ShardPlaced");
      });
    });

    describe("a sector with a notice", () => {
      it("is believed until 86 400 epochs before its commitment ends", async () => {
        const placing = await placingFixture();
        const { world, market, miner, dealId } = placing;
        const expiration = (await world.now()) + 600_000n;
        const { sealed, placement } = await sealedShard(placing, {}, { expiration });
        await expect(miner.placeShards(dealId, [placement]))
          .to.emit(market, "ShardPlaced")
          .withArgs(
            dealId,
            0,
            sealed.provider,
            sealed.sector,
            Kind.Notice,
            0n,
            expiration - MONTH,
            placement.shardRoot,
          );
        const [first] = await market.placementsOf(dealId);
        expect([...first!]).to.deep.equal([
          sealed.provider,
          sealed.sector,
          0n,
          expiration - MONTH,
          await world.now(),
          0n,
          Kind.Notice,
        ]);
      });

      for (const [when, offset] of [
        ["one epoch before that", -1n],
        ["at that epoch", 0n],
      ] as const) {
        it(`is ${offset < 0n ? "taken" : "refused"} ${when}`, async () => {
          const placing = await placingFixture();
          const { world, miner, market } = placing;
          const expiration = (await world.now()) + 520_000n;
          const { placement, sealed } = await sealedShard(placing, {}, { expiration });
          await world.nextAt(expiration - MONTH - 100n);
          const dealId = await world.addDeal(placing.data, miner);
          const fresh = { ...placement, location: await world.locationOf(sealed) };
          await world.nextAt(expiration - MONTH + offset);
          const sent = miner.placeShards(dealId, [fresh]);
          if (offset < 0n) await expect(sent).to.emit(market, "ShardPlaced");
          else await refused(placing, sent, Fault.TermTooShort);
        });
      }

      for (const commitment of [1n, MONTH]) {
        it(`is refused when it is committed until epoch ${commitment}, which leaves nothing`, async () => {
          const placing = await placingFixture();
          const { sealed, placement } = await sealedShard(placing);
          await tellAnew(placing, sealed, commitment);
          await refused(placing, placing.miner.placeShards(placing.dealId, [placement]), Fault.TermTooShort);
        });
      }

      // Epochs are kept in 32 bits.
      for (const [until, commitment] of [
        [2n ** 32n - 2n, 2n ** 32n - 2n + MONTH],
        [2n ** 32n - 1n, 2n ** 32n - 1n + MONTH],
        [2n ** 32n - 1n, 2n ** 32n + MONTH],
      ] as const) {
        it(`counts until ${until} when it is committed until ${commitment}`, async () => {
          const placing = await placingFixture();
          const { sealed, placement } = await sealedShard(placing);
          await tellAnew(placing, sealed, commitment);
          await placing.miner.placeShards(placing.dealId, [placement]);
          expect((await placing.market.placementsOf(placing.dealId))[0]!.validUntil).to.equal(until);
        });
      }
    });

    describe("an f05 deal", () => {
      it("is believed to its end less 86 400 epochs, or to its end if it asks for that and is not verified", async () => {
        for (const [verified, fullTerm, less] of [
          [false, false, MONTH],
          [false, true, 0n],
          [true, true, MONTH],
        ] as const) {
          const placing = await placingFixture();
          const deal = await dealShard(placing, { verified });
          await expect(placing.miner.placeShards(placing.dealId, [{ ...deal.placement, fullTerm }]))
            .to.emit(placing.market, "ShardPlaced")
            .withArgs(
              placing.dealId,
              0,
              deal.provider,
              deal.sector,
              Kind.Deal,
              deal.dealId,
              deal.end - less,
              deal.placement.shardRoot,
            );
        }
      });

      for (const [what, method] of [
        ["provider", 935081690n],
        ["data commitment", 1157985802n],
        ["client", 128053329n],
        ["term", 163777312n],
        ["being verified", 2627389465n],
      ] as const) {
        it(`is refused when f05 does not tell its ${what}`, async () => {
          const placing = await placingFixture();
          const { placement } = await dealShard(placing);
          const sent = () => placing.miner.placeShards(placing.dealId, [{ ...placement, fullTerm: true }]);
          const snapshot = await Checkpoint.take();
          await actorsRefuse(method);
          await refused(placing, sent(), Fault.DealUnreadable);
          await snapshot.restore();
          await expect(sent()).to.emit(placing.market, "ShardPlaced");
        });
      }

      it("is refused when its client is not this miner's", async () => {
        const placing = await placingFixture();
        const client = await placing.world.filecoin.actorIdOf(placing.world.reporter.address);
        const { placement } = await dealShard(placing, { client });
        await refused(placing, placing.miner.placeShards(placing.dealId, [placement]), Fault.ForeignClient);
      });

      it("is refused when published only, unknown, or gone", async () => {
        const placing = await placingFixture();
        const { miner, dealId, world } = placing;
        const published = await dealShard(placing, { active: false });
        await refused(placing, miner.placeShards(dealId, [published.placement]), Fault.DealNotActive);
        await refused(
          placing,
          miner.placeShards(dealId, [{ ...published.placement, dealId: 999n }]),
          Fault.DealNotActive,
        );
        const active = await dealShard(placing);
        await world.filecoin.terminate(active.provider, active.sector);
        await refused(placing, miner.placeShards(dealId, [active.placement]), Fault.DealNotActive);
      });

      it("is refused when provider, sector or piece are not its own", async () => {
        const placing = await placingFixture();
        const { miner, dealId, data } = placing;
        const { placement } = await dealShard(placing);
        await refused(placing, miner.placeShards(dealId, [{ ...placement, provider: 1n }]), Fault.DealDiffers);
        await refused(placing, miner.placeShards(dealId, [{ ...placement, sector: 99n }]), Fault.DealDiffers);
        const alone = {
          pieceRoot: placement.shardRoot,
          pieceHeight: BigInt(data.shards[0]!.height),
          inPiece: { index: 0n, path: [] },
        };
        await refused(placing, miner.placeShards(dealId, [{ ...placement, ...alone }]), Fault.DealDiffers);
      });
    });

    describe("no copy is counted twice (I14)", () => {
      it("refuses a second shard of the deal in one sector, and more than allowed on one provider", async () => {
        const placing = await placingFixture();
        const { world, data, miner, dealId } = placing;
        const first = await sealedShard(placing);
        await miner.placeShards(dealId, [first.placement]);
        const second = await world.seal(data, 1, miner, { provider: first.sealed.provider });
        await refused(
          placing,
          miner.placeShards(dealId, [await world.placement(data, 1, second)]),
          Fault.TooManyOnProvider,
          1,
        );
      });

      it("refuses one sector for two shards even when a provider may hold both", async () => {
        const placing = await placingFixture();
        const { world, data, miner } = placing;
        const dealId = await world.addDeal(data, miner, { maxShardsPerProvider: 2n });
        const provider = await world.filecoin.createMiner();
        const payload = ethers.getBytes(await world.payloadFor(await miner.getAddress()));
        const notify = [{ receiver: world.contents, payload }];
        const sector = await world.filecoin.commitSector({
          provider,
          expiration: (await world.now()) + 600_000n,
          pieces: [0, 1].map((i) => ({
            root: data.shards[i]!.root,
            paddedBytes: paddedBytesOf(data.shards[i]!.height),
            notify,
          })),
        });
        const at = { provider, sector };
        const both = [await world.placement(data, 0, at), await world.placement(data, 1, at)];
        await refused(placing, miner.placeShards(dealId, both), Fault.SectorTaken, 1);
        const elsewhere = await world.seal(data, 1, miner, { provider });
        await miner.placeShards(dealId, [both[0]!, await world.placement(data, 1, elsewhere)]);
      });

      it("refuses the copy that backs another deal, until it does not", async () => {
        const placed = await placedFixture();
        const { world, market, data, miner, dealId, sealed } = placed;
        const second = await world.addDeal(data, miner);
        const copy = await world.placement(data, 0, sealed[0]!);
        await expect(miner.placeShards(second, [copy]))
          .to.be.revertedWithCustomError(market, "RepairMarket_CopyInUse")
          .withArgs(0, dealId, 0);
        const elsewhere = await world.seal(data, 0, miner);
        await miner.placeShards(dealId, [await world.placement(data, 0, elsewhere)]);
        await miner.placeShards(second, [copy]);
        await expect(miner.placeShards(dealId, [copy]))
          .to.be.revertedWithCustomError(market, "RepairMarket_CopyInUse")
          .withArgs(0, second, 0);
      });

      it("frees the copies of a deal that has failed", async () => {
        const placed = await placedFixture();
        const { world, market, data, miner, dealId, sealed } = placed;
        const { deadline } = (await market.orderOf(dealId)).progress;
        await world.nextAt(deadline + 1n);
        await market.slashRepairMiner(miner, dealId, []);
        const second = await world.addDeal(data, miner);
        await expect(miner.placeShards(second, [await world.placement(data, 0, sealed[0]!)])).to.emit(
          market,
          "ShardPlaced",
        );
      });
    });

    describe("of a shard that has a place", () => {
      it("moves it, and counts it once", async () => {
        const placed = await placedFixture();
        const { world, market, data, miner, dealId } = placed;
        expect((await market.orderOf(dealId)).progress.placed).to.equal(4n);
        const elsewhere = await world.seal(data, 2, miner);
        await miner.placeShards(dealId, [await world.placement(data, 2, elsewhere)]);
        expect((await market.orderOf(dealId)).progress.placed).to.equal(4n);
        expect((await market.placementsOf(dealId))[2]!.provider).to.equal(elsewhere.provider);
      });

      it("takes its mark away", async () => {
        const repairing = await repairingFixture();
        const { world, market, data, miner, dealId, start } = repairing;
        const elsewhere = await world.seal(data, 0, miner);
        await expect(miner.placeShards(dealId, [await world.placement(data, 0, elsewhere)]))
          .to.emit(market, "ShardCured")
          .withArgs(dealId, 0);
        const { progress, reporter } = await market.orderOf(dealId);
        expect([progress.marks, progress.deadline, reporter]).to.deep.equal([
          0n,
          start + world.rules.provingPeriod,
          ethers.ZeroAddress,
        ]);
      });
    });

    it("takes no part of a batch when one placement is wrong", async () => {
      const placing = await placingFixture();
      const { world, market, data, miner, dealId } = placing;
      const good = await sealedShard(placing);
      const bad = await world.placement(data, 1, await world.seal(data, 1, miner), { location: "0x" });
      await refused(placing, miner.placeShards(dealId, [good.placement, bad]), Fault.NotProvenActive, 1);
      expect((await market.placementsOf(dealId))[0]!.kind).to.equal(Kind.None);
    });
  });
});

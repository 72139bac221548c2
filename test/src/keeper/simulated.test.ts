import { expect } from "chai";
import { Wallet } from "ethers";
import hre from "hardhat";
import pino from "pino";

import { pieceOfKey } from "../../../src/data/pieceKey";
import { ProviderRpc } from "../../../src/filecoin/rpc";
import { paddedBytesOf } from "../../../src/data/piece";
import { keeperKey } from "../../../src/hardhat/config";
import { explain } from "../../../src/keeper/explain";
import { openKeeper, type OpenKeeper } from "../../../src/keeper/open";
import { completeCall, wholePieceProof } from "../../../src/keeper/proofFile";
import { tick } from "../../../src/keeper/tick";
import { SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import { exampleJob, examplePiece, temporaryFolder } from "../../support/keeper";
import { deployed } from "../../support/chain";

const TERM = 518_400n;

describe("keeper", () => {
  describe("on the simulated Filecoin", () => {
    let filecoin: SimulatedFilecoin;
    let keeper: OpenKeeper;
    let folder: ReturnType<typeof temporaryFolder>;
    let providers: bigint[];
    const piece = examplePiece(1);
    const deals: { id: bigint; provider: bigint; sector: bigint }[] = [];

    const decisions = async () => (await tick(keeper)).decisions.map(({ kind }) => kind);
    const health = async () => (await explain(keeper, piece)).deals.map((deal) => deal.health);
    const openRequests = async () =>
      (await keeper.store.requests.unsettledOn([piece])).filter((it) => it.state === "open");

    /** A provider answers the oldest open request with a deal for just this piece. */
    const answer = async (provider: bigint, termEpochs = TERM, seal = true) => {
      await tick(keeper);
      const now = await filecoin.epoch();
      const { root, height } = pieceOfKey(piece);
      const client = await filecoin.createAccount();
      const id = await filecoin.publishDeal({
        provider,
        client,
        pieceRoot: root,
        paddedBytes: paddedBytesOf(height),
        startEpoch: now + 2_000n,
        endEpoch: now + 2_000n + termEpochs,
      });
      const [request] = await openRequests();
      const deal = { marketActorId: 5n, dealId: id, providerId: provider };
      const data = completeCall(request!.requestId, deal, wholePieceProof(piece));
      const call = { to: keeper.chain.deals.address, data, reason: "answers the request" };
      await keeper.outbox.send(call, await keeper.chain.latest());
      const sealed = { id, provider, sector: 0n };
      if (seal) sealed.sector = await filecoin.commitSector({ provider, expiration: now + TERM * 2n, dealIds: [id] });
      deals.push(sealed);
      await tick(keeper);
      return sealed;
    };

    before(async () => {
      await deployed("DealStatus");
      const { address } = await hre.deployments.get("DealStatus");
      filecoin = await SimulatedFilecoin.attach(hre.network.provider);
      providers = [];
      for (let i = 0; i < 6; i++) providers.push(await filecoin.createMiner());
      folder = temporaryFolder();
      const privateKey = keeperKey("hardhat");
      const settings = { readTag: "latest" as const, confirmMs: 1_000, pollMs: 10, requestTimeoutEpochs: 1_000n };
      const rpc = new ProviderRpc(hre.network.provider);
      const base = { rpc, contract: address, privateKey, dataFolder: folder.folder, settings, holder: "test" };
      keeper = await openKeeper({ ...base, log: pino({ level: "silent" }) });
      expect(keeper.outbox.address).to.equal(new Wallet(privateKey).address);
      await keeper.store.jobs.add([exampleJob({ piece })]);
    });
    after(async () => {
      await keeper.close();
      folder.remove();
    });

    it("asks for two copies, and not for a third while they are published and sealed", async () => {
      expect(await decisions()).to.deep.equal(["replicate", "replicate"]);
      const first = await answer(providers[0]!, TERM, false);
      expect(await decisions()).to.deep.equal([]);
      expect(await health()).to.deep.equal(["pending"]);
      const expiration = (await filecoin.epoch()) + TERM * 2n;
      first.sector = await filecoin.commitSector({ provider: first.provider, expiration, dealIds: [first.id] });
      await answer(providers[1]!);
      expect(await decisions()).to.deep.equal([]);
      expect(await health()).to.deep.equal(["active", "active"]);
    });

    it("leaves a fault alone until it is older than the threshold, then repairs", async () => {
      await filecoin.declareFault(deals[0]!.provider, deals[0]!.sector);
      expect(await decisions()).to.deep.equal([]);
      expect(await health()).to.deep.equal(["faulty", "active"]);
      await filecoin.skip(5_700n);
      expect(await decisions()).to.deep.equal([]);
      await filecoin.skip(60n);
      expect(await decisions()).to.deep.equal(["repair"]);
      await answer(providers[2]!);
      expect(await decisions()).to.deep.equal([]);
    });

    it("takes a recovered sector for a copy again, and asks for nothing", async () => {
      await filecoin.recover(deals[0]!.provider, deals[0]!.sector);
      expect(await decisions()).to.deep.equal([]);
      expect(await health()).to.deep.equal(["active", "active", "active"]);
    });

    it("repairs what is terminated", async () => {
      await filecoin.terminate(deals[0]!.provider, deals[0]!.sector);
      await filecoin.terminate(deals[1]!.provider, deals[1]!.sector);
      expect(await health()).to.deep.equal(["lost", "lost", "active"]);
      expect(await decisions()).to.deep.equal(["repair"]);
      await answer(providers[3]!);
      expect(await decisions()).to.deep.equal([]);
    });

    it("repairs a deal that missed its start", async () => {
      await filecoin.terminate(deals[2]!.provider, deals[2]!.sector);
      expect(await decisions()).to.deep.equal(["repair"]);
      await answer(providers[4]!, TERM, false);
      await filecoin.skip(1_900n);
      expect(await decisions()).to.deep.equal([]);
      await filecoin.skip(200n);
      expect(await decisions()).to.deep.equal(["repair"]);
      await answer(providers[4]!);
    });

    it("renews before the end", async () => {
      const now = await filecoin.epoch();
      const { deal } = (await explain(keeper, piece)).deals.find((it) => it.deal.dealId === deals[3]!.id)!;
      await filecoin.skip(deal.endEpoch - now - 2_881n);
      expect(await decisions()).to.deep.equal([]);
      await filecoin.skip(2n);
      expect(await decisions()).to.include("renew");
      await tick(keeper);
      expect((await openRequests()).length).to.be.greaterThan(0);
    });
  });
});

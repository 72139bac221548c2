import { expect } from "chai";
import { ethers, network } from "hardhat";

import {
  CONTROL,
  NoSimulatedFilecoinError,
  PRECOMPILE,
  SimulatedActorError,
  SimulatedFilecoin,
} from "../../../../src/devnet/actors/filecoin";
import { simulatedFilecoin } from "../../../support/chain";

const DAY = 2880n;
const ROOT = Uint8Array.from({ length: 32 }, (_, index) => index);

describe("SimulatedFilecoin", () => {
  let filecoin: SimulatedFilecoin;
  let provider: bigint;
  let client: bigint;

  beforeEach(async () => {
    filecoin = await simulatedFilecoin();
    provider = await filecoin.createMiner();
    client = await filecoin.actorIdOf((await ethers.getSigners())[1]!.address);
  });

  const publish = async () => {
    const startEpoch = (await filecoin.epoch()) + 100n;
    const term = { startEpoch, endEpoch: startEpoch + 200n * DAY };
    return filecoin.publishDeal({ provider, client, pieceRoot: ROOT, paddedBytes: 1n << 20n, ...term });
  };

  it("publishes a deal and activates it with its sector", async () => {
    const dealId = await publish();
    expect(dealId).to.equal(0n);
    expect((await filecoin.deal(dealId))?.activatedAt).to.equal(undefined);
    const expiration = (await filecoin.epoch()) + 300n * DAY;
    const sector = await filecoin.commitSector({ provider, expiration, dealIds: [dealId] });
    expect(await filecoin.deal(dealId)).to.include({ sector, gone: false, activatedAt: await filecoin.epoch() });
    expect((await filecoin.sector(provider, sector)).status).to.equal("active");
  });

  it("keeps its code and state over the snapshots of fixtures", async () => {
    await publish();
    await simulatedFilecoin();
    expect(await filecoin.dealCount()).to.equal(0n);
    expect(await ethers.provider.getCode(PRECOMPILE.callActorId)).to.not.equal("0x");
  });

  it("refuses a deal of nobody's provider with the contract's typed error", async () => {
    const startEpoch = (await filecoin.epoch()) + 100n;
    const term = { startEpoch, endEpoch: startEpoch + 200n * DAY };
    const refused = filecoin.publishDeal({ provider: 999_999n, client, pieceRoot: ROOT, paddedBytes: 128n, ...term });
    const error = await refused.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(SimulatedActorError);
    expect((error as SimulatedActorError).reason).to.equal("SimulatedMarket_NotMiner");
  });

  const commit = async (dealIds: bigint[]) =>
    filecoin.commitSector({ provider, expiration: (await filecoin.epoch()) + 300n * DAY, dealIds });

  it("tells a terminated deal from a completed one by the actor events", async () => {
    const [kept, lost] = [await publish(), await publish()];
    await commit([kept]);
    const doomed = await commit([lost]);
    await filecoin.terminate(provider, doomed);
    await filecoin.skip(201n * DAY);
    await filecoin.settle([kept]);
    const events = await filecoin.actorEvents(0n, await filecoin.epoch());
    const ofDeal = (id: bigint) => events.flatMap((event) => ("id" in event && event.id === id ? [event.type] : []));
    expect(ofDeal(kept)).to.deep.equal(["deal-published", "deal-activated", "deal-completed"]);
    expect(ofDeal(lost)).to.deep.equal(["deal-published", "deal-activated", "deal-terminated"]);
    const ofSector = events.filter((event) => "sector" in event && event.sector === doomed);
    expect(ofSector.map(({ type }) => type)).to.deep.equal(["sector-activated", "sector-terminated"]);
    expect(ofSector[0]).to.deep.include({ emitter: provider, pieces: [{ root: ROOT, paddedBytes: 1n << 20n }] });
  });

  it("emits the death of a faulty sector at the epoch of its death while epochs are skipped", async () => {
    const deal = await publish();
    const sector = await commit([deal]);
    await filecoin.declareFault(provider, sector);
    const { earlyLast } = await filecoin.sector(provider, sector);
    const target = (await filecoin.epoch()) + 100n * DAY;
    await filecoin.skip(100n * DAY);
    expect(await filecoin.epoch()).to.equal(target);
    const events = await filecoin.actorEvents(0n, target);
    const deaths = events.filter(({ type }) => type.endsWith("terminated")).map(({ type, epoch }) => ({ type, epoch }));
    expect(deaths).to.deep.equal([
      { type: "deal-terminated", epoch: earlyLast + 1n },
      { type: "sector-terminated", epoch: earlyLast + 1n },
    ]);
  });

  it("says what is missing where there is no simulated Filecoin", async () => {
    await network.provider.send("hardhat_setCode", [CONTROL.kernel, "0x"]);
    await expect(SimulatedFilecoin.attach(network.provider)).to.be.rejectedWith(NoSimulatedFilecoinError, "npm start");
    await SimulatedFilecoin.install(network.provider);
    await SimulatedFilecoin.attach(network.provider);
  });

  it("pages deals and sectors beyond one page", async () => {
    const startEpoch = (await filecoin.epoch()) + 100n;
    const term = { startEpoch, endEpoch: startEpoch + 200n * DAY };
    const deal = { provider, client, pieceRoot: ROOT, paddedBytes: 128n, ...term };
    const ids = await filecoin.publishDeals(Array.from({ length: 201 }, () => deal));
    expect((await filecoin.deals()).map(({ id }) => id)).to.deep.equal(ids);
  });

  it("mines to receipts when blocks come at intervals only", async () => {
    await network.provider.send("evm_setAutomine", [false]);
    await network.provider.send("evm_setIntervalMining", [50]);
    try {
      expect(await publish()).to.equal(0n);
      await expect(filecoin.terminate(provider, 77n)).to.be.rejectedWith("SimulatedMiners_SectorUnknown");
    } finally {
      await network.provider.send("evm_setIntervalMining", [0]);
      await network.provider.send("evm_setAutomine", [true]);
    }
  });
});

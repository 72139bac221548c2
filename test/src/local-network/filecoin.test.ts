import { expect } from "chai";
import { deployments, ethers, network } from "hardhat";

import { PRECOMPILE, SimulatedActorError, SimulatedFilecoin } from "../../../src/local-network/filecoin";

const DAY = 2880n;
const ROOT = Uint8Array.from({ length: 32 }, (_, index) => index);

describe("SimulatedFilecoin", () => {
  let filecoin: SimulatedFilecoin;
  let provider: bigint;
  let client: bigint;

  beforeEach(async () => {
    await deployments.fixture(["SimulatedActors"]);
    filecoin = await SimulatedFilecoin.attach(network.provider);
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
    await deployments.fixture(["SimulatedActors"]);
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
});

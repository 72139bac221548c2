import { expect } from "chai";
import { hexlify, keccak256 } from "ethers";
import hre from "hardhat";

import { paddedBytesOf } from "../../../../src/data/piece";
import { SECTOR_SLACK_EPOCHS } from "../../../../src/devnet/providers/settlement";
import { formatAddress } from "../../../../src/filecoin/filecoinAddress";
import { type SectorContents, SectorContents__factory } from "../../../../typechain-types";
import { ProviderScene } from "../../../support/providerScene";
import { deployed } from "../../../support/chain";

describe("DirectOnboarding", () => {
  const noticed = Uint8Array.from([1, 2, 3, 255]);
  let scene: ProviderScene;
  let contents: SectorContents;

  before(async () => {
    const { SectorContents } = await deployed("SectorContents");
    const [signer] = await hre.ethers.getSigners();
    contents = SectorContents__factory.connect(SectorContents!.address, signer);
    scene = await ProviderScene.open({ fresh: false });
  });
  after(() => scene.close());
  beforeEach(() => scene.start());
  afterEach(() => scene.provider.stop());

  const notifying = async (receiver: string, ddo: object = {}) =>
    scene.exampleDeal({
      ddo: {
        notification_address: formatAddress({ protocol: "delegated", ethereum: receiver }),
        notification_payload: Buffer.from(noticed).toString("base64"),
        ...ddo,
      },
    });

  it("seals the piece without a deal in f05 and tells SectorContents, with the payload given", async () => {
    const { dealId, sector } = await scene.proposeAndSeal(await notifying(await contents.getAddress()));
    expect(dealId).to.equal(undefined);
    const { expiration, status } = await scene.filecoin.sector(scene.provider.id, sector);
    const pieces = await scene.filecoin.piecesOf(scene.provider.id, sector);
    expect(status).to.equal("active");
    expect(pieces.map(({ root, paddedBytes }) => [hexlify(root), paddedBytes])).to.deep.equal([
      [hexlify(scene.piece.root), paddedBytesOf(scene.piece.height)],
    ]);
    const piece = { provider: scene.provider.id, sector, root: scene.piece.root, height: scene.piece.height };
    expect([...(await contents.commitmentsOf([piece], keccak256(noticed)))]).to.deep.equal([expiration]);
    const [sealed] = await contents.queryFilter(contents.filters.PieceSealed(scene.provider.id));
    expect(sealed!.args.payloadHash).to.equal(keccak256(noticed));
    expect(await scene.filecoin.epoch()).to.be.lessThan(Number(expiration) - 518_400);
  });

  it("commits the sector for the deal's whole term from a start that is given", async () => {
    const start = (await scene.filecoin.epoch()) + 1_000n;
    const deal = await notifying(await contents.getAddress(), { start_epoch: Number(start), duration: 600_000 });
    const { sector } = await scene.proposeAndSeal(deal);
    const { expiration } = await scene.filecoin.sector(scene.provider.id, sector);
    expect(expiration).to.equal(start + 600_000n + SECTOR_SLACK_EPOCHS);
  });

  it("is sealed however late when the start was left open, and fails after one that was given", async () => {
    const to = await contents.getAddress();
    const start = Number(await scene.filecoin.epoch()) + 100;
    const [open, given] = [await notifying(to), await notifying(to, { start_epoch: start })];
    for (const deal of [open, given]) await scene.client.proposeDeal(deal);
    await scene.provider.idle();
    await scene.filecoin.skip(10_000n);
    await scene.provider.advance();
    expect((await scene.statusOf(open.identifier)).status).to.equal("indexing");
    expect(await scene.statusOf(given.identifier)).to.deep.equal({
      status: "failed",
      errorMsg: `not sealed by epoch ${start}, at which the deal should have started`,
    });
  });

  it("has no sector that the receiver did not take note of", async () => {
    // A contract that knows no notifications: the fallback of the kernel's own code refuses them.
    const deaf = "0xf110000000000000000000000000000000000005";
    const deal = await notifying(deaf);
    await scene.client.proposeDeal(deal);
    await scene.provider.idle();
    await scene.filecoin.skip(3n);
    await scene.provider.advance();
    const { status, errorMsg } = await scene.statusOf(deal.identifier);
    expect(status).to.equal("failed");
    expect(errorMsg).to.contain("the commit failed with exit code");
    expect(scene.provider.sectors()).to.deep.equal([]);
  });

  it("leaves deals without a notification to f05", async () => {
    const { dealId } = await scene.proposeAndSeal();
    expect(await scene.filecoin.deal(dealId!)).to.have.property("gone", false);
  });
});

import { expect } from "chai";

import { AggregatorScene } from "../../support/aggregatorScene";

describe("Aggregator", function () {
  this.timeout(120_000);

  let scene: AggregatorScene;

  afterEach(() => scene.stop());

  /** Enough for fetching, sealing and completing. */
  const ROUNDS = 9;

  it("packs pieces of several requests into one deal, and completes each with its proof", async () => {
    scene = await AggregatorScene.set(1);
    const requests = [await scene.submit(500), await scene.submit(9_000), await scene.submit(70)];
    await scene.rounds(ROUNDS);
    for (const request of requests) expect(await scene.isCompleted(request)).to.equal(true);
    expect(await scene.filecoin.dealCount()).to.equal(1n);
  });

  it("gives requests for one piece to different providers", async () => {
    scene = await AggregatorScene.set(3);
    await scene.submit(500);
    const [piece] = scene.pieces;
    await scene.submit(500, { again: piece! });
    await scene.submit(500, { again: piece! });
    await scene.rounds(ROUNDS);
    const providers = (await scene.dealsOf(piece!)).map(({ providerId }) => providerId);
    expect(new Set(providers)).to.deep.equal(new Set(scene.providers.map(({ id }) => id)));
  });

  it("does not give a provider a piece that it holds already", async () => {
    scene = await AggregatorScene.set(1);
    await scene.submit(500);
    await scene.rounds(ROUNDS);
    const second = await scene.submit(500, { again: scene.pieces[0]! });
    await scene.rounds(3);
    expect(await scene.isCompleted(second)).to.equal(false);
    const reasons = scene.events.flatMap((event) => (event.kind === "postponed" ? [event.reason] : []));
    expect(reasons[0]).to.contain("no other provider is left");
  });

  it("takes another provider when one refuses, and does not ask it for the piece again", async () => {
    scene = await AggregatorScene.set(2);
    scene.providers[0]!.manners.refuse = true;
    const request = await scene.submit(500);
    await scene.rounds(ROUNDS);
    expect(await scene.isCompleted(request)).to.equal(true);
    expect((await scene.dealsOf(scene.pieces[0]!)).map(({ providerId }) => providerId)).to.deep.equal([
      scene.providers[1]!.id,
    ]);
    scene.providers[0]!.manners.refuse = false;
    await scene.submit(500, { again: scene.pieces[0]! });
    await scene.rounds(3);
    expect(scene.providers[0]!.deals.size).to.equal(0);
  });

  it("takes another provider when one has vanished, once its patience is over", async () => {
    scene = await AggregatorScene.set(2);
    await scene.providers[0]!.vanish();
    const request = await scene.submit(500);
    await scene.rounds(ROUNDS + 12);
    expect(await scene.isCompleted(request)).to.equal(true);
  });

  it("takes another provider when one accepts and never seals", async () => {
    scene = await AggregatorScene.set(2);
    await scene.aggregator.stop();
    await scene.startAggregator({ placeTimeoutEpochs: 10n });
    scene.providers[0]!.manners.stall = true;
    const request = await scene.submit(500);
    await scene.rounds(ROUNDS + 12);
    expect(await scene.isCompleted(request)).to.equal(true);
    expect((await scene.dealsOf(scene.pieces[0]!))[0]!.providerId).to.equal(scene.providers[1]!.id);
  });

  it("takes another provider when the deal is terminated before its proof is sent", async () => {
    scene = await AggregatorScene.set(2);
    const request = await scene.submit(500);
    const [first] = scene.providers;
    for (let round = 0; first!.sectors().length === 0 && round < ROUNDS; round++) {
      await scene.providersAdvance();
      for (const { sector } of first!.sectors()) await first!.terminate(sector);
      await scene.aggregator.tick();
    }
    await scene.rounds(ROUNDS);
    expect(await scene.isCompleted(request)).to.equal(true);
    expect((await scene.dealsOf(scene.pieces[0]!)).map(({ providerId }) => providerId)).to.deep.equal([
      scene.providers[1]!.id,
    ]);
  });

  it("waits for bytes that cannot be had yet, longer each time, and serves the request when they can", async () => {
    scene = await AggregatorScene.set(1);
    const request = await scene.submit(500, { withhold: true });
    await scene.rounds(15);
    const postponed = scene.events.filter(({ kind }) => kind === "postponed");
    expect(postponed.length).to.equal(2);
    expect(await scene.isCompleted(request)).to.equal(false);
  });

  it("leaves a cancelled request alone", async () => {
    scene = await AggregatorScene.set(1);
    const request = await scene.submit(500);
    await (await scene.dealStatus.cancelRequest(request)).wait();
    await scene.rounds(3);
    expect(scene.providers[0]!.deals.size).to.equal(0);
  });

  describe("with deals that are onboarded directly", () => {
    it("completes each request with the sector that the chain tells of, without a deal in f05", async () => {
      scene = await AggregatorScene.set(1, { direct: true });
      const requests = [await scene.submit(500), await scene.submit(9_000)];
      await scene.rounds(ROUNDS);
      for (const request of requests) expect(await scene.isCompleted(request)).to.equal(true);
      const [provider] = scene.providers;
      const { sector } = provider!.sectors()[0]!;
      for (const piece of scene.pieces)
        expect(await scene.dealsOf(piece)).to.deep.equal([
          { marketActorId: provider!.id, providerId: provider!.id, dealId: sector },
        ]);
      expect(await scene.filecoin.dealCount()).to.equal(0n);
    });

    it("gives requests for one piece to different providers, whose sectors have the same number", async () => {
      scene = await AggregatorScene.set(2, { direct: true });
      await scene.submit(500);
      const [piece] = scene.pieces;
      await scene.submit(500, { again: piece! });
      await scene.rounds(ROUNDS);
      const deals = await scene.dealsOf(piece!);
      expect(new Set(deals.map(({ providerId }) => providerId))).to.deep.equal(
        new Set(scene.providers.map(({ id }) => id)),
      );
      expect(deals.map(({ dealId }) => dealId)).to.deep.equal([0n, 0n]);
    });

    it("takes another provider when nobody was told of a sector in time", async () => {
      scene = await AggregatorScene.set(2, { direct: true });
      await scene.aggregator.stop();
      await scene.startAggregator({ placeTimeoutEpochs: 10n });
      // It says that it has sealed the deal, and has not.
      const [liar] = scene.providers;
      liar!.manners.stall = true;
      const request = await scene.submit(500);
      for (let round = 0; round < ROUNDS + 12; round++) {
        for (const deal of liar!.deals.values()) if (deal.state === "sealing") deal.state = "complete";
        await scene.round();
      }
      expect(await scene.isCompleted(request)).to.equal(true);
      expect((await scene.dealsOf(scene.pieces[0]!))[0]!.providerId).to.equal(scene.providers[1]!.id);
    });

    it("goes on where it stopped between the sector and its proof", async () => {
      scene = await AggregatorScene.set(1, { direct: true });
      const request = await scene.submit(500);
      for (let round = 0; scene.providers[0]!.sectors().length === 0 && round < ROUNDS; round++) await scene.round();
      await scene.aggregator.stop();
      await scene.startAggregator();
      await scene.rounds(3);
      expect(await scene.isCompleted(request)).to.equal(true);
    });
  });
});

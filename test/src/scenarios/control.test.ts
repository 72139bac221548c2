import { expect } from "chai";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { LocalNetworkMissingError, orderLocalNetwork } from "../../../src/scenarios/controlClient";
import { actorIdOf, targetOf } from "../../../src/cli/local/orderTask";
import { PortTakenError, serveRpc } from "../../../src/devnet/lotus/rpcServer";
import { startTestNetwork, type TestNetwork } from "../../support/localNetwork";

describe("local network › orders from a second terminal", function () {
  this.timeout(60_000);

  let running: TestNetwork;

  before(async () => {
    running = await startTestNetwork({ providers: 1 });
  });

  after(() => running.stop());

  it("lets time pass", async () => {
    const before = await running.network.headEpoch();
    const { epoch, done } = await orderLocalNetwork({ action: "skip", epochs: "50" }, running.folder);
    expect(BigInt(epoch)).to.equal(before + 50n);
    expect(done).to.contain("skipped 50 epochs");
  });

  it("makes a provider refuse, accept, vanish and return", async () => {
    const [provider] = running.network.providers;
    const order = (action: "refuse" | "accept" | "vanish" | "return") =>
      orderLocalNetwork({ action, provider: provider!.id.toString() }, running.folder);
    await order("refuse");
    expect(provider!.manners.refuse).to.equal(true);
    await order("accept");
    expect(provider!.manners.refuse).to.equal(false);
    await order("vanish");
    expect(provider!.vanished).to.equal(true);
    await order("return");
    expect(provider!.vanished).to.equal(false);
  });

  it("makes a provider overloaded, slow, stalled, flaky, and well again", async () => {
    const { manners, id } = running.network.providers[0]!;
    const provider = id.toString();
    const told: string[] = [];
    const order = async (request: Parameters<typeof orderLocalNetwork>[0]) =>
      told.push((await orderLocalNetwork(request, running.folder)).done);
    await order({ action: "overload", provider });
    await order({ action: "stall", provider });
    await order({ action: "slow", provider, delayMs: 5 });
    await order({ action: "flaky", provider, percent: 100, seed: 3 });
    expect(manners).to.include({ overloaded: true, stall: true, delayMs: 5 });
    expect(manners.nextFailure()).not.to.equal(undefined);
    await order({ action: "accept", provider });
    await order({ action: "seal", provider });
    await order({ action: "slow", provider, delayMs: 0 });
    await order({ action: "flaky", provider, percent: 0, seed: 3 });
    expect(manners).to.include({ overloaded: false, stall: false, delayMs: 0 });
    expect(manners.nextFailure()).to.equal(undefined);
    await order({ action: "corrupt", provider });
    expect(told).to.deep.equal([
      `provider f0${id} is overloaded: it answers new deals with 429`,
      `provider f0${id} takes deals and does not seal them`,
      `provider f0${id} takes 5 ms before each answer`,
      `100 % of all requests to provider f0${id} fail`,
      `provider f0${id} takes deals again`,
      `provider f0${id} seals again`,
      `provider f0${id} takes 0 ms before each answer`,
      `0 % of all requests to provider f0${id} fail`,
      `provider f0${id} has one wrong byte in each of its 0 pieces`,
    ]);
  });

  it("says what there is when something is named that is not there", async () => {
    const order = (target: Parameters<typeof orderLocalNetwork>[0]) => orderLocalNetwork(target, running.folder);
    await expect(order({ action: "fault", target: { deal: "9" } })).to.be.rejectedWith("No provider here has a deal 9");
    await expect(order({ action: "vanish", provider: "1" })).to.be.rejectedWith(
      `there are f0${running.network.providers[0]!.id}`,
    );
  });

  it("says that the network is not running when it is not", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "raas-none-"));
    const attempt = orderLocalNetwork({ action: "skip", epochs: "1" }, folder);
    await expect(attempt).to.be.rejectedWith(LocalNetworkMissingError, "npm start");
    await rm(folder, { recursive: true });
  });

  it("says that the port is taken when it is", async () => {
    const answer = async () => null;
    const first = await serveRpc(answer, { host: "127.0.0.1", port: 0 });
    const port = Number(new URL(first.url).port);
    await expect(serveRpc(answer, { host: "127.0.0.1", port })).to.be.rejectedWith(PortTakenError, `Port ${port}`);
    await first.stop();
  });

  it("takes a sector by deal, by provider and number, or by piece and copy, and nothing in between", () => {
    expect(targetOf({ deal: "3" })).to.deep.equal({ deal: "3" });
    expect(targetOf({ provider: "f01003", sector: "0" })).to.deep.equal({ provider: "1003", sector: "0" });
    expect(targetOf({ piece: "bafk" })).to.deep.equal({ piece: "bafk", copy: 1 });
    expect(() => targetOf({})).to.throw("Name one sector");
    expect(() => targetOf({ deal: "3", sector: "0" })).to.throw("Name one sector");
    expect(() => actorIdOf("x")).to.throw("is not an actor id");
  });
});

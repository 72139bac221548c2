import { expect } from "chai";
import { network } from "hardhat";

import { SimulatedFilecoin } from "../../../src/devnet/actors/filecoin";
import { ActorCalls } from "../../support/actorCalls";
import { cborUint } from "../../support/cbor";
import { simulatedFilecoin } from "../../support/chain";

const DAY = 2880n;
const FAULT_MAX_AGE = 42n * DAY;
const GET_DEAL_SECTOR = 2611213344;
const GENERATE = 1321604665;
const ROOT = new Uint8Array(32).fill(7);

describe("what time does to sectors and deals", () => {
  let filecoin: SimulatedFilecoin;
  let calls: ActorCalls;
  let provider: bigint;
  let client: bigint;

  beforeEach(async () => {
    filecoin = await simulatedFilecoin();
    calls = await ActorCalls.deploy();
    // The first deadline ends at epochs 2879, 5759, …
    provider = await filecoin.createMiner({ periodOffset: 2820n, partitionSectors: 2n });
    client = await filecoin.createAccount();
  });

  const to = async (epoch: bigint) => filecoin.skip(epoch - (await filecoin.epoch()));
  const status = async (sector: bigint) => (await filecoin.sector(provider, sector)).status;
  const sectorOfDeal = (deal: bigint) => calls.ask({ actor: 5n, method: GET_DEAL_SECTOR, params: cborUint(deal) });
  const location = (sector: bigint) =>
    calls.ask({ actor: provider, method: GENERATE, params: `81${cborUint(sector)}` });

  async function publish(startEpoch: bigint, durationDays = 200n): Promise<bigint> {
    const endEpoch = startEpoch + durationDays * DAY;
    return filecoin.publishDeal({ provider, client, pieceRoot: ROOT, paddedBytes: 1n << 20n, startEpoch, endEpoch });
  }

  async function commit(dealIds: bigint[] = [], days = 300n): Promise<bigint> {
    return filecoin.commitSector({ provider, expiration: (await filecoin.epoch()) + days * DAY, dealIds });
  }

  it("finds lost data at the end of the sector's next deadline, not before", async () => {
    const sector = await commit();
    await filecoin.fault(provider, sector);
    await to(2879n);
    expect(await status(sector)).to.equal("active");
    await to(2880n);
    expect(await status(sector)).to.equal("faulty");
    expect(await filecoin.faults(provider)).to.deep.equal([sector]);
  });

  it("keeps a declared recovery faulty until the deadline proves it", async () => {
    const sector = await commit();
    await filecoin.declareFault(provider, sector);
    expect(await status(sector)).to.equal("faulty");
    await filecoin.declareRecovery(provider, sector);
    expect(await filecoin.recoveries(provider)).to.deep.equal([sector]);
    await to(2879n);
    expect(await status(sector)).to.equal("faulty");
    await to(2880n);
    expect(await status(sector)).to.equal("active");
    expect(await filecoin.recoveries(provider)).to.deep.equal([]);
  });

  it("shows a fault's age in the early expiration, also while it recovers", async () => {
    const sector = await commit();
    expect((await filecoin.sectorExpiration(provider, sector))?.early).to.equal(0n);
    await filecoin.fault(provider, sector);
    await to(3000n);
    const faulty = { onTime: 0n, early: 2879n + FAULT_MAX_AGE };
    expect(await filecoin.sectorExpiration(provider, sector)).to.deep.equal(faulty);
    await filecoin.declareRecovery(provider, sector);
    expect(await filecoin.sectorExpiration(provider, sector)).to.deep.equal(faulty);
  });

  it("has no early expiration when the sector expires on time first", async () => {
    const sector = await commit([], 190n);
    await to(160n * DAY);
    await filecoin.declareFault(provider, sector);
    expect((await filecoin.sectorExpiration(provider, sector))?.early).to.equal(0n);
    await to(191n * DAY);
    expect(await status(sector)).to.equal("dead");
  });

  it("kills a sector 42 days after the deadline it missed, and its deal in the same epoch", async () => {
    const deal = await publish(5000n);
    const sector = await commit([deal]);
    await filecoin.fault(provider, sector);
    const death = 2880n + FAULT_MAX_AGE;
    await to(death - 1n);
    expect(await status(sector)).to.equal("faulty");
    expect(await sectorOfDeal(deal)).to.deep.equal({ ret: "00" });
    await network.provider.send("hardhat_mine", ["0x1"]);
    expect(await status(sector)).to.equal("dead");
    expect(await sectorOfDeal(deal)).to.deep.equal({ exit: 32 });
  });

  it("lets a recovered sector and its deal live on past the 42 days", async () => {
    const deal = await publish(5000n);
    const sector = await commit([deal]);
    await filecoin.fault(provider, sector);
    await to(60_000n);
    await filecoin.declareRecovery(provider, sector);
    await to(3000n + FAULT_MAX_AGE + DAY);
    expect(await status(sector)).to.equal("active");
    expect(await sectorOfDeal(deal)).to.deep.equal({ ret: "00" });
  });

  it("does not save a sector whose data is lost while it recovers", async () => {
    const sector = await commit();
    await filecoin.declareFault(provider, sector);
    await filecoin.declareRecovery(provider, sector);
    await filecoin.fault(provider, sector);
    await to(2880n + FAULT_MAX_AGE);
    expect(await status(sector)).to.equal("dead");
  });

  it("leaves a missed start as published until somebody settles it", async () => {
    const deal = await publish(100n);
    await to(200n);
    expect(await sectorOfDeal(deal)).to.deep.equal({ exit: 33 });
    await filecoin.settle([deal]);
    expect(await sectorOfDeal(deal)).to.deep.equal({ exit: 32 });
  });

  it("refuses to activate a deal past its start, or with a sector that ends before it", async () => {
    const late = await publish(100n);
    const long = await publish(5000n, 290n);
    await to(200n);
    for (const [deal, days] of [
      [late, 300n],
      [long, 200n],
    ] as const) {
      await expect(commit([deal], days)).to.be.rejectedWith("exit code 1004");
    }
    expect(await filecoin.sectors(provider)).to.deep.equal([]);
  });

  it("moves living sectors together and forgets dead ones when partitions are compacted", async () => {
    const sectors = [await commit(), await commit(), await commit(), await commit()];
    expect(await location(sectors[2]!)).to.deep.equal({ ret: "820143820100" });
    for (let n = 0n; n < 96n; n++) await commit();
    const last = 98n;
    expect(await location(last)).to.deep.equal({ ret: "820143820101" });
    await to(10_000n);
    await filecoin.terminate(provider, sectors[2]!);
    await filecoin.terminate(provider, sectors[3]!);
    await filecoin.compact(provider);
    expect(await location(sectors[2]!)).to.deep.equal({ ret: "820043822020" });
    expect(await location(last)).to.deep.equal({ ret: "820143820100" });
    expect((await filecoin.partitions(provider, 1n)).map(({ all }) => all)).to.deep.equal([[98n, 99n]]);
  });

  it("does not compact a partition with a fault in it", async () => {
    const [dead, faulty] = [await commit(), await commit()];
    await to(6000n);
    await filecoin.terminate(provider, dead);
    await filecoin.declareFault(provider, faulty);
    await filecoin.compact(provider);
    expect(await location(dead)).to.deep.equal({ ret: "820043820000" });
    const [partition] = await filecoin.partitions(provider, 0n);
    expect(partition).to.deep.equal({ all: [0n, 1n], faulty: [1n], recovering: [], live: [1n], active: [] });
  });

  it("counts no power before the first proof, and none of faulty sectors", async () => {
    const [healthy, faulty] = [await commit(), await commit()];
    const power = async () => calls.ask({ actor: 4n, method: 36284446, params: cborUint(provider) });
    expect(await power()).to.deep.equal({ ret: "824040" });
    await to(2880n);
    expect(await power()).to.deep.equal({ ret: "824600100000000046001000000000" });
    await filecoin.declareFault(provider, faulty);
    expect(await power()).to.deep.equal({ ret: "824600080000000046000800000000" });
    await filecoin.terminate(provider, healthy);
    expect(await power()).to.deep.equal({ ret: "824040" });
  });

  it("does not update a sector that holds a piece already", async () => {
    const expiration = 300n * DAY;
    const piece = { root: ROOT, paddedBytes: 1n << 20n };
    const number = await filecoin.commitSector({ provider, expiration, pieces: [piece] });
    const again = filecoin.updateSectors(provider, [{ number, pieces: [piece] }], true);
    await expect(again).to.be.rejectedWith("exit code 16");
  });
});

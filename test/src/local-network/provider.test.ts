import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { computeAddress } from "ethers";
import hre from "hardhat";
import { ulid } from "ulid";

import { buildAggregate } from "../../../src/data/aggregate";
import { commitPiece, type Piece } from "../../../src/data/piece";
import { pieceCidV1, pieceCidV2 } from "../../../src/data/pieceCid";
import { F05Settlement } from "../../../src/local-network/f05Settlement";
import { SimulatedFilecoin } from "../../../src/local-network/filecoin";
import { StorageProvider } from "../../../src/local-network/provider";
import { delegatedIdentity } from "../../../src/storage/curioAuth";
import { formatAddress } from "../../../src/storage/filecoinAddress";
import { Mk20Client, Mk20Error } from "../../../src/storage/mk20";
import type { Mk20Deal } from "../../../src/storage/mk20Wire";

describe("StorageProvider", () => {
  const key = `0x${"42".repeat(32)}`;
  const identity = delegatedIdentity(key);
  const payload = Uint8Array.from(randomBytes(1000));
  let piece: Piece;
  let folder: string;
  let filecoin: SimulatedFilecoin;
  let provider: StorageProvider;
  let client: Mk20Client;
  /** What the source gives, by path. */
  const served = new Map<string, Uint8Array>();
  let source: Server;
  let sourceUrl: string;

  before(async () => {
    await hre.network.provider.request({ method: "hardhat_reset", params: [] });
    filecoin = await SimulatedFilecoin.install(hre.network.provider);
    folder = await mkdtemp(path.join(tmpdir(), "raas-provider-"));
    piece = await commitPiece(payload);
    source = createServer((request, response) => {
      const bytes = served.get(request.url!);
      if (bytes === undefined) response.writeHead(404).end();
      else response.end(bytes);
    });
    await new Promise<void>((resolve) => source.listen(0, "127.0.0.1", resolve));
    sourceUrl = `http://127.0.0.1:${(source.address() as AddressInfo).port}`;
  });

  after(async () => {
    source.closeAllConnections();
    await new Promise((resolve) => source.close(resolve));
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(async () => {
    served.clear();
    served.set("/piece", payload);
    provider = await StorageProvider.start({
      id: await filecoin.createMiner(),
      folder,
      filecoin,
      settlement: new F05Settlement(filecoin),
    });
    client = new Mk20Client(provider.url, { identity });
  });

  afterEach(() => provider.stop());

  const exampleDeal = (overrides: { data?: object; ddo?: object; deal?: object } = {}): Mk20Deal =>
    ({
      identifier: ulid(),
      client: formatAddress(identity.address),
      data: {
        piece_cid: { "/": pieceCidV2(piece).toString() },
        format: { raw: {} },
        source_http: { urls: [{ url: `${sourceUrl}/piece`, headers: {}, priority: 0, fallback: false }] },
        ...overrides.data,
      },
      products: {
        ddo_v1: { provider: `f0${provider.id}`, start_epoch: null, duration: 518_400, ...overrides.ddo },
        retrieval_v1: { announce_piece: false },
      },
      ...overrides.deal,
    }) as Mk20Deal;

  /** Proposes a deal and waits until it is sealed. */
  async function sealed(deal = exampleDeal()): Promise<{ dealId: bigint; sector: bigint }> {
    await client.proposeDeal(deal);
    await provider.idle();
    await filecoin.skip(3n);
    await provider.advance();
    const { dealId, sector, error } = provider.deals.get(deal.identifier)!;
    if (sector === undefined) throw new Error(`not sealed: ${error}`);
    return { dealId: dealId!, sector };
  }

  async function refusal(attempt: Promise<unknown>): Promise<Mk20Error> {
    try {
      await attempt;
    } catch (error) {
      if (error instanceof Mk20Error) return error;
      throw error;
    }
    throw new Error("it was not refused");
  }

  async function bytesOf(cid: string, range?: { first: bigint; last: bigint }): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of (await client.piece(cid, range)) as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  describe("a deal", () => {
    it("is pulled, published, sealed and complete, and the chain has it", async () => {
      const deal = exampleDeal();
      await client.proposeDeal(deal);
      await provider.idle();
      expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).to.equal("sealing");
      await provider.advance();
      expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).to.equal("sealing");
      await filecoin.skip(3n);
      await provider.advance();
      expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).to.equal("indexing");
      await filecoin.skip(1n);
      await provider.advance();
      const status = (await client.dealStatus(deal.identifier))!;
      expect(status.ddo_v1).to.deep.equal({ status: "complete", errorMsg: "" });

      const onChain = (await filecoin.deal(BigInt(status.f05!.dealId)))!;
      expect(Buffer.from(onChain.pieceRoot).equals(piece.root)).to.equal(true);
      expect(onChain.provider).to.equal(provider.id);
      expect(onChain.client).to.equal(await filecoin.actorIdOf(computeAddress(key)));
      expect(onChain.endEpoch - onChain.startEpoch).to.equal(518_400n);
      expect((await filecoin.sector(provider.id, onChain.sector!)).status).to.equal("active");
    });

    it("fails with a reason when the source has other bytes", async () => {
      served.set("/piece", Uint8Array.from(randomBytes(1000)));
      const deal = exampleDeal();
      await client.proposeDeal(deal);
      await provider.idle();
      const { status, errorMsg } = (await client.dealStatus(deal.identifier))!.ddo_v1;
      expect(status).to.equal("failed");
      expect(errorMsg).to.contain("the bytes are bafkzcib");
    });

    it("fails when the source has more bytes, or is not there", async () => {
      for (const bytes of [Uint8Array.from(randomBytes(2000)), undefined]) {
        served.delete("/piece");
        if (bytes !== undefined) served.set("/piece", bytes);
        const deal = exampleDeal();
        await client.proposeDeal(deal);
        await provider.idle();
        expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).to.equal("failed");
      }
    });

    it("is pulled from the next source when the first has it not, fallbacks last", async () => {
      const url = (name: string, priority: number, fallback: boolean) => ({
        url: `${sourceUrl}/${name}`,
        priority,
        fallback,
      });
      const urls = [url("piece", 9, true), url("missing", 5, false)];
      const { dealId } = await sealed(exampleDeal({ data: { source_http: { urls } } }));
      expect(await filecoin.deal(dealId)).to.have.property("gone", false);
    });

    it("can be uploaded by its client instead", async () => {
      const deal = exampleDeal({ data: { source_http: undefined, source_http_put: {} } });
      await client.proposeDeal(deal);
      expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).to.equal("uploading");
      await client.uploadDealData(deal.identifier, payload);
      await provider.idle();
      expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).to.equal("sealing");
    });
  });

  describe("refuses, with mk20's status,", () => {
    const cases: [what: string, status: number, deal: () => Mk20Deal][] = [
      ["a duration below 180 days", 441, () => exampleDeal({ ddo: { duration: 518_399 } })],
      ["a deal for another provider", 425, () => exampleDeal({ ddo: { provider: "f01" } })],
      ["a start that has passed", 425, () => exampleDeal({ ddo: { start_epoch: 0 } })],
      ["a notification without payload", 425, () => exampleDeal({ ddo: { notification_address: "f05" } })],
      ["a deal without a source it supports", 422, () => exampleDeal({ data: { source_http: undefined } })],
      ["a piece CID v1", 430, () => exampleDeal({ data: { piece_cid: { "/": pieceCidV1(piece).toString() } } })],
      ["two formats at once", 430, () => exampleDeal({ data: { format: { raw: {}, car: {} } } })],
      ["another client's deal", 401, () => exampleDeal({ deal: { client: "f0100" } })],
    ];
    for (const [what, status, deal] of cases) {
      it(`${what}: ${status}`, async () => {
        const error = await refusal(client.proposeDeal(deal()));
        expect(error.status).to.equal(status);
        expect(error.retryable).to.equal(false);
        expect(error.message).to.contain("Reason: ");
      });
    }

    it("the same identifier twice: 400", async () => {
      const deal = exampleDeal();
      await client.proposeDeal(deal);
      expect((await refusal(client.proposeDeal(deal))).status).to.equal(400);
      expect(provider.deals.size).to.equal(1);
    });

    it("an unsigned request: 401", async () => {
      const unsigned = new Mk20Client(provider.url);
      expect((await refusal(unsigned.proposeDeal(exampleDeal()))).status).to.equal(401);
    });

    it("everything when it is told to: 426, 429", async () => {
      provider.manners.refuse = true;
      expect((await refusal(client.proposeDeal(exampleDeal()))).code).to.equal("ErrDealRejectedByMarket");
      provider.manners.overloaded = true;
      const overloaded = await refusal(client.proposeDeal(exampleDeal()));
      expect(overloaded.code).to.equal("ErrServiceOverloaded");
      expect(overloaded.retryable).to.equal(true);
    });
  });

  it("has no status of a deal that it never heard of", async () => {
    expect(await client.dealStatus(ulid())).to.equal(undefined);
  });

  it("names what it supports", async () => {
    expect(await client.products()).to.deep.equal(["ddo_v1", "retrieval_v1"]);
    expect(await client.sources()).to.deep.equal(["http", "put"]);
    expect(await client.contracts()).to.deep.equal([]);
  });

  describe("GET /piece/{cid}", () => {
    it("gives the payload by either CID, and ranges of it", async () => {
      await sealed();
      expect((await bytesOf(pieceCidV2(piece).toString())).equals(payload)).to.equal(true);
      expect((await bytesOf(pieceCidV1(piece).toString())).equals(payload)).to.equal(true);
      const part = await bytesOf(pieceCidV2(piece).toString(), { first: 10n, last: 19n });
      expect(part.equals(payload.subarray(10, 20))).to.equal(true);
    });

    for (const [range, status, contentRange] of [
      ["bytes=990-", 206, "bytes 990-999/1000"],
      ["bytes=-10", 206, "bytes 990-999/1000"],
      ["bytes=990-5000", 206, "bytes 990-999/1000"],
      ["bytes=0-0", 206, "bytes 0-0/1000"],
      ["bytes=1000-", 416, "bytes */1000"],
      ["bytes=5-4", 416, "bytes */1000"],
      ["bytes=0-1,5-6", 416, "bytes */1000"],
    ] as const) {
      it(`answers ${range} with ${status}`, async () => {
        await sealed();
        const response = await fetch(`${provider.url}/piece/${pieceCidV2(piece)}`, { headers: { range } });
        expect(response.status).to.equal(status);
        expect(response.headers.get("content-range")).to.equal(contentRange);
        const length = (await response.arrayBuffer()).byteLength;
        if (status !== 416) expect(response.headers.get("content-length")).to.equal(String(length));
      });
    }

    it("gives the pieces inside an aggregate", async () => {
      const other = Uint8Array.from(randomBytes(300));
      const members = await Promise.all(
        [payload, other].map(async (bytes) => ({
          piece: await commitPiece(bytes),
          open: async function* () {
            yield bytes;
          },
        })),
      );
      const aggregate = await buildAggregate(members);
      const chunks: Uint8Array[] = [];
      for await (const chunk of aggregate.bytes()) chunks.push(chunk);
      served.set("/piece", Buffer.concat(chunks));
      const sub = members.map((member) => ({
        piece_cid: { "/": pieceCidV2(member.piece).toString() },
        format: { raw: {} },
      }));
      const piece_cid = { "/": pieceCidV2(aggregate.piece).toString() };
      await sealed(exampleDeal({ data: { piece_cid, format: { aggregate: { type: 1, sub } } } }));
      expect((await bytesOf(sub[1]!.piece_cid["/"])).equals(other)).to.equal(true);
      expect((await bytesOf(sub[0]!.piece_cid["/"])).equals(payload)).to.equal(true);

      // The order of the index is part of what the provider checks.
      const wrong = exampleDeal({ data: { piece_cid, format: { aggregate: { type: 1, sub: sub.reverse() } } } });
      await client.proposeDeal(wrong);
      await provider.idle();
      expect((await client.dealStatus(wrong.identifier))!.ddo_v1.status).to.equal("failed");
    });

    it("gives nothing from a faulty sector, and all of it after the recovery", async () => {
      const { sector } = await sealed();
      await provider.fault(sector);
      expect((await refusal(bytesOf(pieceCidV2(piece).toString()))).status).to.equal(404);
      await provider.recover(sector);
      expect((await bytesOf(pieceCidV2(piece).toString())).equals(payload)).to.equal(true);
    });

    it("gives nothing after the sector's termination", async () => {
      const { sector, dealId } = await sealed();
      await provider.terminate(sector);
      expect((await refusal(bytesOf(pieceCidV2(piece).toString()))).status).to.equal(404);
      expect(await filecoin.deal(dealId)).to.have.property("gone", true);
    });

    it("gives other bytes once a byte on the disk has turned", async () => {
      await sealed();
      await provider.corrupt(piece);
      const found = await bytesOf(pieceCidV2(piece).toString());
      expect(found.length).to.equal(payload.length);
      expect(found.equals(payload)).to.equal(false);
    });

    it("is gone when the provider vanishes, and back with it, at the same address", async () => {
      const { sector } = await sealed();
      await provider.vanish();
      const error = await refusal(bytesOf(pieceCidV2(piece).toString()));
      expect(error.code).to.equal("Unreachable");
      await filecoin.skip(2900n);
      expect((await filecoin.sector(provider.id, sector)).status).to.equal("faulty");
      await provider.comeBack();
      expect((await bytesOf(pieceCidV2(piece).toString())).equals(payload)).to.equal(true);
      expect((await filecoin.sector(provider.id, sector)).status).to.equal("active");
    });
  });
});

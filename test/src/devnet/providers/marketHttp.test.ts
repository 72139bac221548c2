import { randomBytes } from "node:crypto";
import { expect } from "chai";
import { ulid } from "ulid";

import { pieceCidV1, pieceCidV2 } from "../../../../src/data/pieceCid";
import { delegatedIdentity, secp256k1Identity } from "../../../../src/providers/curioAuth";
import { formatAddress } from "../../../../src/filecoin/filecoinAddress";
import { MARKET_PATH, Mk20Client } from "../../../../src/providers/mk20";
import { uploadInChunks } from "../../../../src/providers/mk20Upload";
import type { Mk20Deal } from "../../../../src/providers/mk20Wire";
import { sourceOfBytes } from "../../../../src/providers/uploadSource";
import { ProviderScene, refusal } from "../../../support/providerScene";

const CHUNKS = { leastBytes: 256, mostBytes: 1024 };
const chunkBytes = 256;

describe("a local provider's market", () => {
  let scene: ProviderScene;

  before(async () => {
    scene = await ProviderScene.open();
  });
  after(() => scene.close());
  beforeEach(() => scene.start({ chunks: CHUNKS }));
  afterEach(() => scene.provider.stop());

  /** A deal whose bytes its client sends. */
  const toBeSent = (overrides: { deal?: object } = {}) =>
    scene.exampleDeal({ data: { source_http: undefined, source_http_put: {} }, ...overrides });
  const additions = ({ identifier, client, data }: Mk20Deal) => ({ identifier, client, data, products: {} });
  const status = async (deal: Mk20Deal) => (await scene.statusOf(deal.identifier)).status;
  const raw = (path: string, init: RequestInit = {}) => fetch(scene.provider.url + MARKET_PATH + path, init);

  describe("refuses, with mk20's status,", () => {
    const cid = () => pieceCidV2(scene.piece).toString();
    const cases: [what: string, status: number, deal: () => Mk20Deal][] = [
      ["a duration below 180 days", 441, () => scene.exampleDeal({ ddo: { duration: 518_399 } })],
      ["a deal for another provider", 425, () => scene.exampleDeal({ ddo: { provider: "f01" } })],
      ["a start that has passed", 425, () => scene.exampleDeal({ ddo: { start_epoch: 0 } })],
      ["a notification without payload", 425, () => scene.exampleDeal({ ddo: { notification_address: "f05" } })],
      ["a payload without notification", 425, () => scene.exampleDeal({ ddo: { notification_payload: "AAE=" } })],
      ["an allocation", 425, () => scene.exampleDeal({ ddo: { allocation_id: 1 } })],
      [
        "a market contract",
        440,
        () => scene.exampleDeal({ ddo: { market_address: `0x${"11".repeat(20)}`, market_deal_id: 1 } }),
      ],
      ["an offline source", 422, () => scene.exampleDeal({ data: { source_http: undefined, source_offline: {} } })],
      ["data without a source", 422, () => scene.exampleDeal({ data: { source_http: undefined } })],
      ["two sources", 430, () => scene.exampleDeal({ data: { source_http_put: {} } })],
      [
        "a piece CID v1",
        430,
        () => scene.exampleDeal({ data: { piece_cid: { "/": pieceCidV1(scene.piece).toString() } } }),
      ],
      ["what is no piece CID", 430, () => scene.exampleDeal({ data: { piece_cid: { "/": "QmNothing" } } })],
      ["two formats at once", 430, () => scene.exampleDeal({ data: { format: { raw: {}, car: {} } } })],
      ["no format", 430, () => scene.exampleDeal({ data: { piece_cid: { "/": cid() }, format: {} } })],
      ["another client's deal", 401, () => scene.exampleDeal({ deal: { client: "f0100" } })],
    ];
    for (const [what, code, deal] of cases) {
      it(`${what}: ${code}`, async () => {
        const error = await refusal(scene.client.proposeDeal(deal()));
        expect(error.status).to.equal(code);
        expect(error.retryable).to.equal(false);
        expect(error.message).to.contain("Reason: ");
        expect(scene.provider.deals.size).to.equal(0);
      });
    }

    it("proofs of data possession: 423", async () => {
      const deal = scene.exampleDeal();
      const withPdp = { ...deal, products: { ...deal.products, pdp_v1: { add_piece: true } } };
      expect((await refusal(scene.client.proposeDeal(withPdp))).code).to.equal("ErrUnsupportedProduct");
    });

    it("the same identifier twice: 400", async () => {
      const deal = scene.exampleDeal();
      await scene.client.proposeDeal(deal);
      expect((await refusal(scene.client.proposeDeal(deal))).status).to.equal(400);
      expect(scene.provider.deals.size).to.equal(1);
    });

    it("a body that is no JSON, or of another type: 400", async () => {
      await scene.start({ requireSignature: false });
      for (const type of ["application/json", "text/plain"]) {
        const response = await raw("/deal", { method: "POST", headers: { "content-type": type }, body: "{" });
        expect(response.status).to.equal(400);
        expect(await response.text()).to.match(/^Reason: /);
      }
    });
  });

  describe("signatures", () => {
    it("are demanded everywhere: 401", async () => {
      const unsigned = new Mk20Client(scene.provider.url);
      for (const attempt of [
        () => unsigned.proposeDeal(scene.exampleDeal()),
        () => unsigned.dealStatus(ulid()),
        () => unsigned.products(),
        () => unsigned.sources(),
        () => unsigned.contracts(),
      ])
        expect((await refusal(attempt())).code).to.equal("ErrUnAuthorized");
    });

    it("need not be there when the provider is told so, and are verified when they are", async () => {
      await scene.start({ requireSignature: false, chunks: CHUNKS });
      const unsigned = new Mk20Client(scene.provider.url);
      const deal = scene.exampleDeal({ deal: { client: "f0100" } });
      await unsigned.proposeDeal(deal);
      expect((await unsigned.dealStatus(deal.identifier))!.ddo_v1.status).to.be.a("string");
      expect(await unsigned.dealStatus(ulid())).to.equal(undefined);
      const late = new Mk20Client(scene.provider.url, {
        identity: scene.identity,
        now: () => new Date(Date.now() - 600_000),
      });
      expect((await refusal(late.products())).code).to.equal("ErrUnAuthorized");
    });

    it("may be of either kind of key", async () => {
      const identity = secp256k1Identity(`0x${"43".repeat(32)}`);
      const client = new Mk20Client(scene.provider.url, { identity });
      const deal = scene.exampleDeal({ deal: { client: formatAddress(identity.address) } });
      await client.proposeDeal(deal);
      expect((await client.dealStatus(deal.identifier))!.ddo_v1.status).not.to.equal("failed");
    });

    it("open nobody else's deals: they read as unknown, and cannot be touched", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      const other = new Mk20Client(scene.provider.url, { identity: delegatedIdentity(`0x${"44".repeat(32)}`) });
      expect(await other.dealStatus(deal.identifier)).to.equal(undefined);
      for (const attempt of [
        () => other.updateDeal(deal.identifier, additions(deal)),
        () => other.uploadDealData(deal.identifier, scene.payload),
        () => other.startChunks(deal.identifier, 1000n, chunkBytes),
        () => other.finishChunks(deal.identifier),
      ])
        expect((await refusal(attempt())).code).to.equal("ErrUnAuthorized");
    });
  });

  it("has no status of a deal that it never heard of", async () => {
    expect(await scene.client.dealStatus(ulid())).to.equal(undefined);
    expect((await refusal(scene.client.dealStatus("nonsense"))).code).to.equal("BadRequest");
  });

  it("names what it supports", async () => {
    expect(await scene.client.products()).to.deep.equal(["ddo_v1", "retrieval_v1"]);
    expect(await scene.client.sources()).to.deep.equal(["http", "put"]);
    expect(await scene.client.contracts()).to.deep.equal([]);
  });

  describe("an update", () => {
    it("gives a deal the data that it had not, and it is pulled", async () => {
      const full = scene.exampleDeal();
      await scene.client.proposeDeal({ ...full, data: undefined });
      expect(await status(full)).to.equal("uploading");
      await scene.client.updateDeal(full.identifier, additions(full));
      expect((await scene.seal(full.identifier)).sector).to.be.a("bigint");
    });

    it("replaces nothing that is there, and adds what is not", async () => {
      const deal = toBeSent();
      const bare = { ...deal, products: { ddo_v1: deal.products.ddo_v1 } };
      await scene.client.proposeDeal(bare);
      const changed = {
        ...additions(scene.exampleDeal({ deal: { identifier: deal.identifier } })),
        products: { ddo_v1: { ...deal.products.ddo_v1, duration: 999_999 }, retrieval_v1: { indexing: true } },
      };
      await scene.client.updateDeal(deal.identifier, changed);
      const { data, products } = scene.provider.deals.get(deal.identifier)!.terms;
      expect(data!.source_http).to.equal(undefined);
      expect(products.ddo_v1.duration).to.equal(518_400);
      expect(products.retrieval_v1).to.deep.equal({ indexing: true });
      expect(await status(deal)).to.equal("uploading");
    });

    it("is refused like a proposal, and leaves the deal as it was", async () => {
      const full = scene.exampleDeal({ data: { format: { raw: {}, car: {} } } });
      await scene.client.proposeDeal({ ...full, data: undefined });
      expect((await refusal(scene.client.updateDeal(full.identifier, additions(full)))).status).to.equal(430);
      const strange = { ...additions(full), identifier: ulid() };
      expect((await refusal(scene.client.updateDeal(full.identifier, strange))).status).to.equal(400);
      expect(scene.provider.deals.get(full.identifier)!.terms.data).to.equal(undefined);
    });
  });

  describe("an upload in one stream", () => {
    it("is checked, sealed, and served", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      expect(await status(deal)).to.equal("uploading");
      await scene.client.uploadDealData(deal.identifier, scene.payload);
      await scene.seal(deal.identifier);
      const found = await scene.bytesOf(pieceCidV2(scene.piece).toString());
      expect(found.equals(scene.payload)).to.equal(true);
    });

    for (const [what, size] of [
      ["other bytes", 1000],
      ["too many", 1001],
      ["too few", 900],
    ] as const)
      it(`is refused when it is ${what}: 400, and may be sent again`, async () => {
        const deal = toBeSent();
        await scene.client.proposeDeal(deal);
        const wrong = Uint8Array.from(randomBytes(size));
        const error = await refusal(scene.client.uploadDealData(deal.identifier, wrong));
        expect(error.code).to.equal("UploadBadRequest");
        await scene.client.uploadDealData(deal.identifier, scene.payload);
        await scene.provider.idle();
        expect(await status(deal)).to.equal("sealing");
      });

    it("may bring the data of a deal that had none", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal({ ...deal, data: undefined });
      expect((await refusal(scene.client.uploadDealData(deal.identifier, scene.payload))).code).to.equal(
        "ErrBadProposal",
      );
      await scene.client.uploadDealData(deal.identifier, scene.payload, additions(deal));
      await scene.provider.idle();
      expect(await status(deal)).to.equal("sealing");
    });

    it("has an end only when it had a beginning, and a beginning only when it is waited for: 404", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      expect((await refusal(scene.client.finishChunks(deal.identifier))).code).to.equal("ErrDealNotFound");
      const pulled = scene.exampleDeal();
      await scene.client.proposeDeal(pulled);
      const error = await refusal(scene.client.uploadDealData(pulled.identifier, scene.payload));
      expect(error.code).to.equal("UploadStartCodeDealNotFound");
    });
  });

  describe("an upload in chunks", () => {
    const send = (deal: Mk20Deal, options = {}) =>
      uploadInChunks(scene.client, deal.identifier, sourceOfBytes(scene.payload), { chunkBytes, ...options });

    it("is put together, checked, sealed, and served", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      await send(deal, { parallel: 3 });
      await scene.seal(deal.identifier);
      const found = await scene.bytesOf(pieceCidV2(scene.piece).toString());
      expect(found.equals(scene.payload)).to.equal(true);
    });

    it("may bring the data of a deal that had none", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal({ ...deal, data: undefined });
      await send(deal, { additions: additions(deal) });
      await scene.provider.idle();
      expect(await status(deal)).to.equal("sealing");
    });

    it("goes on where it was left, and sends no chunk twice", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      const { identifier } = deal;
      expect(await scene.client.chunkStatus(identifier)).to.equal(undefined);
      await scene.client.startChunks(identifier, 1000n, chunkBytes);
      const source = sourceOfBytes(scene.payload);
      await scene.client.uploadChunk(identifier, 2, source, 256n, 511n);
      await scene.client.uploadChunk(identifier, 2, source, 256n, 511n);
      expect(await scene.client.chunkStatus(identifier)).to.deep.equal({
        ...{ total_chunks: 4, uploaded: 1, missing: 3 },
        ...{ uploaded_chunks: [2], missing_chunks: [1, 3, 4] },
      });
      expect((await refusal(scene.client.finishChunks(identifier))).code).to.equal("ErrBadProposal");
      const opened: bigint[] = [];
      await uploadInChunks(
        scene.client,
        identifier,
        { bytes: 1000n, open: (first, last) => (opened.push(first), source.open(first, last)) },
        { chunkBytes },
      );
      expect(opened.sort()).to.deep.equal([0n, 512n, 768n]);
      await scene.provider.idle();
      expect(await status(deal)).to.equal("sealing");
    });

    it("reaches its end through a provider that fails every other request", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      scene.provider.manners.beFlaky(0.4, 5);
      for (;;) {
        const failed = await send(deal).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (failed === undefined) break;
        expect(failed).to.have.property("retryable", true);
      }
      scene.provider.manners.beFlaky(0, 0);
      await scene.provider.idle();
      expect(await status(deal)).to.equal("sealing");
    });

    it("fails with a reason when it is other bytes", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      const other = sourceOfBytes(Uint8Array.from(randomBytes(1000)));
      await uploadInChunks(scene.client, deal.identifier, other, { chunkBytes });
      await scene.provider.idle();
      expect((await scene.statusOf(deal.identifier)).errorMsg).to.contain("the bytes are bafkzcib");
    });

    it("is refused when its sizes are not right: 400, 404, 409", async () => {
      const deal = toBeSent();
      const { identifier } = deal;
      await scene.client.proposeDeal(deal);
      for (const [bytes, chunk] of [
        [1000n, 300],
        [1000n, 128],
        [1000n, 2048],
        [999n, 256],
      ] as const)
        expect((await refusal(scene.client.startChunks(identifier, bytes, chunk))).code).to.equal(
          "UploadStartCodeBadRequest",
        );
      await scene.client.startChunks(identifier, 1000n, 256);
      const again = await refusal(scene.client.startChunks(identifier, 1000n, 256));
      expect(again.code).to.equal("UploadStartCodeAlreadyStarted");
      const source = sourceOfBytes(scene.payload);
      const chunk = (number: number, last: bigint) => scene.client.uploadChunk(identifier, number, source, 0n, last);
      for (const [number, last, code] of [
        [1, 254n, "UploadBadRequest"],
        [1, 256n, "UploadBadRequest"],
        [0, 255n, "UploadBadRequest"],
        [5, 255n, "UploadNotFound"],
      ] as const)
        expect((await refusal(chunk(number, last))).code).to.equal(code);
      await expect(uploadInChunks(scene.client, identifier, source, { chunkBytes: 512 })).to.be.rejectedWith(
        "waits for 4 chunks",
      );
    });

    it("has no status once it is over: 404", async () => {
      const deal = toBeSent();
      await scene.client.proposeDeal(deal);
      await send(deal);
      const error = await refusal(scene.client.chunkStatus(deal.identifier));
      expect(error.code).to.equal("UploadStatusCodeDealNotFound");
    });
  });
});

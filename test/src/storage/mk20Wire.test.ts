import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { ulid } from "ulid";

import { DEAL_STATES, mk20Deal, MK20_ERRORS, mk20Status } from "../../../src/storage/mk20Wire";

interface Definition {
  enum?: unknown[];
  "x-enum-varnames"?: string[];
  properties?: Record<string, unknown>;
}

describe("mk20Wire, against Curio's OpenAPI description", () => {
  const file = path.join(__dirname, "..", "..", "vectors", "curio-mk20-swagger.json");
  const { definitions } = JSON.parse(readFileSync(file, "utf8")) as { definitions: Record<string, Definition> };

  it("knows every state of a deal", () => {
    expect([...DEAL_STATES].sort()).to.deep.equal([...definitions["mk20.DealState"]!.enum!].sort());
  });

  it("knows every refusal by its code and name", () => {
    const { enum: codes, "x-enum-varnames": names } = definitions["mk20.DealCode"]!;
    const expected = Object.fromEntries(
      codes!.map((code, i) => [String(code), names![i]]).filter(([code]) => code !== "200"),
    );
    expect(Object.fromEntries(Object.entries(MK20_ERRORS).map(([code, { name }]) => [code, name]))).to.deep.equal(
      expected,
    );
  });

  it("sends no field that Curio does not know", () => {
    const known = (name: string) => Object.keys(definitions[`mk20.${name}`]!.properties!);
    const shape = mk20Deal.shape;
    expect(known("Deal")).to.include.members(Object.keys(shape));
    expect(known("DataSource")).to.include.members(Object.keys(shape.data.shape));
    expect(known("PieceDataFormat")).to.include.members(Object.keys(shape.data.shape.format.shape));
    expect(known("DDOV1")).to.include.members(Object.keys(shape.products.shape.ddo_v1.shape));
    expect(known("RetrievalV1")).to.include.members(Object.keys(shape.products.shape.retrieval_v1.unwrap().shape));
  });

  it("reads a status with and without the deal on chain", () => {
    const ddo_v1 = { status: "sealing", errorMsg: "" };
    expect(mk20Status.parse({ ddo_v1 })).to.deep.equal({ ddo_v1 });
    expect(mk20Status.parse({ ddo_v1, f05: { dealId: 0 } }).f05).to.deep.equal({ dealId: 0 });
    expect(mk20Status.safeParse({ ddo_v1: { status: "asleep" } }).success).to.equal(false);
  });

  it("takes the body of a deal as it is documented", () => {
    const body = {
      identifier: ulid(),
      client: "f0100",
      data: {
        piece_cid: { "/": "bafkzcibcaabdomn3tgwgrh3g532zopskstnbrd2n3sxfqbze7rxt7vqn7veigmy" },
        format: { raw: {} },
        source_http: { urls: [{ url: "https://example.com/piece", headers: {}, priority: 0, fallback: false }] },
      },
      products: {
        ddo_v1: {
          ...{ provider: "f01000", start_epoch: null, duration: 518400 },
          ...{ notification_address: "f05", notification_payload: "AAE=" },
        },
        retrieval_v1: { announce_piece: false },
      },
    };
    expect(mk20Deal.parse(body)).to.deep.equal(body);
    expect(mk20Deal.safeParse({ ...body, identifier: "not a ulid" }).success).to.equal(false);
  });
});

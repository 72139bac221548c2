import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { ulid } from "ulid";
import { z } from "zod";

import {
  DEAL_FAILURES,
  failureOf,
  MK20_OPERATIONS,
  type Mk20Failures,
  type Mk20Operation,
  UPLOAD_FAILURES,
  UPLOAD_START_FAILURES,
  UPLOAD_STATUS_FAILURES,
} from "../../../src/providers/mk20Operations";
import * as wire from "../../../src/providers/mk20Wire";

interface Schema {
  $ref?: string;
  type?: string;
  allOf?: { $ref: string }[];
  items?: Schema;
  additionalProperties?: Schema;
}
interface Definition extends Schema {
  enum?: unknown[];
  "x-enum-varnames"?: string[];
  properties?: Record<string, Schema>;
}
interface Described {
  parameters?: { name: string; in: string; required?: boolean; schema?: Schema }[];
  responses: Record<string, { schema?: Schema }>;
  consumes?: string[];
  security?: unknown[];
}

const file = path.join(__dirname, "..", "..", "vectors", "curio-mk20-swagger.json");
const { definitions, paths } = JSON.parse(readFileSync(file, "utf8")) as {
  definitions: Record<string, Definition>;
  paths: Record<string, Record<string, Described>>;
};

/** Pages for people. */
const PAGES = ["/info/", "/info/swagger.json", "/info/swagger.yaml"];

/** Our failures for each enumeration of codes. */
const CODES: Record<string, Mk20Failures> = {
  "mk20.DealCode": DEAL_FAILURES,
  "mk20.UploadCode": UPLOAD_FAILURES,
  "mk20.UploadStartCode": UPLOAD_START_FAILURES,
  "mk20.UploadStatusCode": UPLOAD_STATUS_FAILURES,
};

/** Our schema for each object of the wire. */
const OBJECTS: Record<string, z.ZodObject> = {
  "mk20.Deal": wire.mk20Additions,
  "mk20.Products": wire.products,
  "mk20.DDOV1": wire.ddoV1,
  "mk20.RetrievalV1": wire.retrievalV1,
  "mk20.PDPV1": wire.pdpV1,
  "mk20.DataSource": wire.dataSource,
  "mk20.DataSourceHTTP": wire.sourceHttp,
  "mk20.DataSourceAggregate": wire.sourceAggregate,
  "mk20.HttpUrl": wire.httpUrl,
  "mk20.PieceDataFormat": wire.pieceDataFormat,
  "mk20.FormatAggregate": wire.formatAggregate,
  "mk20.DealProductStatusResponse": wire.mk20Status.omit({ f05: true }),
  "mk20.DealStatusResponse": wire.mk20Status.shape.ddo_v1,
  "mk20.StartUpload": wire.startUpload,
  "mk20.UploadStatus": wire.uploadStatus,
  "mk20.SupportedContracts": wire.supportedContracts,
  "mk20.SupportedDataSources": wire.supportedSources,
  "mk20.SupportedProducts": wire.supportedProducts,
};

/** Fields that the description calls lists of integers: Go writes bytes as base64. */
const BASE64: Record<string, Record<string, string>> = {
  "mk20.DDOV1": { notification_payload: "string" },
  "mk20.PDPV1": { extra_data: "string" },
};

const nameOf = (schema: Schema): string | undefined =>
  (schema.$ref ?? schema.allOf?.[0]?.$ref)?.replace("#/definitions/", "");

/** The JSON type of a described field. */
function typeOf(schema: Schema): string {
  const name = nameOf(schema);
  if (name === undefined) return schema.type!;
  // An address is an object in Go and a string in JSON.
  if (name === "address.Address") return "string";
  return definitions[name]!.type!;
}

/** The JSON types that our schema takes for a field, null aside. */
function ourTypes(shape: z.ZodType): string[] {
  type Shown = { type?: string; const?: unknown; anyOf?: Shown[] };
  const shown = z.toJSONSchema(shape, { io: "input", unrepresentable: "any" }) as Shown;
  return [shown, ...(shown.anyOf ?? [])]
    .map((one) => (Number.isInteger(one.const) ? "integer" : one.type))
    .filter((type): type is string => type !== undefined && type !== "null");
}

describe("mk20Wire, against Curio's OpenAPI description", () => {
  const operations = Object.entries(MK20_OPERATIONS) as [string, Mk20Operation][];
  const described = Object.entries(paths)
    .filter(([place]) => !PAGES.includes(place))
    .flatMap(([place, methods]) => Object.entries(methods).map(([method, what]) => ({ place, method, what })));

  it("has one operation for each path and method, and none besides", () => {
    const ours = operations.map(([, { method, path: place }]) => `${method} ${place}`);
    expect(ours.sort()).to.deep.equal(described.map(({ method, place }) => `${method.toUpperCase()} ${place}`).sort());
    for (const page of PAGES) expect(paths[page]!["get"]!.responses).to.deep.equal({});
  });

  for (const { place, method, what } of described) {
    describe(`${method.toUpperCase()} ${place}`, () => {
      const operation = operations.find(
        ([, one]) => one.path === place && one.method === method.toUpperCase(),
      )?.[1] as Mk20Operation;

      for (const [status, { schema }] of Object.entries(what.responses)) {
        if (status === "200") continue;
        it(`names ${status} as Curio does`, () => {
          const { name, retryable } = failureOf(operation, Number(status));
          const coded = nameOf(schema!);
          if (coded === undefined) {
            expect(schema!.type).to.equal("string");
            expect(name).not.to.match(/^HTTP\d/);
          } else expect(name).to.equal(nameInCurio(coded, Number(status)));
          expect(retryable).to.equal(["429", "500", "503"].includes(status));
        });
      }

      it("takes the parameters and gives the answer that are described", () => {
        const inPath = (what.parameters ?? []).filter((one) => one.in === "path").map((one) => `{${one.name}}`);
        expect(place.match(/\{\w+\}/g) ?? []).to.deep.equal(inPath);
        const body = what.parameters?.find((one) => one.in === "body")?.schema;
        if (what.consumes?.[0] === "application/json") expect(OBJECTS).to.have.property(nameOf(body!)!);
        else if (what.consumes?.[0] === "application/octet-stream") expect(body!.type).to.equal("array");
        else expect(body).to.equal(undefined);
        const answer = nameOf(what.responses["200"]!.schema!)!;
        expect({ ...OBJECTS, ...CODES }).to.have.property(answer);
      });
    });
  }

  for (const [coded, failures] of Object.entries(CODES)) {
    it(`knows every code of ${coded}, and no other`, () => {
      const { enum: codes, "x-enum-varnames": names } = definitions[coded]!;
      const expected = codes!.map((code, i) => [String(code), names![i]]).filter(([code]) => code !== "200");
      const ours = Object.entries(failures).map(([code, { name }]) => [code, name]);
      expect(Object.fromEntries(ours)).to.deep.equal(Object.fromEntries(expected));
    });
  }

  it("leaves out no object that has fields", () => {
    const withFields = Object.entries(definitions).filter(([, { properties }]) => properties !== undefined);
    expect(withFields.map(([name]) => name).sort()).to.deep.equal(Object.keys(OBJECTS).sort());
  });

  for (const [name, shape] of Object.entries(OBJECTS)) {
    it(`has the fields of ${name}, with their types`, () => {
      const properties = definitions[name]!.properties!;
      expect(Object.keys(shape.shape).sort()).to.deep.equal(Object.keys(properties).sort());
      for (const [field, schema] of Object.entries(properties)) {
        const expected = BASE64[name]?.[field] ?? typeOf(schema);
        expect(ourTypes(shape.shape[field] as z.ZodType), field).to.deep.equal([expected]);
      }
    });
  }

  it("knows every state of a deal and every kind of aggregate but none", () => {
    expect([...wire.DEAL_STATES].sort()).to.deep.equal([...definitions["mk20.DealState"]!.enum!].sort());
    expect(definitions["mk20.AggregateType"]!.enum).to.deep.equal([0, 1]);
  });

  it("reads a status with and without the deal on chain", () => {
    const ddo_v1 = { status: "sealing", errorMsg: "" };
    expect(wire.mk20Status.parse({ ddo_v1 })).to.deep.equal({ ddo_v1 });
    expect(wire.mk20Status.parse({ ddo_v1, f05: { dealId: 0 } }).f05).to.deep.equal({ dealId: 0 });
    expect(wire.mk20Status.safeParse({ ddo_v1: { status: "asleep" } }).success).to.equal(false);
  });

  it("reads an empty list as Go writes it", () => {
    expect(wire.supportedContracts.parse({ contracts: null })).to.deep.equal({ contracts: [] });
    const counts = { total_chunks: 1, uploaded: 0, missing: 1 };
    expect(wire.uploadStatus.parse({ ...counts, uploaded_chunks: null, missing_chunks: [1] })).to.deep.equal({
      ...counts,
      uploaded_chunks: [],
      missing_chunks: [1],
    });
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
    expect(wire.mk20Deal.parse(body)).to.deep.equal(body);
    expect(wire.mk20Deal.safeParse({ ...body, identifier: "not a ulid" }).success).to.equal(false);
    expect(wire.mk20Deal.safeParse({ ...body, products: {} }).success).to.equal(false);
    expect(wire.mk20Additions.safeParse({ ...body, data: undefined, products: {} }).success).to.equal(true);
  });

  it("knows answers that no table has by what they are in HTTP", () => {
    expect(failureOf({ failures: {} }, 504)).to.deep.equal({ name: "GatewayTimeout", retryable: true });
    expect(failureOf({ failures: {} }, 599)).to.deep.equal({ name: "HTTP599", retryable: true });
    expect(failureOf({ failures: {} }, 418)).to.deep.equal({ name: "HTTP418", retryable: false });
  });
});

function nameInCurio(coded: string, status: number): string {
  const { enum: codes, "x-enum-varnames": names } = definitions[coded]!;
  return names![codes!.indexOf(status)]!;
}

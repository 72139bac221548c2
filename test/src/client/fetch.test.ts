import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { zeroPadValue } from "ethers";

import { type JsonRpc, RpcError } from "../../../src/filecoin/rpc";
import { encodeManifest } from "../../../src/data/manifest";
import { FetchTargetError, locate } from "../../../src/client/fetch/locate";
import { fetchDeal, type FetchOptions } from "../../../src/client/fetch/fetch";
import { ShardsUnavailableError } from "../../../src/client/fetch/gather";
import { ShardRootsError } from "../../../src/client/fetch/shardRoots";
import { ProviderDirectory } from "../../../src/providers/directory";
import { readManifest } from "../../../src/data/shardFiles";
import { HeldDeal } from "../../support/heldDeal";
import { exampleBid, exampleData, hex } from "../../support/repairMarket";
import { failureOf } from "../../support/shardFolder";

describe("fetchDeal", () => {
  let held: HeldDeal;
  before(async () => {
    held = await HeldDeal.make(3, 5, 20_000);
    await held.place();
  });
  after(() => held.close());

  let runs = 0;
  let out: string;
  beforeEach(() => void (out = held.file(`out-${++runs}`)));

  const fetching = (options: Partial<FetchOptions> = {}) =>
    fetchDeal({
      ...{ rpc: held.rpc, reader: held.reader, directory: new ProviderDirectory(held.directoryFile) },
      ...{ target: String(held.dealId), out },
      ...options,
    });
  const expectPayload = () => expect(Buffer.compare(readFileSync(out), held.payload)).to.equal(0);
  const leftovers = () => readdirSync(held.folder).filter((name) => name.startsWith(`.out-${runs}`));

  it("brings the data back from its data shards, and leaves nothing else behind", async () => {
    const fetched = await fetching();
    expectPayload();
    expect(fetched).to.deep.include({ used: [0, 1, 2], rebuilt: [], failures: [], payloadBytes: 20_000n });
    expect(leftovers()).to.deep.equal([]);
  });

  it("finds the deal by its droot", async () => {
    const fetched = await fetching({ target: hex(held.manifest.root.root) });
    expect(fetched.dealId).to.equal(held.dealId);
    expectPayload();
  });

  it("one at a time is as good as all at once", async () => {
    await fetching({ parallel: 1 });
    expectPayload();
  });

  it("goes to parity when a provider has vanished, or serves other bytes", async () => {
    const [gone, liar] = [held.providers[0]!, held.providers[2]!];
    await gone.vanish();
    await liar.corrupt(held.manifest.shards[2]!);
    try {
      const { used, rebuilt, failures } = await fetching();
      expectPayload();
      expect([used, rebuilt]).to.deep.equal([
        [1, 3, 4],
        [0, 2],
      ]);
      const places = failures.map(({ shard, source }) => `${shard} ${source}`).sort();
      expect(places).to.deep.equal([`0 f0${gone.id}`, `2 f0${liar.id}`]);
      expect(failures.map(({ reason }) => reason)).to.include("the bytes are not those of the piece");
      expect(leftovers()).to.deep.equal([]);
    } finally {
      await liar.corrupt(held.manifest.shards[2]!);
      await gone.comeBack();
    }
  });

  it("gives a place up that stops sending, and goes on elsewhere", async () => {
    const slow = createServer((_request, response) => void response.writeHead(200).write("a few bytes"));
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const known = held.providers.map(({ id, url: own }, shard) => ({ id: String(id), url: shard === 1 ? url : own }));
    writeFileSync(held.file("slow.json"), JSON.stringify(known));
    try {
      const { used, failures } = await fetching({
        directory: new ProviderDirectory(held.file("slow.json")),
        stallMs: 200,
      });
      expectPayload();
      expect([used, failures.map(({ reason }) => reason)]).to.deep.equal([[0, 2, 3], ["it sent nothing for 0.2 s"]]);
    } finally {
      slow.closeAllConnections();
      await new Promise((resolve) => slow.close(resolve));
    }
  });

  it("asks the healthy first: a provider with a faulty sector is not asked when others have enough", async () => {
    const { provider, sector } = held.sealed[1]!;
    await held.world.filecoin.declareFault(provider, sector);
    try {
      const { used, failures } = await fetching();
      expectPayload();
      expect([used, failures]).to.deep.equal([[0, 2, 3], []]);
    } finally {
      await held.world.filecoin.recover(provider, sector);
    }
  });

  it("with too few shards says which failed where and why, keeps what it has, and goes on from there", async () => {
    held.writeDirectory([0, 1]);
    const error = (await failureOf(fetching())) as ShardsUnavailableError;
    expect(error).to.be.instanceOf(ShardsUnavailableError);
    expect([error.needed, error.good.sort()]).to.deep.equal([3, [0, 1]]);
    expect(error.failures.map(({ shard }) => shard).sort()).to.deep.equal([2, 3, 4]);
    expect(error.message).to.match(/shard 2, f0\d+: no URL of this provider is known/);
    expect(existsSync(out)).to.equal(false);
    held.writeDirectory();
    const gone = held.providers[0]!;
    await gone.vanish();
    try {
      expect((await fetching()).used).to.deep.equal([0, 1, 2]);
      expectPayload();
    } finally {
      await gone.comeBack();
    }
  });

  it("takes other gateways besides the providers", async () => {
    held.writeDirectory([]);
    try {
      const gateways = held.providers.slice(0, 3).map(({ url }) => url);
      const { used } = await fetching({ gateways });
      expectPayload();
      expect(used).to.deep.equal([0, 1, 2]);
    } finally {
      held.writeDirectory();
    }
  });

  it("needs no events when it has the manifest, and takes no other manifest", async () => {
    const pruned = noLogs(held.rpc);
    const error = await failureOf(fetching({ rpc: pruned }));
    expect(error).to.be.instanceOf(ShardRootsError);
    expect(error.message).to.include("--manifest");
    const file = held.file("manifest.cbor");
    writeFileSync(file, encodeManifest(held.manifest));
    await fetching({ rpc: pruned, manifest: readManifest(file) });
    expectPayload();
    const other = await exampleData(3, 5, 20_000, 2);
    expect((await failureOf(fetching({ manifest: other }))).message).to.include("belongs to other data");
  });

  it("believes no node that names other shards than droot has", async () => {
    const [first, second] = held.manifest.shards.map(({ root }) => hex(root));
    const swapped = logsWith(held.rpc, (data) => data.replace(first!.slice(2), second!.slice(2)));
    const error = await failureOf(fetching({ rpc: swapped }));
    expect(error).to.be.instanceOf(FetchTargetError);
    expect(error.message).to.include("do not make its droot");
  });

  it("refuses what is no deal, and what nobody holds", async () => {
    expect((await failureOf(fetching({ target: "x" }))).message).to.include("the droot of its data");
    expect((await failureOf(fetching({ target: zeroPadValue("0x01", 32) }))).message).to.include(
      "No deal of this market",
    );
    await held.world.addBid(exampleBid(held.manifest));
    const bidId = (await held.world.market.counts()).bids;
    expect((await failureOf(fetching({ target: String(bidId) }))).message).to.include("is not a deal yet");
  });

  it("takes the data of a deal that is still being placed, as soon as enough of it lies somewhere", async () => {
    const other = await HeldDeal.make(2, 4, 5_000);
    try {
      const options = { rpc: other.rpc, reader: other.reader, directory: new ProviderDirectory(other.directoryFile) };
      const fetchOther = () => fetchDeal({ ...options, target: String(other.dealId), out: other.file("out") });
      await other.place([3]);
      const error = (await failureOf(fetchOther())) as ShardsUnavailableError;
      expect(error.failures.map(({ reason }) => reason)).to.include("it has not been placed yet");
      await other.place([1]);
      const located = await locate(other.dealId, options);
      expect([located.manifest, [...located.roots.keys()].sort()]).to.deep.equal([undefined, [1, 3]]);
      await other.place([1, 3]);
      expect((await fetchOther()).used).to.deep.equal([1, 3]);
      expect(Buffer.compare(readFileSync(other.file("out")), other.payload)).to.equal(0);
    } finally {
      await other.close();
    }
  });
});

/** A node that has pruned its events. */
function noLogs(rpc: JsonRpc): JsonRpc {
  return {
    request(method, params, signal) {
      if (method === "eth_getLogs") throw new RpcError(method, 1, "lookbacks of more than 16h40m0s are disallowed");
      return rpc.request(method, params, signal);
    },
  };
}

function logsWith(rpc: JsonRpc, change: (data: string) => string): JsonRpc {
  return {
    async request<T>(method: string, params?: readonly unknown[]): Promise<T> {
      const answer = await rpc.request<T>(method, params);
      if (method !== "eth_getLogs") return answer;
      return (answer as { data: string }[]).map((log) => ({ ...log, data: change(log.data) })) as T;
    },
  };
}

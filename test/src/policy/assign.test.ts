import { expect } from "chai";

import { assignRequests, type AssignmentLimits, type Holding, type OpenRequest } from "../../../src/policy/assign";

describe("aggregator › assignRequests", () => {
  const limits: AssignmentLimits = { now: 1000n, renewableEpochs: 100n, maxPaddedBytes: 1n << 35n };
  const request = (requestId: bigint, piece = "p", paddedBytes = 1n << 20n): OpenRequest => ({
    requestId,
    piece,
    paddedBytes,
  });
  const live = (providerId: bigint, endEpoch: bigint, piece = "p"): Holding => ({
    providerId,
    piece,
    state: "live",
    endEpoch,
  });
  const chosen = (...args: Parameters<typeof assignRequests>) =>
    assignRequests(...args).batches.map(({ providerId, requests }) => [providerId, requests.map((r) => r.requestId)]);

  it("gives requests for one piece to different providers", () => {
    expect(chosen([request(1n), request(2n), request(3n)], [7n, 8n, 9n], [], limits)).to.deep.equal([
      [7n, [1n]],
      [8n, [2n]],
      [9n, [3n]],
    ]);
  });

  it("packs different pieces together when there are more of them than providers", () => {
    expect(chosen([request(1n, "a"), request(2n, "b"), request(3n, "c")], [7n, 8n], [], limits)).to.deep.equal([
      [7n, [1n, 3n]],
      [8n, [2n]],
    ]);
  });

  it("starts another aggregate when one is full", () => {
    const half = 1n << 34n;
    expect(chosen([request(1n, "a", half), request(2n, "b", half)], [7n], [], limits)).to.deep.equal([
      [7n, [1n]],
      [7n, [2n]],
    ]);
  });

  it("passes over providers that hold the piece, are about to, or failed it", () => {
    const holdings: Holding[] = [
      live(6n, 5000n),
      { providerId: 7n, piece: "p", state: "under way" },
      { providerId: 8n, piece: "p", state: "failed" },
    ];
    expect(chosen([request(1n)], [6n, 7n, 8n, 9n], holdings, limits)).to.deep.equal([[9n, [1n]]]);
  });

  it("does not hold one piece's failure against another piece", () => {
    const holdings: Holding[] = [{ providerId: 7n, piece: "q", state: "failed" }];
    expect(chosen([request(1n)], [7n], holdings, limits)).to.deep.equal([[7n, [1n]]]);
  });

  it("leaves a request that nobody may take", () => {
    const { batches, unassigned } = assignRequests([request(1n), request(2n)], [7n], [], limits);
    expect(batches).to.have.length(1);
    expect(unassigned.map(({ requestId }) => requestId)).to.deep.equal([2n]);
  });

  for (const [endEpoch, taken] of [
    [1100n, true],
    [1101n, false],
  ] as const) {
    it(`${taken ? "renews" : "does not renew"} in place a deal that ends at ${endEpoch}, the last resort`, () => {
      expect(chosen([request(1n)], [7n], [live(7n, endEpoch)], limits)).to.deep.equal(taken ? [[7n, [1n]]] : []);
    });
  }

  it("prefers a provider without the piece to one whose deal ends", () => {
    expect(chosen([request(1n)], [7n, 8n], [live(7n, 1001n)], limits)).to.deep.equal([[8n, [1n]]]);
  });

  it("does not renew in place where another deal goes on, or where the provider failed", () => {
    expect(chosen([request(1n)], [7n], [live(7n, 1001n), live(7n, 9000n)], limits)).to.deep.equal([]);
    const failed: Holding = { providerId: 7n, piece: "p", state: "failed" };
    expect(chosen([request(1n)], [7n], [live(7n, 1001n), failed], limits)).to.deep.equal([]);
  });
});

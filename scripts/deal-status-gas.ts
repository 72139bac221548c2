import { setStorageAt } from "@nomicfoundation/hardhat-network-helpers";
import hre, { ethers } from "hardhat";

import { paddedBytesOf } from "../src/data/piece";
import { ContractFinder, formatReport, priceCall, priceTransaction, reportOf, type Bill } from "../src/gas";
import {
  aggregateOf,
  activate,
  cidV1,
  cidV2,
  COMPLETE,
  examplePiece,
  listWhole,
  MARKET,
  request,
  requestRaaS,
  verifierData,
  type World,
  world,
} from "../test/support/dealStatus";

/** Deals on one piece, in the last measurements. */
const MANY = 1000;
const verbose = process.argv.includes("--verbose");
const finder = new ContractFinder(hre.artifacts);
const options = { layoutOf: finder.layoutsOn(hre.network.provider) };

async function show(what: string, bill: Bill): Promise<void> {
  const known = new Map();
  for (const { contract, label } of bill.items) {
    for (const address of [contract, label]) {
      if (address !== undefined && ethers.isAddress(address)) {
        known.set(address, await finder.at(hre.network.provider, address));
      }
    }
  }
  const report = reportOf(bill, what, (address) => known.get(address));
  if (verbose) console.log(formatReport(report));
  const groups = report.written
    .map((group) => `${(group.gas / 1e6).toFixed(1)} M ${group.slots.join(", ") || "(shared)"}`)
    .join("; ");
  console.log(`${what} | ${(bill.fvmGas / 1e6).toFixed(1)} M | ${bill.evmGas} | ${groups}`);
}

type Sent = { hash: string };
const sent = async (what: string, transaction: Promise<Sent>): Promise<void> =>
  show(what, await priceTransaction(hre.network.provider, (await transaction).hash, options));

async function completion(w: World, piece = examplePiece()) {
  const aggregate = await aggregateOf([piece, examplePiece()], 1n << 35n);
  const { dealId } = await activate(w, aggregate.piece);
  return { piece, dealId, proof: aggregate.members[0]!.proof };
}

async function main(): Promise<void> {
  const w = await world();
  const { dealStatus } = w;
  // The contract's first transactions pay for slots that never come again.
  await listWhole(w, examplePiece());

  await sent("submit, new piece", dealStatus["submit(bytes)"](cidV2(examplePiece())));
  const terms = [3n, 2880n, 28800n] as const;
  const raas = dealStatus["submitRaaS(bytes,uint256,uint256,uint256)"];
  const piece = examplePiece();
  await sent("submitRaaS, new piece", raas(cidV2(piece), ...terms));
  await sent("submitRaaS, known piece", raas(cidV2(piece), ...terms));
  await sent("updateTerms", dealStatus.updateTerms(await dealStatus.requestCount(), 2n, 0n, 0n));
  await sent("cancelRequest (RaaS)", dealStatus.cancelRequest(await dealStatus.requestCount()));

  const data = verifierData(piece);
  const first = await completion(w, piece);
  let id = (await dealStatus.requestCount()) - 1n;
  await sent("complete, 1st deal", dealStatus[COMPLETE](id, first.dealId, w.provider, first.proof, data));
  for (const n of [2, 3]) {
    const next = await completion(w, piece);
    id = await request(w, piece);
    await sent(`complete, deal ${n}`, dealStatus[COMPLETE](id, next.dealId, w.provider, next.proof, data));
  }
  const { address: to } = await hre.deployments.get("DealStatus");
  const view = async (what: string, call: { data: string }): Promise<void> =>
    show(what, await priceCall(hre.network.provider, { from: w.client.address, to, data: call.data }, options));
  await view("inspect, 1 piece × 3 deals", await dealStatus.inspect.populateTransaction([cidV2(piece)], 0n));
  await view("getFaultyDeals, 3 deals", await dealStatus.getFaultyDeals.populateTransaction(cidV2(piece), 0n, 100n));

  const pieces = [];
  for (let i = 0; i < 8; i++) {
    const each = examplePiece();
    for (let copy = 0; copy < 3; copy++) await listWhole(w, each);
    pieces.push(each);
  }
  await view(
    "inspect, 4 pieces × 3 deals",
    await dealStatus.inspect.populateTransaction(pieces.slice(4).map(cidV2), 0n),
  );
  await view("inspect, 8 pieces × 3 deals", await dealStatus.inspect.populateTransaction(pieces.map(cidV2), 0n));

  // As many deals as nobody wants to wait for: the count stands in bits 8 to 39 of the piece's second slot, and the
  // piece is the third.
  const slot = BigInt(ethers.keccak256(ethers.toBeHex(0, 32))) + 2n * 2n ** 32n + 1n;
  const packed = BigInt(await ethers.provider.getStorage(to, slot));
  const many = (packed & ~(0xffffffffn << 8n)) | (BigInt(MANY - 1) << 8n);
  await setStorageAt(to, slot, many);
  const last = await completion(w, piece);
  id = await requestRaaS(w, piece);
  await sent(`complete, deal ${MANY}`, dealStatus[COMPLETE](id, last.dealId, w.provider, last.proof, data));
  const { dealId, sector } = await listWhole(w, piece);
  await w.filecoin.terminate(w.provider, sector);
  const pruned = { dealId, providerId: w.provider, marketActorId: MARKET };
  await sent(`prune, of ${MANY + 1}`, dealStatus.prune(cidV2(piece), [pruned]));
  await sent("submit, v1", dealStatus["submit(bytes,uint64,bytes)"](cidV1(examplePiece()), paddedBytesOf(15), "0x"));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});

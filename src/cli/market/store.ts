import path from "node:path";

import { formatEther } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { dataFolderOf } from "../../hardhat/config";
import { type CommandContext, formatBytes, type Report, runTask } from "../command";
import { MANIFEST_FILE } from "../../data/encode";
import { totalAtto } from "../../protocol/repairMoney";
import { pause } from "../../service/pause";
import { lockFolder } from "../../store/lock";
import { type MarketArgs, MarketTaskError, type OpenMarket, openMarket } from "./open";
import { beginUpload, type UploadTerms, unfinishedUpload } from "../../client/upload/begin";
import { MarketChain } from "../../client/upload/chain";
import { MinerApi } from "../../client/upload/minerApi";
import { MinerUrls } from "../../protocol/minerUrls";
import type { UploadParts } from "../../client/upload/parts";
import { ACCEPTANCE_FILE, type UploadRecord, UploadRecords } from "../../client/upload/record";
import { cancelUpload, runUpload, type UploadResult } from "../../client/upload/run";

interface StoreArgs extends MarketArgs {
  file: string;
  data?: number;
  total?: number;
  epochs?: string;
  price?: string;
  maxPerProvider: number;
  minerUrl?: string;
  ask?: string;
  expiry: string;
  allow?: string;
  stores?: string;
  again: boolean;
  cancel: boolean;
}

const LIVE_POLL_MS = 5_000;
const LOCAL_POLL_MS = 250;
const RETRIES = 4;

/** `market store`: a client's whole side of a deal. */
export async function storeTask(hre: HardhatRuntimeEnvironment, args: StoreArgs): Promise<void> {
  const interrupted = "Interrupted. Progress is saved: run the same command again to continue.";
  await runTask((context) => storeCommand(hre, args, context), args.json, interrupted);
}

async function storeCommand(hre: HardhatRuntimeEnvironment, args: StoreArgs, context: CommandContext): Promise<Report> {
  const open = await openMarket(hre, args);
  const records = new UploadRecords(args.stores ?? path.join(dataFolderOf(hre.network.name), "stores"));
  const { market } = open.reader.addresses;
  const owner = { chainId: open.chainId, market, client: open.address };
  const parts = await partsOf(hre, open, records, args, context);
  const record = args.cancel
    ? unfinishedUpload(records, owner, args.file)
    : await beginUpload(records, owner, termsOf(args), { ...context, again: args.again, reader: open.reader });
  const lock = lockFolder(records.folderOf(record.id), "market store");
  try {
    if (args.cancel) return cancelled(await cancelUpload(parts, record));
    return summary(await runUpload(parts, record), records, hre.network.name);
  } finally {
    lock.release();
  }
}

async function partsOf(
  hre: HardhatRuntimeEnvironment,
  open: OpenMarket,
  records: UploadRecords,
  args: StoreArgs,
  { signal, onProgress }: CommandContext,
): Promise<UploadParts> {
  const { rpc, reader, signer, address, chainId } = open;
  const { market } = reader.addresses;
  return {
    ...{ reader, records, chainId, market, signal, onProgress },
    chain: new MarketChain(rpc, open.market, signer, address, chainId),
    urls: new MinerUrls(rpc, market, BigInt(open.deployedAt)),
    api: (url) => new MinerApi(url, signal),
    rules: await reader.rules(),
    choice: {
      askId: args.ask === undefined ? undefined : BigInt(args.ask),
      maxPriceAtto: args.price === undefined ? undefined : BigInt(args.price),
      minerUrl: args.minerUrl,
    },
    again: args.again,
    pollMs: hre.network.config.live === true ? LIVE_POLL_MS : LOCAL_POLL_MS,
    retries: RETRIES,
    sleep: pause,
    tell: args.json ? undefined : (line) => console.error(line),
  };
}

function termsOf({ file, data, total, epochs, maxPerProvider, expiry, allow }: StoreArgs): UploadTerms {
  if (data === undefined || total === undefined || epochs === undefined)
    throw new MarketTaskError(
      "Give the erasure code and the duration: --data K --total N --epochs E (2880 epochs a day).",
    );
  return {
    file,
    dataShards: data,
    totalShards: total,
    maxPerProvider,
    epochs: BigInt(epochs),
    expiryEpochs: BigInt(expiry),
    providers: allow === undefined ? [] : allow.split(",").map(BigInt),
  };
}

function cancelled({ bidId, id, depositAtto }: UploadRecord): Report {
  const paid =
    bidId === undefined
      ? "nothing had been paid"
      : `${formatEther(depositAtto ?? 0n)} FIL: pay it out with market withdraw`;
  return {
    rows: [
      ["cancelled", bidId === undefined ? `upload ${id}` : `bid ${bidId}`],
      ["the client's credit", paid],
    ],
    json: { id, bidId, cancelled: true, depositAtto },
  };
}

function summary({ record, order }: UploadResult, records: UploadRecords, network: string): Report {
  const folder = records.folderOf(record.id);
  const { bidId, acceptance } = record;
  const { dealPriceAtto, durationEpochs, progress, askId } = order;
  const total = totalAtto(dealPriceAtto, record.size, durationEpochs);
  const started = progress.start !== 0n;
  const endsBy = (started ? progress.start : progress.deadline) + durationEpochs;
  const hardhat = `npx hardhat --network ${network} market`;
  return {
    rows: [
      ["deal", String(bidId)],
      ["payload", formatBytes(record.fileBytes)],
      ["code", `any ${record.dataShards} of ${record.totalShards} shards restore it`],
      ["price", `${dealPriceAtto} attoFIL per GiB and epoch, ${formatEther(total)} FIL in all`],
      ["paid back", `${formatEther((record.depositAtto ?? total) - total)} FIL, as the client's credit`],
      started
        ? ["ends", `epoch ${endsBy}`]
        : ["begins", `with the first proof of all shards, by epoch ${progress.deadline}`],
      ...(started ? [] : [["ends", `by epoch ${endsBy}`] as [string, string]]),
      ["fetch it", `${hardhat} fetch ${bidId} --out FILE --manifest ${path.join(folder, MANIFEST_FILE)}`],
      ["watch it", `${hardhat} show ${bidId}`],
      ...(acceptance === undefined ? [] : [["the promise", path.join(folder, ACCEPTANCE_FILE)] as [string, string]]),
    ],
    json: {
      ...{ id: record.id, dealId: bidId, askId, droot: record.droot, priceAtto: dealPriceAtto, totalAtto: total },
      ...{ depositAtto: record.depositAtto, placeBy: progress.deadline, endsBy, folder, acceptance },
    },
  };
}

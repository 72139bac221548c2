import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import pino from "pino";

import { pieceKeyOf } from "../../src/data/pieceKey";
import { type KeeperOptions, type OpenKeeper, openKeeper } from "../../src/keeper/open";
import type { KeeperSettings } from "../../src/keeper/ports";
import type { NewJob } from "../../src/store/schema";
import { pieceOfKey } from "../../src/data/pieceKey";
import { ChainStandIn } from "./chainStandIn";

export const KEEPER_KEY = `0x${"11".repeat(32)}`;

export function temporaryFolder(): { folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), "raas-"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function examplePiece(number: number, height = 10): string {
  const root = Buffer.alloc(32);
  root.writeUInt32BE(number);
  return pieceKeyOf(root, height);
}

let jobs = 0;
export function exampleJob(overrides: Partial<NewJob> = {}): NewJob {
  const piece = overrides.piece ?? examplePiece(1);
  return {
    id: `job-${String(++jobs).padStart(6, "0")}`,
    piece,
    cid: pieceOfKey(piece).cid.toString(),
    replicationTarget: 2n,
    repairThreshold: 5_760n,
    renewThreshold: 2_880n,
    fetchLink: "http://127.0.0.1:1/given",
    requestId: null,
    state: "live",
    createdAt: "2026-01-01T00:00:00.000Z",
    ...overrides,
  };
}

export async function openTestKeeper(
  chain: ChainStandIn,
  folder: string,
  settings: Partial<KeeperSettings> = {},
  options: Partial<KeeperOptions> = {},
): Promise<OpenKeeper> {
  return openKeeper({
    rpc: chain,
    contract: chain.address,
    privateKey: KEEPER_KEY,
    dataFolder: folder,
    log: pino({ level: "silent" }),
    settings: { confirmMs: 0, readTag: "latest", requestTimeoutEpochs: 1_000n, ...settings },
    holder: "test",
    ...options,
  });
}

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A recorded answer: what an actor returned with exit code 0, or its exit code. Hex without 0x. */
export interface Recorded {
  ret?: string;
  exit?: number;
}

export interface MarketSnapshot {
  state: string;
  epoch: number;
  answers: Record<string, Record<string, Recorded>>;
}

export interface SectorAnswers {
  generate: Recorded;
  expiration: Recorded;
  /** Rows of location name, location hex, and the answer for status 0, 1, 2, 3: a boolean or an exit code. */
  validate: [string, string, ...(boolean | number)[]][];
}

export interface SectorSnapshot {
  state: string;
  epoch: number;
  answers: Record<string, SectorAnswers>;
}

export interface RecordedActors {
  market: {
    deals: Record<string, RecordedDeal>;
    snapshots: MarketSnapshot[];
    malformed: (Recorded & { why: string })[];
  };
  sectors: { snapshots: SectorSnapshot[] };
  power: { answers: Record<string, Recorded & { id: number }>; malformed: Recorded[] };
  precompiles: { cases: Record<string, { to: string; data: string; result: { ok: boolean; out: string } }> };
}

export interface RecordedDeal {
  id: number;
  pieceCid: string;
  paddedSize: number;
  start: number;
  end: number;
  pricePerEpoch: string;
}

/** What the built-in actors answered, call by call. */
export function recordedActors(): RecordedActors {
  return JSON.parse(readFileSync(join(__dirname, "../vectors/actors-v18.json"), "utf8"));
}

/** What a benchmark gives back: one table for people, rows for programs. */
export interface BenchResult {
  /** The table's heading, and what was measured on. */
  title: string;
  /** In the order to be printed; every row has the same keys. */
  rows: Record<string, string | number>[];
  /** Lines beneath the table: what a figure leaves out, which target was missed. */
  notes?: string[];
  /** Anything else that belongs into the JSON. */
  details?: unknown;
  /** Set by a check that failed; the run then exits 1. */
  failed?: boolean;
}

/** `bench/<NAME>/index.ts` exports one as `bench`. */
export type Bench = (args: string[]) => Promise<BenchResult>;

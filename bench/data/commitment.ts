import { appendFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { commitFile } from "../../src/data/commitFile";
import { encodeFile } from "../../src/data/encode";
import { Kernels } from "../../src/data/kernels";
import { hasNativeHasher, LeafHasher } from "../../src/data/leafHasher";
import { PieceHasher } from "../../src/data/piece";
import { readManifest, shardFilesIn } from "../../src/data/shardFiles";
import { verifyShards } from "../../src/data/verify";
import { wasmPieceMultihash } from "./contenders";
import { against, fastest, type Measured, MIB, type Timing } from "./timing";

const PAYLOAD = 127 * MIB;
/** Files are larger, so that starting threads does not count, and in memory, so that the disk does not. */
const FILE = 4 * PAYLOAD;
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
const SMALL = 127 * (1 << 16);

/** Piece commitments in memory and of files, and a file to shards, commitments and droot. */
export async function benchCommitments(rounds: number): Promise<Measured[]> {
  const payload = new Uint8Array(PAYLOAD).map((_, i) => i ^ (i >> 8));
  const small = payload.subarray(0, SMALL);
  const { Piece } = await import("@web3-storage/data-segment");
  const wasm = await wasmPieceMultihash();
  const fallback = fallbackHasher(small);
  const folder = mkdtempSync(join(FOLDER, "raas-bench-"));
  try {
    const path = join(folder, "payload");
    for (let at = 0; at < FILE; at += PAYLOAD) appendFileSync(path, payload);
    const seconds = await fastest(rounds, {
      ours: () => new PieceHasher().write(payload).finish(),
      portable: () => Piece.fromPayload(small),
      wasm: wasm && (() => wasm.create().write(small)),
      fallback,
    });
    const files = await fastest(Math.min(3, rounds), {
      one: () => commitFile(path, { threads: 1 }),
      two: () => commitFile(path, { threads: 2 }),
    });
    const speed = (name: keyof typeof seconds, bytes = PAYLOAD): number | undefined =>
      seconds[name] && bytes / MIB / seconds[name].processorSeconds;
    const fileSpeed = (name: "one" | "two"): number => FILE / MIB / files[name].wallSeconds;
    const native = hasNativeHasher ? "native hasher" : "WASM hasher";

    // The same threads for both: shards and their commitments against the commitments of those shards alone.
    const whole = async (threads: number): Promise<Measured> => {
      const out = join(folder, `shards-${threads}`);
      const times = await fastest(Math.min(3, rounds), {
        encode: () => encodeFile(path, out, { dataShards: 10, totalShards: 14 }, { threads }),
        commit: () => verifyShards(shardFilesIn(out), readManifest(out), { threads }),
        clear: () => rmSync(out, { recursive: true }),
      });
      const perSecond = ({ processorSeconds }: Timing): number => FILE / MIB / processorSeconds;
      const label = `file → shards + commitments + droot, 10+4, ${threads || "no"} worker threads`;
      return against(label, perSecond(times.encode), "commitments alone", perSecond(times.commit), "≥ 0.7");
    };
    return [
      against(`commitment, one thread, ${native}`, speed("ours")!, "data-segment", speed("portable", SMALL), "≥ 75"),
      against(`commitment, one thread, ${native}`, speed("ours")!, "multihash (Rust in WASM)", speed("wasm", SMALL)),
      against(
        "commitment, one thread, WASM fallback",
        speed("fallback", SMALL)!,
        "data-segment",
        speed("portable", SMALL),
      ),
      against(
        "commitment of a file of 508 MiB, two worker threads",
        fileSpeed("two"),
        "one thread",
        fileSpeed("one"),
        "≥ 1.8",
      ),
      against(
        "the same by processor time: 1 is no loss to the second thread",
        FILE / MIB / files.two.processorSeconds,
        "one thread",
        FILE / MIB / files.one.processorSeconds,
      ),
      await whole(0),
      await whole(2),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Padding and hashing by the kernels alone, as where the native hasher has no binary. */
function fallbackHasher(payload: Uint8Array): () => void {
  const quads = 4096;
  const kernels = new Kernels([quads * 127, LeafHasher.area(quads)]);
  const at = kernels.take(quads * 127);
  const hasher = new LeafHasher(kernels, quads, null);
  return () => {
    for (let from = 0; from < payload.length; from += quads * 127) {
      kernels.view(at, quads * 127).set(payload.subarray(from, from + quads * 127));
      hasher.rootOf(at, quads);
    }
  };
}

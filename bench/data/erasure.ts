import { combineShards, ErasureCode, tableBytesOf, writeTables } from "../../src/data/erasureCode";
import { hasRelaxedSimd, Kernels } from "../../src/data/kernels";
import { isalSpeeds, portableCode } from "./contenders";
import { against, fastest, type Measured, MIB } from "./timing";

const SHARD_BYTES = 8 * MIB;

/** Encoding, and rebuilding as many data shards as there is parity, on one thread. Speeds count data shards. */
export async function benchErasure(rounds: number): Promise<Measured[]> {
  const rows: Measured[] = [];
  for (const [k, n] of [
    [10, 14],
    [20, 30],
  ] as const) {
    const m = n - k;
    const code = new ErasureCode(k, n);
    const shards = Array.from({ length: n }, (_, i) => new Uint8Array(SHARD_BYTES).fill(i + 1));
    const parityRows = Array.from({ length: m }, (_, i) => code.row(k + i));
    const given = Array.from({ length: k }, (_, i) => m + i);
    const lost = Array.from({ length: m }, (_, i) => i);
    const resident = residentCode(k, m);
    const peer = portableCode();
    const available = Array.from({ length: n }, (_, i) => i >= m);
    const flat = new Uint8Array(n * SHARD_BYTES);
    shards.forEach((shard, i) => flat.set(shard, i * SHARD_BYTES));

    const seconds = await fastest(rounds, {
      encode: () => combineShards(parityRows, shards.slice(0, k), shards.slice(k)),
      rebuild: () => combineShards(code.rows(given, lost), shards.slice(m), shards.slice(0, m)),
      resident: () => resident(parityRows),
      peerEncode: peer && (() => peer.encode(flat, k, m)),
      peerRebuild: peer && (() => peer.reconstruct(flat, k, m, available)),
    });
    const speed = (name: keyof typeof seconds): number | undefined =>
      seconds[name] && (k * SHARD_BYTES) / MIB / seconds[name].processorSeconds;
    const isal = isalSpeeds(k, n, SHARD_BYTES, rounds);

    const simd = hasRelaxedSimd() ? "relaxed SIMD" : "SIMD";
    const label = `${k}+${m}, 8 MiB shards, ${simd}`;
    rows.push(
      against(`encode ${label}`, speed("encode")!, "portable npm", speed("peerEncode"), "≥ 6"),
      against(`encode ${label}`, speed("encode")!, "ISA-L", isal?.[0], "≥ 0.3"),
      against(`rebuild ${label}`, speed("rebuild")!, "portable npm", speed("peerRebuild"), "≥ 6"),
      against(`rebuild ${label}`, speed("rebuild")!, "ISA-L", isal?.[1], "≥ 0.3"),
      against(`encode ${label}, read into place as files are`, speed("resident")!, "ISA-L", isal?.[0], "≥ 0.3"),
    );
  }
  return rows;
}

/** The kernel on shards that were read into its memory, block by block, as the file engine does it. */
function residentCode(k: number, m: number): (matrix: Uint8Array[]) => void {
  const block = 1 << 16;
  const tableBytes = tableBytesOf(m, k);
  const kernels = new Kernels([tableBytes, 4 * k, 4 * m, ...Array.from({ length: k + m }, () => block)]);
  const [tables, sources, targets] = [kernels.take(tableBytes), kernels.take(4 * k), kernels.take(4 * m)];
  const areas = Array.from({ length: k + m }, () => kernels.take(block));
  kernels.writeAddresses(sources, areas.slice(0, k));
  kernels.writeAddresses(targets, areas.slice(k));
  return (matrix) => {
    writeTables(kernels, tables, matrix);
    for (let at = 0; at < SHARD_BYTES; at += block) kernels.run.combine(sources, k, tables, targets, m, block);
  };
}

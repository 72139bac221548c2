import { type Mk20Client, Mk20Error } from "./mk20";
import type { Mk20Additions, Mk20UploadStatus } from "./mk20Wire";
import type { UploadSource } from "./uploadSource";

export interface ChunkOptions {
  /** A power of two within what the provider allows; Curio's own least is 16 MiB. */
  chunkBytes?: number;
  /** Chunks under way at the same time. */
  parallel?: number;
  /** Completes the deal when the bytes are there. */
  additions?: Mk20Additions;
}

const CHUNK_BYTES = 16 << 20;
const PARALLEL = 2;

/** Sends a payload in chunks, each streamed. An upload that was begun goes on where it was left: after an error that is
 *  retryable, the same call again sends what is missing. */
export async function uploadInChunks(
  client: Mk20Client,
  identifier: string,
  source: UploadSource,
  { chunkBytes = CHUNK_BYTES, parallel = PARALLEL, additions }: ChunkOptions = {},
): Promise<void> {
  const upload = await begun(client, identifier, source.bytes, chunkBytes);
  if (upload === "over") return;
  const { first, missing } = upload;
  const size = BigInt(chunkBytes);
  const left = [...missing];
  const sendNext = async (): Promise<void> => {
    for (let chunk = left.shift(); chunk !== undefined; chunk = left.shift()) {
      const from = BigInt(chunk - first) * size;
      const to = from + size < source.bytes ? from + size : source.bytes;
      await client.uploadChunk(identifier, chunk, source, from, to - 1n);
    }
  };
  const lanes = Array.from({ length: Math.min(parallel, left.length) }, () =>
    sendNext().catch((error: unknown) => {
      left.length = 0;
      throw error;
    }),
  );
  // All of them, so that nothing is under way when this fails.
  const failed = (await Promise.allSettled(lanes)).find((lane) => lane.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  await client.finishChunks(identifier, additions);
}

/** The upload as the provider knows it, started if it was not. The answer to its last request may have been lost: then it is over. */
async function begun(
  client: Mk20Client,
  identifier: string,
  payloadBytes: bigint,
  chunkBytes: number,
): Promise<{ first: number; missing: number[] } | "over"> {
  let status: Mk20UploadStatus | undefined;
  try {
    status = await client.chunkStatus(identifier);
  } catch (error) {
    if (await isOver(client, identifier, error)) return "over";
    throw error;
  }
  if (status === undefined) {
    await client.startChunks(identifier, payloadBytes, chunkBytes);
    status = await client.chunkStatus(identifier);
  }
  const chunks = [...(status?.missing_chunks ?? []), ...(status?.uploaded_chunks ?? [])];
  const wanted = Number((payloadBytes + BigInt(chunkBytes) - 1n) / BigInt(chunkBytes));
  if (status === undefined || chunks.length !== wanted)
    throw new Mk20Error(
      `${client.url} waits for ${chunks.length} chunks of ${identifier}, not ${wanted}: it was started with other sizes`,
      "Unintelligible",
      false,
    );
  return { first: chunks.reduce((least, chunk) => Math.min(least, chunk)), missing: status.missing_chunks };
}

/** True when the provider waits for no upload of the deal and works on it: then it has all the bytes. */
async function isOver(client: Mk20Client, identifier: string, error: unknown): Promise<boolean> {
  if (!(error instanceof Mk20Error) || error.code !== "UploadStatusCodeDealNotFound") return false;
  const state = (await client.dealStatus(identifier))?.ddo_v1.status;
  return state !== undefined && ["processing", "sealing", "indexing", "complete"].includes(state);
}

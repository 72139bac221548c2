import { MinerUnreachableError } from "./minerApi";
import type { UploadParts } from "./parts";

/** Tries again when the miner did not answer, each time a little later. */
export async function retried<T>(
  { retries, pollMs, sleep, signal }: Pick<UploadParts, "retries" | "pollMs" | "sleep" | "signal">,
  work: () => Promise<T>,
): Promise<T> {
  for (let failed = 0; ; failed++) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof MinerUnreachableError) || failed >= retries) throw error;
      signal?.throwIfAborted();
      await sleep(pollMs * 2 ** failed, signal);
    }
  }
}

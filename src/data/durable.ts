import { open } from "node:fs/promises";

/** Makes a file's bytes, or a folder's entries, survive a power cut. */
export async function flush(name: string): Promise<void> {
  const handle = await open(name, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

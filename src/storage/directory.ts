import { readFile, stat } from "node:fs/promises";

import { z } from "zod";

const entrySchema = z.array(
  z.object({ id: z.string().regex(/^\d+$/, "a provider's actor id in digits"), url: z.url() }),
);

export class DirectoryError extends Error {
  override readonly name = "DirectoryError";
}

/** Base URLs of storage providers by actor id, from a JSON file: `[{ "id": "1003", "url": "https://…" }]`. */
export class ProviderDirectory {
  private urls = new Map<bigint, string>();
  private readAt = -1;

  constructor(private readonly file?: string) {}

  async urlOf(providerId: bigint): Promise<string | undefined> {
    await this.refresh();
    return this.urls.get(providerId);
  }

  /** The provider's gateway for a piece: `GET /piece/{cid}`. */
  async pieceUrl(providerId: bigint, cid: string): Promise<string | undefined> {
    const url = await this.urlOf(providerId);
    return url === undefined ? undefined : `${url.replace(/\/$/, "")}/piece/${cid}`;
  }

  async all(): Promise<ReadonlyMap<bigint, string>> {
    await this.refresh();
    return this.urls;
  }

  /** Read again when it has changed; a file that is not there is an empty directory. */
  private async refresh(): Promise<void> {
    if (this.file === undefined) return;
    let modified: number;
    try {
      modified = (await stat(this.file)).mtimeMs;
    } catch (error) {
      if ((error as { code?: string }).code === "ENOENT") return;
      throw error;
    }
    if (modified === this.readAt) return;
    this.urls = parseDirectory(await readFile(this.file, "utf8"), this.file);
    this.readAt = modified;
  }
}

function parseDirectory(text: string, file: string): Map<bigint, string> {
  try {
    return new Map(entrySchema.parse(JSON.parse(text)).map(({ id, url }) => [BigInt(id), url]));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new DirectoryError(`${file} is no directory of providers ([{ "id": "1003", "url": "https://…" }]): ${why}`, {
      cause,
    });
  }
}

import { readFile, stat } from "node:fs/promises";

import { z } from "zod";

import type { ProviderOffer } from "../policy/providerChoice";

const entrySchema = z.array(
  z.object({
    id: z.string().regex(/^\d+$/, "a provider's actor id in digits"),
    url: z.url(),
    /** attoFIL per GiB and epoch. */
    priceAtto: z
      .string()
      .regex(/^\d{1,78}$/, "attoFIL in digits")
      .optional(),
  }),
);

/** The list of providers cannot be read; the message names the file and shows the form. */
export class DirectoryError extends Error {
  override readonly name = "DirectoryError";
}

/** Storage providers and their base URLs, from a JSON file: `[{ "id": "1003", "url": "https://…", "priceAtto": "0" }]`;
 *  the price (attoFIL per GiB and epoch) may be left out. */
export class ProviderDirectory {
  private known = new Map<bigint, ProviderOffer>();
  private readAt = -1;

  constructor(private readonly file?: string) {}

  async urlOf(providerId: bigint): Promise<string | undefined> {
    await this.refresh();
    return this.known.get(providerId)?.url;
  }

  /** The provider's gateway for a piece: `GET /piece/{cid}`. */
  async pieceUrl(providerId: bigint, cid: string): Promise<string | undefined> {
    const url = await this.urlOf(providerId);
    return url === undefined ? undefined : `${url.replace(/\/$/, "")}/piece/${cid}`;
  }

  /** All providers of the file, in its order, in the form that `chooseProviders` takes. */
  async offers(): Promise<ProviderOffer[]> {
    await this.refresh();
    return [...this.known.values()];
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
    this.known = parseDirectory(await readFile(this.file, "utf8"), this.file);
    this.readAt = modified;
  }
}

function parseDirectory(text: string, file: string): Map<bigint, ProviderOffer> {
  try {
    const entries = entrySchema.parse(JSON.parse(text)).map(({ id, url, priceAtto }) => ({
      id: BigInt(id),
      url,
      ...(priceAtto === undefined ? {} : { priceAtto: BigInt(priceAtto) }),
    }));
    return new Map(entries.map((entry) => [entry.id, entry]));
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new DirectoryError(`${file} is not a list of providers ([{ "id": "1003", "url": "https://…" }]): ${why}`, {
      cause,
    });
  }
}

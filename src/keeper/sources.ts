import type { HeldPieces } from "../store/pieces";
import type { ProviderDirectory } from "../providers/directory";
import { pieceOfKey } from "../data/pieceKey";
import type { Sources } from "../policy/source";
import type { ClassifiedDeal } from "../policy/deal";

/** Where the bytes of a piece can be fetched: this node, the gateways of its providers, the link of its job. */
export class FetchSources {
  constructor(
    private readonly held: Pick<HeldPieces, "get">,
    private readonly directory: ProviderDirectory,
    /** The node's own address as an aggregator reaches it; undefined while no node is running. */
    public ownUrl?: string,
  ) {}

  async of(piece: string, deals: readonly ClassifiedDeal[], given?: string | null): Promise<Sources> {
    const held = this.ownUrl === undefined ? undefined : await this.held.get(piece);
    const gateways = new Map<bigint, string>();
    for (const { deal } of deals) {
      const url = await this.directory.pieceUrl(deal.providerId, pieceOfKey(piece).cid.toString());
      if (url !== undefined) gateways.set(deal.providerId, url);
    }
    const own = held === undefined ? undefined : `${this.ownUrl}/piece/${held.cid}`;
    return { own, gateways, given: given ?? undefined };
  }
}

import { type Copy, copiesOf } from "./copies";
import type { LocalNetwork } from "./localNetwork";
import { retrieveSha256, storeFile, type StorageTerms, type StoredFile } from "./storedFile";

/** A step of the story did not have the expected result. */
export class StoryError extends Error {
  override readonly name = "StoryError";
}

export const STORY_TERMS: StorageTerms = { replicationTarget: 3, repairThreshold: 2880, renewThreshold: 14 * 2880 };

/** Epochs in which the network may answer what happened: pulling, sealing, completing, looking. */
const PATIENCE_EPOCHS = 60;
/** How close before a threshold the story looks, and how far past it it goes. */
const MARGIN_EPOCHS = 120n;
/** A fault shows at the sector's next deadline, once a day. */
const DAY_EPOCHS = 2880n;

/** Stores a file and lets everything happen that it must survive. The story itself lets time pass. */
export class Story {
  private constructor(
    private readonly network: LocalNetwork,
    readonly stored: StoredFile,
    private readonly print: (line: string) => void,
  ) {}

  static async begin(
    network: LocalNetwork,
    file: string,
    print: (line: string) => void,
    terms: StorageTerms = STORY_TERMS,
  ): Promise<Story> {
    return new Story(network, await storeFile(network.node.url, file, terms), print);
  }

  /** Everything, one after the other. */
  async tell(): Promise<void> {
    await this.replicate();
    await this.repairAfterFault();
    await this.repairAfterTermination();
    await this.renew();
  }

  async replicate(): Promise<void> {
    this.chapter(`Storing ${this.stored.file} (${this.stored.bytes} bytes) in ${this.target} copies`);
    await this.until("the copies are there", async () => (await this.healthy()).length === this.target);
    await this.expectRequests(BigInt(this.target));
    await this.expectSameBytes();
    // From here on whatever is retrieved comes from providers.
    await this.network.node.keeper.store.pieces.drop(this.stored.piece);
    await this.expectSameBytes();
  }

  async repairAfterFault(): Promise<void> {
    const copy = (await this.healthy())[0]!;
    const requests = await this.requests();
    this.chapter(`Provider f0${copy.providerId} stops proving deal ${copy.dealId}`);
    await this.providerOf(copy).fault(copy.sector);
    const since = await this.untilFaulty(copy);
    await this.expectSameBytes();

    await this.goTo(since + BigInt(this.stored.terms.repairThreshold) - MARGIN_EPOCHS);
    await this.expectRequests(requests, "a fault younger than the repair threshold is not acted on");
    await this.goTo(since + BigInt(this.stored.terms.repairThreshold) + MARGIN_EPOCHS);
    await this.until("the faulty copy is replaced", async () => (await this.healthy()).length === this.target);
    await this.expectRequests(requests + 1n);
    await this.expectSameBytes();
  }

  async repairAfterTermination(): Promise<void> {
    const copy = (await this.healthy())[0]!;
    const requests = await this.requests();
    this.chapter(`Provider f0${copy.providerId} terminates deal ${copy.dealId}`);
    await this.providerOf(copy).terminate(copy.sector);
    await this.expectSameBytes();
    await this.until("the terminated copy is replaced", async () => (await this.healthy()).length === this.target);
    await this.expectRequests(requests + 1n);
    await this.expectSameBytes();
  }

  async renew(): Promise<void> {
    const old = await this.healthy();
    const requests = await this.requests();
    const firstEnd = old.map(({ endEpoch }) => endEpoch).reduce((a, b) => (a < b ? a : b));
    const lastEnd = old.map(({ endEpoch }) => endEpoch).reduce((a, b) => (a > b ? a : b));
    const threshold = BigInt(this.stored.terms.renewThreshold);
    this.chapter(`The first of the deals ends at epoch ${firstEnd}`);
    await this.goTo(firstEnd - threshold - MARGIN_EPOCHS);
    await this.expectRequests(requests, "a deal further from its end than the renew threshold is left alone");

    await this.goTo(lastEnd - threshold + MARGIN_EPOCHS);
    await this.until("every deal is renewed", async () => {
      const healthy = await this.healthy();
      const renewed = healthy.filter((copy) => !old.some(({ dealId }) => dealId === copy.dealId));
      return renewed.length === this.target;
    });
    const renewedAt = await this.network.headEpoch();
    if (renewedAt >= firstEnd)
      throw new StoryError(`the deals were renewed at epoch ${renewedAt}, after the first end at epoch ${firstEnd}`);
    await this.expectRequests(requests + BigInt(this.target));
    await this.expectSameBytes();

    await this.goTo(lastEnd + MARGIN_EPOCHS);
    if ((await this.healthy()).length !== this.target)
      throw new StoryError("copies are missing after the old deals ended");
    await this.expectRequests(requests + BigInt(this.target));
    await this.expectSameBytes();
  }

  /** Healthy copies on distinct providers. */
  async healthy(): Promise<Copy[]> {
    const all = await this.copies();
    const healthy = all.filter(({ condition }) => condition === "healthy");
    return healthy.filter((copy, i) => healthy.findIndex(({ providerId }) => providerId === copy.providerId) === i);
  }

  private get target(): number {
    return this.stored.terms.replicationTarget;
  }

  private async copies(): Promise<Copy[]> {
    const { reader, rpc } = this.network;
    return copiesOf(this.stored.piece, reader, rpc, BigInt(this.stored.terms.renewThreshold));
  }

  private async requests(): Promise<bigint> {
    return this.network.requestCount();
  }

  private async expectRequests(expected: bigint, why = "no copy is asked for twice"): Promise<void> {
    const found = await this.requests();
    if (found !== expected) throw new StoryError(`${found} copies were requested, not ${expected}: ${why}`);
  }

  private async expectSameBytes(): Promise<void> {
    const { sha256, source } = await retrieveSha256(this.network.node.url, this.stored.cid);
    if (sha256 !== this.stored.sha256) throw new StoryError(`${source} gave different bytes: SHA-256 ${sha256}`);
    this.print(`${" ".repeat(15)}retrieved from ${source}: the same SHA-256 ${sha256.slice(0, 16)}…`);
  }

  private async goTo(epoch: bigint): Promise<void> {
    const now = await this.network.headEpoch();
    if (epoch > now) await this.network.skip(epoch - now);
    // Twice: what one does in the first round the others see in the second.
    for (let round = 0; round < 2; round++) await this.step();
  }

  private async untilFaulty(copy: Copy): Promise<bigint> {
    const deadline = (await this.network.headEpoch()) + DAY_EPOCHS + MARGIN_EPOCHS;
    for (let now = 0n; now < deadline; now = await this.network.headEpoch()) {
      const found = (await this.copies()).find(({ dealId }) => dealId === copy.dealId);
      if (found?.condition === "faulty") {
        await this.step();
        return now;
      }
      await this.network.skip(MARGIN_EPOCHS / 2n);
    }
    throw new StoryError(`sector ${copy.sector} did not become faulty within a day`);
  }

  private async until(what: string, done: () => Promise<boolean>): Promise<void> {
    for (let epoch = 0; epoch < PATIENCE_EPOCHS; epoch++) {
      await this.step();
      if (await done()) return;
      await this.network.skip(1n);
    }
    throw new StoryError(`after ${PATIENCE_EPOCHS} epochs this is still not true: ${what}`);
  }

  /** At no moment are there more copies than were asked for. */
  private async step(): Promise<void> {
    await this.network.step();
    const healthy = (await this.healthy()).length;
    if (healthy > this.target) throw new StoryError(`there are ${healthy} copies; ${this.target} were asked for`);
  }

  private providerOf(copy: Copy) {
    const provider = this.network.providers.find(({ id }) => id === copy.providerId);
    if (provider === undefined)
      throw new StoryError(`deal ${copy.dealId} is at provider f0${copy.providerId}, which is not on this network`);
    return provider;
  }

  private chapter(title: string): void {
    this.print(`\n── ${title}`);
  }
}

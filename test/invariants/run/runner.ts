import { Checkpoint } from "../../support/chain";
import { windDown } from "./windDown";
import { Counts } from "./counts";
import { Sequence, type SequenceOptions } from "./sequence";
import { buildScene, type Scene } from "../world/scene";
import { createMiner } from "../steps/offers";
import type { Intent } from "../steps/choose";
import { keyed } from "../world/actors";

/** A sequence that broke a rule, and all that led to it. */
export class SequenceFailed extends Error {
  constructor(stage: string, story: string, cause: unknown) {
    super(`${(cause as Error).message}\nin a market of ${stage} rules, after\n${story}`, { cause });
    this.name = "SequenceFailed";
  }
}

/** What the first miners have beyond what is due. */
const SPARE = [30n, 30n, 3n].map((fil) => fil * 10n ** 18n);

/** Runs sequences one after the other, each from the same beginning. */
export class Runner {
  private counts = new Counts();

  private constructor(
    private readonly scene: Scene,
    private readonly beginning: Checkpoint,
    private readonly options: SequenceOptions,
  ) {}

  static async open(options: SequenceOptions, rules?: string[]): Promise<Runner> {
    const scene = await buildScene(rules);
    return new Runner(scene, await Checkpoint.take(scene.chain.provider), options);
  }

  /** Counts from now on; what is returned gives them. */
  take(): () => Counts {
    const counts = new Counts();
    this.counts = counts;
    return () => counts;
  }

  /** `turn` chooses the market. */
  async run(turn: number, intents: Intent[]): Promise<void> {
    const { chain, stages, wallets } = this.scene;
    await this.beginning.restore();
    await chain.look();
    const stage = stages[turn % stages.length]!;
    const sequence = new Sequence(this.scene, stage, this.counts, this.options);
    try {
      for (const owner of [keyed("owner").address, wallets[1]!]) {
        const s = sequence.situation(turn);
        await sequence.make(createMiner(s, owner, true, s.dice.one(SPARE)), s.now);
      }
      for (const intent of intents) await sequence.take(intent);
      await windDown(sequence);
    } catch (error) {
      throw new SequenceFailed(stage.name, sequence.story, error);
    }
    this.counts.sequences++;
  }
}

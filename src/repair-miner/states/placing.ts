import type { LifeStage } from "../parts";
import { onChain } from "./onChain";

/** Every shard is brought to a provider, and the first proof of all begins the term. */
export const placing: LifeStage = onChain;

import type { LifeStage } from "../parts";
import { onChain } from "./onChain";

/** A shard is not held, or reported lost: it heals, or is rebuilt and placed anew. */
export const repairing: LifeStage = onChain;

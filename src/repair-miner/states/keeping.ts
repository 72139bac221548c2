import type { LifeStage } from "../parts";
import { onChain } from "./onChain";

/** All shards are held: proofs before each deadline, earnings, and renewal where a sector ends too early. */
export const keeping: LifeStage = onChain;

import type { LifeStage } from "../parts";
import { onChain } from "./onChain";

/** The term is over: the last proof, and the account is closed. */
export const settling: LifeStage = onChain;

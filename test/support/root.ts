import { eachFileOnItsOwnChain } from "./chain";
import { collectGarbageOnGrowth } from "./garbage";

/** Before the first test of a process. */
export function beginTests(root: Mocha.Suite): void {
  collectGarbageOnGrowth();
  eachFileOnItsOwnChain(root);
}

import { measuringCoverage } from "../../src/hardhat/config";
import { eachFileOnItsOwnChain } from "./chain";
import { collectGarbageOnGrowth } from "./garbage";

/** Before the first test of a process. */
export function beginTests(root: Mocha.Suite): void {
  // Coverage keeps what it measures: its process grows all the time, and there is little to collect.
  if (!measuringCoverage) collectGarbageOnGrowth();
  eachFileOnItsOwnChain(root);
}

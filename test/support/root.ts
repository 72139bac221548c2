import { measuringCoverage } from "../../src/hardhat/config";
import { eachFileOnItsOwnChain } from "./chain";
import { collectGarbageOnGrowth } from "./garbage";

/** Before the first test of a process. */
export function beginTests(root: Mocha.Suite): void {
  // A promise that nobody awaits rejects after its test has passed. Mocha's command line makes that a failure of the test
  // that is running; Mocha used as a library, as Hardhat does, keeps silent.
  process.on("unhandledRejection", (reason) => {
    throw reason;
  });
  // Coverage keeps what it measures: its process grows all the time, and there is little to collect.
  if (!measuringCoverage) collectGarbageOnGrowth();
  eachFileOnItsOwnChain(root);
}

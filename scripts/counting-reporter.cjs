// Mocha's spec reporter, with the totals once more as a line that a program can read.
const { Spec } = require("mocha").reporters;

module.exports = class CountingReporter extends Spec {
  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ""}`);
  }
};

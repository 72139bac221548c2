// Mocha's spec reporter, with the totals once more as a line that a program can read; or, for scripts/run-tests.ts, in the
// file that TEST_TOTALS names, with the time that each test file took and the memory of the process after it.
const { writeFileSync } = require("node:fs");
const { relative } = require("node:path");

const { Spec } = require("mocha").reporters;

module.exports = class CountingReporter extends Spec {
  constructor(runner, options) {
    super(runner, options);
    this.files = {};
    let begun = 0;
    const isFile = (suite) => suite.parent !== undefined && suite.parent.root;
    runner.on("suite", (suite) => {
      if (isFile(suite)) begun = Date.now();
    });
    runner.on("suite end", (suite) => {
      if (!isFile(suite)) return;
      const file = relative(process.cwd(), suite.file);
      const { milliseconds } = this.files[file] ?? { milliseconds: 0 };
      const megabytes = Math.round(process.memoryUsage.rss() / 2 ** 20);
      this.files[file] = { milliseconds: milliseconds + Date.now() - begun, megabytes };
    });
  }

  epilogue() {
    super.epilogue();
    const { passes, failures, pending } = this.stats;
    if (process.env.TEST_TOTALS === undefined) {
      console.log(`${passes} passed, ${failures} failed${pending > 0 ? `, ${pending} skipped` : ""}`);
    } else {
      writeFileSync(process.env.TEST_TOTALS, JSON.stringify({ passes, failures, pending, files: this.files }));
    }
  }
};

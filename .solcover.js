module.exports = {
  skipFiles: ["simulated", "test"],
  configureYulOptimizer: true,
  istanbulReporter: ["text", "json-summary", "lcov"],
};

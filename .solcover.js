const parse = require("solidity-coverage/lib/parse");

// Of a chain of calls, `f()(x)`, solidity-coverage forgets on the way inwards that the statement was registered already by
// what it stands in (a `return`), registers it again, and stops over text that is there twice.
const functionCall = parse.FunctionCall;
parse.FunctionCall = (contract, expression, skipStatementRegistry) =>
  expression.expression.type === "FunctionCall"
    ? parse.FunctionCall(contract, expression.expression, skipStatementRegistry)
    : functionCall(contract, expression, skipStatementRegistry);

module.exports = {
  skipFiles: ["simulated", "test"],
  configureYulOptimizer: true,
  istanbulReporter: ["text", "json-summary", "lcov"],
};

const API = require("solidity-coverage/lib/api");
const parse = require("solidity-coverage/lib/parse");

// Of a chain of calls, `f()(x)`, solidity-coverage forgets on the way inwards that the statement was registered already by
// what it stands in (a `return`), registers it again, and stops over text that is there twice.
const functionCall = parse.FunctionCall;
parse.FunctionCall = (contract, expression, skipStatementRegistry) =>
  expression.expression.type === "FunctionCall"
    ? parse.FunctionCall(contract, expression.expression, skipStatementRegistry)
    : functionCall(contract, expression, skipStatementRegistry);

// Each time the chain is emptied, solidity-coverage listens once more to the steps of the same virtual machine: after
// forty test files each step would be counted forty times, and take forty times as long.
const attach = API.prototype.attachToHardhatVM;
API.prototype.attachToHardhatVM = async function (provider) {
  await provider.init();
  let node = provider;
  while (node._wrapped) node = node._wrapped;
  node._node._vm.evm.events.removeAllListeners("step");
  await attach.call(this, provider);
};

module.exports = {
  skipFiles: ["simulated", "test"],
  configureYulOptimizer: true,
  istanbulReporter: ["text", "json-summary", "lcov"],
};

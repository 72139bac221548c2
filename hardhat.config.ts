import "@nomicfoundation/hardhat-toolbox";
import "hardhat-deploy";
import { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } from "hardhat/builtin-tasks/task-names";
import { subtask, type HardhatUserConfig } from "hardhat/config";

import { measuringCoverage, networks, namedAccounts, verification } from "./src/config";
import { npmSolcBuild } from "./src/compiler";
import "./tasks";

// The compiler comes from npm, so that a clean checkout compiles without a download.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD).setAction(
  async (args: { solcVersion: string }, _hre, runSuper) => npmSolcBuild(args.solcVersion) ?? runSuper(args),
);

const config: HardhatUserConfig = {
  solidity: {
    version: "0.8.30",
    settings: {
      evmVersion: "cancun",
      optimizer: { enabled: true, runs: 200 },
      viaIR: false,
      outputSelection: { "*": { "*": ["storageLayout"] } },
    },
  },
  defaultNetwork: "hardhat",
  networks,
  namedAccounts,
  ...verification,
  // Instrumented contracts must not be found by what runs next, or beside it.
  ...(measuringCoverage ? { paths: { artifacts: "cache/coverage/artifacts", cache: "cache/coverage/cache" } } : {}),
  typechain: { outDir: "typechain-types", target: "ethers-v6", dontOverrideCompile: measuringCoverage },
  mocha: {
    timeout: 120_000,
    reporter: "./scripts/counting-reporter.cjs",
    rootHooks: {
      // What tests need of the chain knows Hardhat, and Hardhat is not there before its configuration.
      beforeAll(this: Mocha.Context) {
        const { beginTests } = require("./test/support/root") as typeof import("./test/support/root");
        beginTests(this.test!.parent!);
      },
    },
  },
};

export default config;

import "@nomicfoundation/hardhat-toolbox";
import "hardhat-deploy";
import { TASK_TYPECHAIN, TASK_TYPECHAIN_GENERATE_TYPES } from "@typechain/hardhat/dist/constants";
import { TASK_COMPILE, TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } from "hardhat/builtin-tasks/task-names";
import { subtask, task, type HardhatUserConfig } from "hardhat/config";

import { measuringCoverage, networks, namedAccounts, verification } from "./src/hardhat/config";
import { npmSolcBuild } from "./src/hardhat/compiler";
import { generateTypings } from "./src/hardhat/typings";
import "./tasks";

// The compiler comes from npm, so that a clean checkout compiles without a download.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD).setAction(
  async (args: { solcVersion: string }, _hre, runSuper) => npmSolcBuild(args.solcVersion) ?? runSuper(args),
);

// Types of what is used, in place of all that was compiled.
subtask(TASK_TYPECHAIN_GENERATE_TYPES).setAction(
  async ({ compileSolOutput }: { compileSolOutput: { artifactsEmittedPerJob: unknown[] } }, hre) => {
    if (hre.config.typechain.dontOverrideCompile) return compileSolOutput;
    await generateTypings(hre, compileSolOutput.artifactsEmittedPerJob.length > 0);
    return compileSolOutput;
  },
);
task(TASK_TYPECHAIN).setAction(async (_, hre) => {
  await hre.run(TASK_COMPILE, { quiet: true });
  await generateTypings(hre, true);
});
task(TASK_COMPILE).setAction(async (args: { noTypechain: boolean }, { config }, runSuper) => {
  config.typechain.dontOverrideCompile ||= args.noTypechain;
  await runSuper(args);
});

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
    // `npm test` runs what is committed: an `.only` there leaves out the other tests of the process, and all is green.
    forbidOnly: process.env.TEST_TOTALS !== undefined,
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

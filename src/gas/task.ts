import { task } from "hardhat/config";

import type { GasArguments } from "./command";

task("gas", "Shows what Filecoin charges for a transaction, part by part, and what would make it cheaper")
  .addOptionalVariadicPositionalParam(
    "what",
    "A transaction hash; with --call: contract (NAME, 0x…, or NAME@0x…), function, arguments (arrays as JSON)",
    [],
  )
  .addFlag("call", "Price a call without sending it")
  .addOptionalParam(
    "slots",
    "Storage slots in use that each contract is assumed to have; 0: storage as it is (default 50000)",
  )
  .addOptionalParam("from", "With --call: the sender (default: the network's first account)")
  .addOptionalParam("value", "With --call: attoFIL sent along", "0")
  .addFlag("json", "Print JSON")
  .setAction(async (args: GasArguments, hre) => {
    const { gasCommand } = require("./command") as typeof import("./command");
    await gasCommand(args, hre);
  });

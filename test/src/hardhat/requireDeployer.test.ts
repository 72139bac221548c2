import { expect } from "chai";
import hre from "hardhat";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { requireDeployer } from "../../../src/hardhat/requireDeployer";

const DEPLOYER = "0x30b8C6F556E1C4f50c8D23Ed0ceF17BC70Ed5D3c";

/** A live network whose node answers just the two questions that are asked. */
function liveNetwork(keys: string[], balance: string): HardhatRuntimeEnvironment {
  const answers: Record<string, unknown> = { eth_accounts: [DEPLOYER], eth_getBalance: balance };
  const provider = { request: ({ method }: { method: string }) => Promise.resolve(answers[method]) };
  const config = { accounts: keys };
  return { network: { name: "calibration", live: true, config, provider } } as unknown as HardhatRuntimeEnvironment;
}

describe("requireDeployer", () => {
  it("says how to set a key when there is none", async () => {
    await expect(requireDeployer(liveNetwork([], "0x0"))).to.be.rejectedWith(
      'No key for network calibration. Set one with "npx hardhat vars set PRIVATE_KEY"',
    );
  });

  it("names the address that needs FIL", async () => {
    await expect(requireDeployer(liveNetwork(["0x01"], "0x0"))).to.be.rejectedWith(`${DEPLOYER} holds no FIL`);
  });

  it("accepts a funded key", async () => {
    await requireDeployer(liveNetwork(["0x01"], "0x1"));
  });

  it("asks nothing of a local network", async () => {
    await requireDeployer(hre);
  });
});

import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";
import hre from "hardhat";

import { keysOf } from "../../src/cli/local/accounts";
import { MarketScene } from "../../src/scenarios/marketScene";
import { MarketStory } from "../../src/scenarios/marketStory";
import { deployed } from "../support/chain";

const MIB = 1 << 20;

describe("e2e › the repair market's story", function () {
  this.timeout(600_000);

  it("keeps 20 MiB at 6 + 4 through the loss of four providers, pays in proportion, and slashes who stops", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "raas-story-"));
    const [file, neglected] = [path.join(folder, "file"), path.join(folder, "neglected")];
    await writeFile(file, randomBytes(20 * MIB));
    // Not much smaller: nobody slashes for less than the gas costs.
    await writeFile(neglected, randomBytes(MIB));
    const scene = await MarketScene.start({
      chain: {
        provider: hre.network.provider,
        keys: keysOf(hre.config.networks.hardhat.accounts, 8),
        deploy: () => deployed("RepairMarketLens"),
      },
      folder: path.join(folder, "scene"),
      providers: 14,
    });
    try {
      const lines: string[] = [];
      // The story stops with an error at the first step that does not come out as it must.
      const figures = await new MarketStory({
        scene,
        file,
        neglected,
        folder,
        print: (line) => lines.push(line),
      }).tell();
      expect(figures.shardsReplaced).to.equal(4);
      // Sectors of who vanished are faulty within a day; then the miner waits for them, but not as long as the market.
      const { repairWindow } = await scene.lens.parameters();
      expect(
        figures.repairEpochs > 0n && figures.repairEpochs < repairWindow + 2_880n,
        `${figures.repairEpochs}`,
      ).to.equal(true);
      expect(lines.filter((line) => line.includes("the same SHA-256"))).to.have.lengthOf(3);
    } finally {
      await scene.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

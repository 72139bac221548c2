import { expect } from "chai";
import type { FunctionFragment, Interface } from "ethers";
import { ethers } from "hardhat";

import { DealHealth__factory, DealStatus__factory, IDealStatus__factory } from "../../../typechain-types";
import { world } from "../../support/dealStatus";

describe("DealStatus", () => {
  describe("health", () => {
    const health = DealHealth__factory.createInterface();
    const status = DealStatus__factory.createInterface();
    const standard = IDealStatus__factory.createInterface();

    it("has every view that DealStatus passes on, with the same arguments and answers", () => {
      const passedOn = ["getActiveDeals", "getExpiringDeals", "getFaultyDeals", "inspect"];
      const full = (abi: Interface) =>
        abi.fragments
          .filter((fragment): fragment is FunctionFragment => fragment.type === "function")
          .filter(({ name }) => passedOn.includes(name))
          .map(
            (fragment) => `${fragment.format("sighash")}: ${fragment.outputs.map((o) => o.format("sighash")).join()}`,
          )
          .sort();
      expect(full(health)).to.have.length(6);
      expect(full(health)).to.deep.equal(full(standard));
      expect(full(health)).to.deep.equal(full(status));
      const names = (abi: Interface, name: string) => abi.getFunction(name)!.outputs.map((o) => o.format("full"));
      for (const name of ["getFaultyDeals", "inspect"])
        expect(names(status, name)).to.deep.equal(names(standard, name));
    });

    it("has views only, so that running it on the storage of DealStatus changes nothing", () => {
      for (const fragment of health.fragments) {
        if (fragment.type !== "function") continue;
        expect((fragment as FunctionFragment).stateMutability, fragment.format()).to.be.oneOf(["view", "pure"]);
      }
    });

    it("is made with DealStatus, and passes errors on as they are", async () => {
      const { dealStatus } = await world();
      expect(await ethers.provider.getCode(await dealStatus.health())).to.not.equal("0x");
      await expect(dealStatus.inspect(["0x1234"], 0n))
        .to.be.revertedWithCustomError(dealStatus, "PieceCid_Unsupported")
        .withArgs("0x1234");
    });
  });

  describe("interface", () => {
    it("has both ABIs of FRC-0087 and its first implementation", () => {
      const inclusion = "((uint64,bytes32[]),(uint64,bytes32[])),(bytes,uint64)";
      for (const signature of [
        "submit(bytes)",
        "submit(bytes,bytes)",
        "submitRaaS(bytes,uint256,uint256,uint256)",
        "submitRaaS(bytes,bytes,uint256,uint256,uint256)",
        `complete(uint256,uint64,uint64,${inclusion})`,
        `complete(uint256,uint64,uint64,uint64,${inclusion})`,
        "getAllCIDs()",
        "getAllCIDs(uint64,uint64)",
        "getAllDeals(bytes)",
        "getAllDeals(bytes,uint64,uint64)",
        "getActiveDeals(bytes)",
        "getExpiringDeals(bytes,uint64)",
      ]) {
        const { name } = (DealStatus__factory.createInterface() as Interface).getFunction(signature)!;
        expect(name, signature).to.equal(signature.split("(")[0]);
      }
    });
  });
});

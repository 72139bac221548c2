import { writeFileSync } from "node:fs";
import path from "node:path";

import { expect } from "chai";

import { dealStatusAbi } from "../../../src/protocol/dealStatus";
import { completeCall, ProofFileError, readProofFile, wholePieceProof } from "../../../src/keeper/proofFile";
import vector from "../../vectors/podsi-deal-180313.json";
import { examplePiece, temporaryFolder } from "../../support/keeper";

describe("keeper", () => {
  describe("proof file", () => {
    let folder: ReturnType<typeof temporaryFolder>;
    const write = (content: unknown): string => {
      const file = path.join(folder.folder, "proof.json");
      writeFileSync(file, JSON.stringify(content));
      return file;
    };
    beforeEach(() => {
      folder = temporaryFolder();
    });
    afterEach(() => folder.remove());

    it("reads an aggregator's answer, whose numbers are hex without a prefix", async () => {
      const proof = await readProofFile(write(vector), 180_313n);
      expect(proof.verifierData.sizePc).to.equal(0x200n);
      expect(proof.inclusionProof.proofSubtree.index).to.equal(0x3800n);
      const data = completeCall(1n, { marketActorId: 5n, dealId: 180_313n, providerId: 17_840n }, proof);
      const call = dealStatusAbi.parseTransaction({ data })!;
      expect(call.args[4].proofIndex.path).to.have.length(20);
      expect(call.args[5].commPc).to.equal(`0x${vector.dealInfo[0]!.proof.verifierData.commPc}`);
    });

    it("reads a single deal, and a bare proof with numbers", async () => {
      const [deal] = vector.dealInfo;
      expect((await readProofFile(write(deal), 180_313n)).verifierData.sizePc).to.equal(0x200n);
      const bare = { ...deal!.proof, verifierData: { ...deal!.proof.verifierData, sizePc: 512 } };
      expect((await readProofFile(write(bare), 1n)).verifierData.sizePc).to.equal(512n);
    });

    it("says which deals a file has, and what is wrong with one that has none", async () => {
      const other = await readProofFile(write(vector), 1n).catch((error: unknown) => error);
      expect(other).to.be.instanceOf(ProofFileError);
      expect((other as Error).message).to.contain("180313");
      const none = await readProofFile(write({ hello: 1 }), 1n).catch((error: unknown) => error);
      expect(none).to.be.instanceOf(ProofFileError);
    });

    it("needs no path for a deal that is the piece", () => {
      const proof = wholePieceProof(examplePiece(1, 10));
      expect(proof.verifierData.sizePc).to.equal(32n << 10n);
      expect(proof.inclusionProof.proofIndex.path).to.deep.equal([]);
    });
  });
});

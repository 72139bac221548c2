import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { expect } from "chai";

const ROOT = path.resolve(__dirname, "../..");

const CONSUMER = `// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDealStatus} from "filecoin-raas/contracts/interfaces/IDealStatus.sol";

contract Consumer {
    IDealStatus private immutable dealStatus;

    constructor(IDealStatus dealStatus_) {
        dealStatus = dealStatus_;
    }

    function keep(bytes calldata cid) external returns (uint256) {
        return dealStatus.submitRaaS(cid, 3, 2880, 5760);
    }

    function copies(bytes calldata cid) external view returns (uint256) {
        return dealStatus.getActiveDeals(cid).length;
    }
}
`;

interface CompilerOutput {
  errors?: { severity: string; formattedMessage: string }[];
  contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
}

/** Compiles with nothing but what the tarball holds below `packageRoot`, and the package's own dependencies. */
function compileAgainst(packageRoot: string): CompilerOutput {
  const solc = require("solc") as {
    compile(input: string, callbacks: { import(file: string): { contents: string } | { error: string } }): string;
  };
  const input = {
    language: "Solidity",
    sources: { "Consumer.sol": { content: CONSUMER } },
    settings: { evmVersion: "cancun", outputSelection: { "*": { "*": ["evm.bytecode.object"] } } },
  };
  const readImport = (file: string) => {
    const inPackage = file.replace(/^filecoin-raas\//, "");
    const source = inPackage === file ? path.join(ROOT, "node_modules", file) : path.join(packageRoot, inPackage);
    try {
      return { contents: readFileSync(source, "utf8") };
    } catch (cause) {
      return { error: String(cause) };
    }
  };
  return JSON.parse(solc.compile(JSON.stringify(input), { import: readImport })) as CompilerOutput;
}

describe("The npm package", () => {
  let directory: string;
  let files: string[];

  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), "filecoin-raas-"));
    const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [tarball] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
    files = tarball.files.map((file) => file.path);
    execFileSync("tar", ["-xzf", path.join(directory, tarball.filename), "-C", directory]);
  });

  after(() => rmSync(directory, { recursive: true, force: true }));

  it("lets a contract import IDealStatus", () => {
    const output = compileAgainst(path.join(directory, "package"));

    expect((output.errors ?? []).filter(({ severity }) => severity === "error")).to.deep.equal([]);
    expect(output.contracts?.["Consumer.sol"]?.["Consumer"]?.evm.bytecode.object).to.match(/^60/);
  });

  it("holds both licences and no test contracts", () => {
    expect(files).to.include.members(["LICENSE-MIT", "LICENSE-APACHE", "README.md"]);
    expect(files.filter((file) => file.startsWith("contracts/test/"))).to.deep.equal([]);
  });
});

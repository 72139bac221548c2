import path from "node:path";

import type { EtherscanConfig } from "@nomicfoundation/hardhat-verify/types";
import { vars } from "hardhat/config";
import type { HardhatUserConfig, NetworksUserConfig } from "hardhat/types";

import { CHAIN_ID, RECEIPT_WAIT_MS } from "../filecoin/networks";

/** Estimates on Filecoin can be too low, and a transaction with too little gas fails: never below 1.25. */
const GAS_MULTIPLIER = 1.3;

/** Instrumented contracts must not leave their types behind. */
export const measuringCoverage = process.env.SOLIDITY_COVERAGE === "true";

const privateKey = vars.get("PRIVATE_KEY", "");
const accounts = privateKey === "" ? [] : [privateKey];

const live = (chainId: number, urlVar: string, url: string) => ({
  chainId,
  url: vars.get(urlVar, url),
  accounts,
  gasMultiplier: GAS_MULTIPLIER,
  timeout: RECEIPT_WAIT_MS,
  live: true,
  saveDeployments: true,
});

export const networks: NetworksUserConfig = {
  hardhat: {
    chainId: CHAIN_ID.local,
    hardfork: "cancun",
    blockGasLimit: 10_000_000_000,
    gasMultiplier: GAS_MULTIPLIER,
    saveDeployments: false,
  },
  localhost: {
    chainId: CHAIN_ID.local,
    url: vars.get("LOCALHOST_RPC_URL", "http://127.0.0.1:8545"),
    gasMultiplier: GAS_MULTIPLIER,
  },
  calibration: live(CHAIN_ID.calibration, "CALIBRATION_RPC_URL", "https://api.calibration.node.glif.io/rpc/v1"),
  mainnet: live(CHAIN_ID.mainnet, "MAINNET_RPC_URL", "https://api.node.glif.io/rpc/v1"),
};

export const namedAccounts: HardhatUserConfig["namedAccounts"] = { deployer: { default: 0 } };

/** Blockscout takes any API key; Sourcify takes none. */
export const verification: { etherscan: Partial<EtherscanConfig>; sourcify: { enabled: boolean } } = {
  etherscan: {
    apiKey: { mainnet: "none", calibration: "none" },
    customChains: [
      {
        network: "mainnet",
        chainId: CHAIN_ID.mainnet,
        urls: {
          apiURL: "https://filecoin.blockscout.com/api",
          browserURL: "https://filecoin.blockscout.com",
        },
      },
      {
        network: "calibration",
        chainId: CHAIN_ID.calibration,
        urls: {
          apiURL: "https://filecoin-testnet.blockscout.com/api",
          browserURL: "https://filecoin-testnet.blockscout.com",
        },
      },
    ],
  },
  sourcify: { enabled: true },
};

/** Where a network's node keeps its data. */
export function dataFolderOf(network: string): string {
  return vars.get("RAAS_DATA", path.join("data", network));
}

/** Account 1 of Hardhat's development mnemonic: funded on every local network, and known to everybody. */
const DEVELOPMENT_KEY = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";

/** The keeper's key: RAAS_PRIVATE_KEY, else PRIVATE_KEY; on a local network a development account will do. */
export function keeperKey(network: string): string {
  const key = vars.get("RAAS_PRIVATE_KEY", privateKey);
  if (key !== "") return key;
  if (network === "hardhat" || network === "localhost") return DEVELOPMENT_KEY;
  throw new Error(
    `The keeper needs a key of its own on ${network}: npx hardhat vars set RAAS_PRIVATE_KEY (0x and 64 hex digits).`,
  );
}

/** Account 6 of the same mnemonic: a repair miner's, so that it shares no nonces with the keeper beside it. */
const DEVELOPMENT_MINER_KEY = "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e";

/** A repair miner's worker's key: REPAIR_MINER_PRIVATE_KEY; on a local network a development account will do. */
export function repairMinerKey(network: string): string {
  const key = vars.get("REPAIR_MINER_PRIVATE_KEY", "");
  if (key !== "") return key;
  if (network === "hardhat" || network === "localhost") return DEVELOPMENT_MINER_KEY;
  throw new Error(
    `The repair miner needs its worker's key on ${network}: npx hardhat vars set REPAIR_MINER_PRIVATE_KEY (0x and 64 hex ` +
      "digits). Give the keeper and the repair miner keys of their own: two programs cannot share one's nonces.",
  );
}

/** Account 5 of the same mnemonic: the watcher's, so that it shares no nonces with a keeper or a repair miner. */
const DEVELOPMENT_WATCHER_KEY = "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba";

/** The watcher's key: WATCHER_PRIVATE_KEY; on a local network a development account will do. */
export function watcherKey(network: string): string {
  const key = vars.get("WATCHER_PRIVATE_KEY", "");
  if (key !== "") return key;
  if (network === "hardhat" || network === "localhost") return DEVELOPMENT_WATCHER_KEY;
  throw new Error(
    `The watcher needs a key of its own on ${network}: npx hardhat vars set WATCHER_PRIVATE_KEY (0x and 64 hex digits).`,
  );
}

/** The token of the node's HTTP interface; empty: none. */
export const raasToken = vars.get("RAAS_TOKEN", "");

/** An endpoint for Filecoin's own JSON-RPC, when the network's one does not serve it. */
export const lotusUrl = vars.get("LOTUS_RPC_URL", "");

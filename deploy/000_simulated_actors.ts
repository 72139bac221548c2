import type { DeployFunction } from "hardhat-deploy/types";

import { SimulatedFilecoin } from "../src/devnet/actors/filecoin";

/** Filecoin's precompiles and built-in actors, where the network has none of its own. */
const deploySimulatedActors: DeployFunction = async ({ network }) => {
  await SimulatedFilecoin.install(network.provider);
};

deploySimulatedActors.tags = ["SimulatedActors"];
deploySimulatedActors.skip = async ({ network }) => network.name !== "hardhat" && network.name !== "localhost";

export default deploySimulatedActors;

import { deployments } from "hardhat";

// A root hook. The recorded histories begin at early epochs, so the snapshot of the bare local Filecoin is taken before any
// test lets time pass; every later fixture of these actors goes back to it.
before(async () => {
  await deployments.fixture(["SimulatedActors"]);
});

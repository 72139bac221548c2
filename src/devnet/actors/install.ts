import {
  CallActorByAddress__factory,
  CallActorById__factory,
  LookupDelegatedAddress__factory,
  ResolveAddress__factory,
  SimulatedKernel__factory,
  SimulatedMarket__factory,
  SimulatedMiners__factory,
  SimulatedNotices__factory,
  SimulatedPower__factory,
} from "../../../typechain-types";
import {
  BURNT_FUNDS_ACTOR,
  CONTROL,
  maskedAddress,
  NATIVE_ACTOR_CODE,
  OPERATOR,
  PRECOMPILE,
  SINGLETON_ACTORS,
} from "./addresses";
import type { LocalChain } from "./chain";

const OPERATOR_BALANCE = `0x${(10n ** 30n).toString(16)}`;

const BYTECODE: [address: string, creationCode: string][] = [
  [PRECOMPILE.resolveAddress, ResolveAddress__factory.bytecode],
  [PRECOMPILE.lookupDelegatedAddress, LookupDelegatedAddress__factory.bytecode],
  [PRECOMPILE.callActor, CallActorByAddress__factory.bytecode],
  [PRECOMPILE.callActorId, CallActorById__factory.bytecode],
  [CONTROL.power, SimulatedPower__factory.bytecode],
  [CONTROL.market, SimulatedMarket__factory.bytecode],
  [CONTROL.miners, SimulatedMiners__factory.bytecode],
  [CONTROL.notices, SimulatedNotices__factory.bytecode],
  // Last: its code says that the installation is complete.
  [CONTROL.kernel, SimulatedKernel__factory.bytecode],
];

/** On Filecoin they exist without being paid first. */
const ETHEREUM_PRECOMPILES = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `0x${n.toString(16).padStart(40, "0")}`);

/** Whether the simulated actors are on this chain. */
export async function isInstalled(chain: LocalChain): Promise<boolean> {
  return (await chain.request<string>("eth_getCode", CONTROL.kernel, "latest")) !== "0x";
}

/** Puts precompiles and actors at their addresses; they have no constructor state, so their code is all there is. */
export async function installActors(chain: LocalChain): Promise<void> {
  for (const id of SINGLETON_ACTORS) await chain.setCode(maskedAddress(id), NATIVE_ACTOR_CODE);
  await makeAccountExist(chain, maskedAddress(BURNT_FUNDS_ACTOR));
  for (const precompile of ETHEREUM_PRECOMPILES) await makeAccountExist(chain, precompile);
  for (const [address, creationCode] of BYTECODE) await chain.setCode(address, await runtimeCode(chain, creationCode));
}

/** The operator can send; needed once a connection, not only once a chain. */
export async function enableOperator(chain: LocalChain): Promise<void> {
  await chain.request("hardhat_impersonateAccount", OPERATOR);
  await chain.request("hardhat_setBalance", OPERATOR, OPERATOR_BALANCE);
}

/** The code that creation code leaves behind, without deploying it. */
export async function runtimeCode(chain: LocalChain, creationCode: string): Promise<string> {
  return chain.request<string>("eth_call", { data: creationCode }, "latest");
}

/** An account without code and balance exists once it has a nonce: its code hash is that of nothing, not zero. */
export async function makeAccountExist(chain: LocalChain, address: string): Promise<void> {
  if (BigInt(await chain.request<string>("eth_getTransactionCount", address, "latest")) > 0n) return;
  await chain.request("hardhat_setNonce", address, "0x1");
}

import { blockAtOrBefore, chainIdOf } from "../filecoin/block";
import type { JsonRpc } from "../filecoin/rpc";
import type { Identity } from "../store/identity";

/** Sees to it that a folder's store belongs to this chain and this contract; returns the chain's id. */
export async function claimFolder(
  rpc: JsonRpc,
  identity: Pick<Identity, "claim">,
  folder: string,
  contract: string,
): Promise<bigint> {
  const chainId = await chainIdOf(rpc);
  const genesis = (await blockAtOrBefore(rpc, 0n)).hash;
  await identity.claim(folder, { chainId: chainId.toString(), genesis, contract });
  return chainId;
}

import { blockAtOrBefore, chainIdOf } from "../filecoin/block";
import type { JsonRpc } from "../filecoin/rpc";
import type { Identity } from "../store/identity";

/** Checks that a folder's store belongs to this chain and this contract, or claims a new one for them; returns the chain's
 *  id. Throws a `StoreIdentityError` when it belongs to others. */
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

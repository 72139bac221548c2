import { MinerVoice__factory } from "../../../typechain-types";
import { maskedAddress, NATIVE_ACTOR_CODE } from "./addresses";
import type { LocalChain } from "./chain";
import { runtimeCode } from "./install";

/** One notification at a time and process: the code below must not be taken away while another needs it. */
let speaking: Promise<unknown> = Promise.resolve();

/**
 * Runs `send` while the miner can call contracts from its own masked address. A native actor's code refuses every call;
 * for one message it is exchanged for one that can call, so that receivers see the miner as `msg.sender` and everything
 * they do is undone with a commit that fails.
 */
export async function speakAs<T>(chain: LocalChain, provider: bigint, send: () => Promise<T>): Promise<T> {
  const spoken = speaking.then(async () => {
    const mask = maskedAddress(provider);
    await chain.setCode(mask, await runtimeCode(chain, MinerVoice__factory.bytecode));
    try {
      return await send();
    } finally {
      await chain.setCode(mask, NATIVE_ACTOR_CODE);
    }
  });
  speaking = spoken.catch(() => undefined);
  return spoken;
}

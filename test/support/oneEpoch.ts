import type { ContractTransactionResponse } from "ethers";
import { ethers, network } from "hardhat";

/** What a transaction of `inOneEpoch` is sent with: no estimate (it would not see those before it), and its place in the block. */
export interface Placed {
  gasLimit: bigint;
  gasPrice: bigint;
}

/** Puts transactions into one block, in this order; which of them succeeded. */
export async function inOneEpoch(
  ...sends: ((placed: Placed) => Promise<ContractTransactionResponse>)[]
): Promise<boolean[]> {
  const top = ethers.parseUnits("1000", "gwei");
  await network.provider.send("evm_setAutomine", [false]);
  try {
    const sent = [];
    for (const [place, send] of sends.entries()) {
      sent.push(await send({ gasLimit: 10_000_000n, gasPrice: top / BigInt(place + 1) }));
    }
    await network.provider.send("evm_mine");
    const receipts = await Promise.all(sent.map(({ hash }) => ethers.provider.getTransactionReceipt(hash)));
    const blocks = new Set(receipts.map((receipt) => receipt?.blockNumber));
    if (blocks.size !== 1 || blocks.has(undefined)) throw new Error("The transactions are not in one block.");
    return receipts.map((receipt) => receipt?.status === 1);
  } finally {
    await network.provider.send("evm_setAutomine", [true]);
  }
}

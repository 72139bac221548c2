import { recoverAddress } from "ethers";

import { acceptanceDigest, marketDomain } from "../../protocol/authorisation";
import type { SignedAcceptance } from "../../protocol/negotiationWire";
import type { MarketReader } from "../../protocol/repairMarket";
import type { AskView } from "../../protocol/repairRecords";

/** What a repair miner sent is not a valid acceptance. */
export class BadAcceptanceError extends Error {
  override readonly name = "BadAcceptanceError";
}

/** Throws BadAcceptanceError unless the acceptance is for this bid and ask, binds the miner, and can be claimed when it is broken. */
export async function checkAcceptance(
  acceptance: SignedAcceptance,
  expected: {
    chainId: bigint;
    market: string;
    bidId: bigint;
    bidExpiry: bigint;
    ask: AskView;
    authorisation: string;
    epoch: bigint;
  },
  reader: Pick<MarketReader, "isBound">,
): Promise<void> {
  const { bidId, bidExpiry, ask, authorisation, epoch } = expected;
  const fields: [string, unknown, unknown][] = [
    ["bid", acceptance.bidId, bidId],
    ["ask", acceptance.askId, ask.askId],
    ["miner", acceptance.miner.toLowerCase(), ask.repairMiner.toLowerCase()],
    ["authorisation", acceptance.authorisation.toLowerCase(), authorisation.toLowerCase()],
  ];
  const wrong = fields.find(([, given, wanted]) => given !== wanted);
  if (wrong !== undefined) throw new BadAcceptanceError(`its ${wrong[0]} is ${wrong[1]}, not ${wrong[2]}`);
  const last = bidExpiry < ask.expiry ? bidExpiry : ask.expiry;
  const { deadline } = acceptance;
  if (deadline > last)
    throw new BadAcceptanceError(
      `its deadline is epoch ${deadline}, after epoch ${last} at which the bid or the ask expires`,
    );
  if (deadline <= epoch)
    throw new BadAcceptanceError(`its deadline, epoch ${deadline}, has passed: it is epoch ${epoch}`);
  const signer = signerOf(acceptance, expected);
  if (signer === undefined || !(await reader.isBound(ask.repairMiner, signer, deadline)))
    throw new BadAcceptanceError(
      `it is signed by ${signer ?? "no valid key"}, which cannot sign for ${ask.repairMiner}`,
    );
}

function signerOf(
  { signature, ...acceptance }: SignedAcceptance,
  { chainId, market }: { chainId: bigint; market: string },
): string | undefined {
  try {
    return recoverAddress(acceptanceDigest(marketDomain(chainId, market), acceptance), signature);
  } catch {
    return undefined;
  }
}

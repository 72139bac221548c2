import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { dealStatusCall } from "../../protocol/dealStatus";
import { pieceKeyOf, pieceOf } from "../../data/pieceKey";
import { pieceCidV2 } from "../../data/pieceCid";
import type { Call } from "../../outbox/outbox";
import { confirm } from "../../keeper/confirm";
import { pieceKeyOfCid } from "../../keeper/explain";
import type { OpenKeeper } from "../../keeper/open";
import { completeCall, readProofFile, wholePieceProof } from "../../keeper/proofFile";
import { table } from "../table";
import { type KeeperArgs, TaskError, withKeeper } from "../network";
import { print } from "../command";

type Hre = HardhatRuntimeEnvironment;
type Args<T = object> = KeeperArgs & { json: boolean } & T;

interface SubmitArgs {
  cid: string;
  size?: string;
  link: string;
  raas: boolean;
  target: number;
  repair: number;
  renew: number;
}

/** One request on chain, awaited. A plain request never becomes a job; one with --raas does for whoever serves it. */
export async function submitRequest(hre: Hre, args: Args<SubmitArgs>): Promise<void> {
  const piece = pieceOf(args.cid, args.size === undefined ? undefined : BigInt(args.size));
  const cid = pieceCidV2(piece).bytes;
  const { link, target, repair, renew } = args;
  const data = args.raas
    ? dealStatusCall.submitRaaS(cid, link, BigInt(target), BigInt(repair), BigInt(renew))
    : dealStatusCall.submit(cid, link);
  await withKeeper(hre, args, "deals submit", async (keeper) => {
    const call = {
      kind: "submit" as const,
      data,
      reason: "sent by deals submit",
      piece: pieceKeyOf(piece.root, piece.height),
    };
    const { requestId, hash } = await sendAndWait(keeper, call);
    print(args.json, { requestId, hash }, () => `Request ${requestId} is open (transaction ${hash}).`);
  });
}

interface CompleteArgs {
  request: string;
  deal: string;
  provider: string;
  market?: string;
  piece?: string;
  proof?: string;
}

export async function completeRequest(hre: Hre, args: Args<CompleteArgs>): Promise<void> {
  const [requestId, dealId, providerId] = [BigInt(args.request), BigInt(args.deal), BigInt(args.provider)];
  const marketActorId = BigInt(args.market ?? 5);
  if (args.proof === undefined && args.piece === undefined) {
    throw new TaskError(
      "Give the aggregator's proof with --proof FILE, or --piece CID when the deal holds just the piece.",
    );
  }
  await withKeeper(hre, args, "deals complete", async (keeper) => {
    const proof =
      args.proof === undefined
        ? wholePieceProof(await pieceKeyOfCid(keeper, args.piece!))
        : await readProofFile(args.proof, dealId);
    const data = completeCall(requestId, { marketActorId, dealId, providerId }, proof);
    const { hash } = await sendAndWait(keeper, { kind: "call", data, reason: `completes request ${requestId}` });
    print(
      args.json,
      { requestId, dealId, hash },
      () => `Request ${requestId} is completed by deal ${dealId} (${hash}).`,
    );
  });
}

/** Every deal listed for a piece, as the chain has it. */
export async function listDeals(hre: Hre, args: Args<{ cid: string }>): Promise<void> {
  await withKeeper(hre, args, undefined, async (keeper) => {
    const piece = await pieceKeyOfCid(keeper, args.cid);
    const deals = (await keeper.chain.deals.inspect([piece], await keeper.chain.latest())).get(piece)!;
    print(args.json, deals, () => {
      const rows = deals.map((it) => [
        it.dealId,
        `f0${it.providerId}`,
        it.marketActorId,
        it.state,
        it.sector,
        it.endEpoch,
      ]);
      const head = ["deal", "provider", "market actor", "state", "sector", "ends at epoch"];
      return rows.length === 0 ? "No deals are listed for this piece." : table(head, rows);
    });
  });
}

async function sendAndWait(
  keeper: OpenKeeper,
  call: Omit<Call, "to">,
): Promise<{ requestId: bigint | null; hash: string }> {
  const block = await keeper.chain.pin();
  await keeper.outbox.settle(block);
  const { id } = await keeper.outbox.send({ ...call, to: keeper.chain.deals.address }, block);
  await confirm(keeper, block);
  const intent = (await keeper.store.intents.get(id))!;
  const hash = (await keeper.store.intents.attempts(id)).at(-1)!.hash;
  if (intent.state === "failed") throw new TaskError(`The transaction ${hash} failed: ${intent.error}`);
  if (intent.state === "signed") {
    const why = intent.error ?? "it is not mined yet";
    throw new TaskError(
      `Transaction ${hash} is not confirmed yet: ${why}. The next task with this data folder follows it up.`,
    );
  }
  return { requestId: intent.requestId, hash };
}

import { SimulatedMiners__factory } from "../../../typechain-types";
import { CONTROL, OPERATOR } from "../../../src/devnet/actors/addresses";
import { SIMULATED_STATUSES } from "../../../src/devnet/actors/reads";
import { type Sectors, statusAt } from "../model/sectors";
import type { Chain, Message } from "./chain";

const abi = SimulatedMiners__factory.createInterface();
const [DEAD, FAULTY] = (["dead", "faulty"] as const).map((status) => BigInt(SIMULATED_STATUSES.indexOf(status)));

interface Seen {
  number: bigint;
  onTimeLast: bigint;
  earlyLast: bigint;
  place: { deadline: bigint; partition: bigint; inPartition: boolean };
  health: { status: bigint };
}

/** What a provider's sectors are now. Called when something was done to them; time is the model's to follow. */
export async function lookAtSectors(chain: Chain, world: Sectors, provider: number): Promise<void> {
  const data = abi.encodeFunctionData("sectors", [provider, 0, 500]);
  const answer = await chain.call({ from: OPERATOR, to: CONTROL.miners, data, value: 0n });
  const [page] = abi.decodeFunctionResult("sectors", answer.data) as unknown as [Seen[]];
  for (const seen of page) {
    const number = Number(seen.number);
    const lastEpoch = Number(seen.onTimeLast);
    const lastFaultyEpoch = Number(seen.earlyLast);
    const former = world.find(provider, number);
    const diesNow = seen.health.status === DEAD && former !== undefined && statusAt(former, chain.epoch) !== "dead";
    world.put({
      ...{ provider, number, lastEpoch, lastFaultyEpoch, faulty: seen.health.status === FAULTY || lastFaultyEpoch > 0 },
      terminatedAt: diesNow ? chain.epoch : (former?.terminatedAt ?? 0),
      place: seen.place.inPartition
        ? { deadline: Number(seen.place.deadline), partition: Number(seen.place.partition) }
        : undefined,
    });
  }
}

export type SectorAct = "declareFault" | "recover" | "terminate";

export const actOnSector = (act: SectorAct, provider: number, sector: number): Message => ({
  ...{ from: OPERATOR, to: CONTROL.miners, value: 0n },
  data: abi.encodeFunctionData(act as "terminate", [provider, sector]),
});

export const compaction = (provider: number): Message => ({
  ...{ from: OPERATOR, to: CONTROL.miners, value: 0n, data: abi.encodeFunctionData("compact", [provider]) },
});

import { SimulatedMiners__factory } from "../../../typechain-types";
import { CONTROL, OPERATOR } from "../../../src/local-network/simulated/addresses";
import type { Sectors } from "../model/sectors";
import type { Chain, Message } from "./chain";

const abi = SimulatedMiners__factory.createInterface();
const DEAD = 0n;
const FAULTY = 2n;

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
    const sector = {
      ...{ provider, number, lastEpoch, lastFaultyEpoch: Number(seen.earlyLast) },
      ...{ terminated: seen.health.status === DEAD && chain.epoch <= lastEpoch },
      ...{ faulty: seen.health.status === FAULTY },
      place: seen.place.inPartition
        ? { deadline: Number(seen.place.deadline), partition: Number(seen.place.partition) }
        : undefined,
    };
    const index = world.sectors.findIndex((known) => known.provider === provider && known.number === number);
    if (index >= 0) world.sectors[index] = sector;
    else world.sectors.push(sector);
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

import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types";

import { orderLocalNetwork } from "../../scenarios/controlClient";
import type { ControlRequest, SectorTarget } from "../../scenarios/controlWire";

/** What the tasks at a second terminal do. */

/** Sends an order to the local network that runs in another terminal. */
export async function orderLocal(
  hre: HardhatRuntimeEnvironment,
  request: ControlRequest,
  json: boolean,
): Promise<void> {
  if (hre.network.name !== "localhost")
    throw refusal(
      `This task controls the local network of another terminal: npx hardhat --network localhost local ${request.action} …`,
    );
  const answer = await orderLocalNetwork(request).catch((cause: Error) => {
    throw refusal(cause.message, cause);
  });
  console.log(json ? JSON.stringify(answer) : `epoch ${answer.epoch}: ${answer.done}`);
}

export function actorIdOf(text: string): string {
  const match = /^(?:[ft]0)?(\d+)$/.exec(text);
  if (match === null) throw refusal(`"${text}" is not an actor id: give one such as f01003 or 1003.`);
  return match[1]!;
}

interface TargetArguments {
  deal?: string;
  provider?: string;
  sector?: string;
  piece?: string;
  copy?: number;
}

/** One of the three ways to name a sector. */
export function targetOf({ deal, provider, sector, piece, copy }: TargetArguments): SectorTarget {
  if (deal !== undefined && [provider, sector, piece, copy].every((other) => other === undefined)) return { deal };
  if (provider !== undefined && sector !== undefined && deal === undefined && piece === undefined)
    return { provider: actorIdOf(provider), sector };
  if (piece !== undefined && deal === undefined && provider === undefined) return { piece, copy: copy ?? 1 };
  throw refusal("Name one sector: --deal ID, or --provider ID --sector NUMBER, or --piece CID [--copy N].");
}

/** An error that people read as one sentence. */
function refusal(message: string, cause?: Error): Error {
  return new HardhatPluginError("filecoin-raas", message, cause);
}

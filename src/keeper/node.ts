import type { AddressInfo } from "node:net";

import { PieceFolder } from "../store/pieceFolder";
import { isLoopback } from "../service/http/guard";
import { buildServer } from "./http/server";
import { Loop, type LoopState } from "../service/loop";
import { Metrics } from "./metrics";
import { type KeeperOptions, type OpenKeeper, openKeeper } from "./open";
import { tick, type TickReport } from "./tick";

export interface NodeOptions extends Omit<KeeperOptions, "ownUrl" | "holder"> {
  /** Default 127.0.0.1; anything but loopback needs a token. */
  host?: string;
  /** 0: any free port. */
  port?: number;
  token?: string;
  /** URL at which aggregators reach this node, when that is not where it listens. */
  publicUrl?: string;
  intervalMs?: number;
  maxUploadBytes?: number;
  requestsPerMinute?: number;
  onTick?: (report: TickReport) => void;
}

export interface RunningNode {
  url: string;
  keeper: OpenKeeper;
  state: Readonly<LoopState<TickReport>>;
  /** Ticks now instead of at the end of the interval. */
  wake(): void;
  /** Finishes what has begun, then stops. */
  stop(): Promise<void>;
}

export class TokenNeededError extends Error {
  override readonly name = "TokenNeededError";
  constructor(readonly host: string) {
    super(
      `Anyone who reaches ${host} could spend this node's gas: set a token with "npx hardhat vars set RAAS_TOKEN", or ` +
        "listen on loopback with --host 127.0.0.1.",
    );
  }
}

const DEFAULT_MAX_UPLOAD_BYTES = 256 * 2 ** 20;

/** The RaaS node: the keeper in a loop, and its HTTP interface. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { host = "127.0.0.1", port = 0, token, intervalMs = 30_000, onTick = () => {} } = options;
  if (!isLoopback(host) && (token ?? "") === "") throw new TokenNeededError(host);
  const keeper = await openKeeper({ ...options, holder: "raas node" });
  try {
    const metrics = new Metrics();
    const loop = new Loop<TickReport>({
      ...{ intervalMs, log: options.log },
      tick: (signal) => tick(keeper, { signal }),
      onTick: (report, seconds) => {
        metrics.tickDone(report, seconds);
        onTick(report);
      },
      onFailure: () => metrics.tickFailed(),
    });
    const server = await buildServer({
      keeper,
      metrics,
      token: token === "" ? undefined : token,
      pieces: new PieceFolder(keeper.dataFolder, keeper.store.pieces),
      loop: loop.state,
      wake: () => loop.wake(),
      maxUploadBytes: options.maxUploadBytes ?? DEFAULT_MAX_UPLOAD_BYTES,
      requestsPerMinute: options.requestsPerMinute ?? 600,
    });
    await server.listen({ host, port });
    const { address, port: bound, family } = server.server.address() as AddressInfo;
    const url = `http://${family === "IPv6" ? `[${address}]` : address}:${bound}`;
    keeper.sources.ownUrl = (options.publicUrl ?? url).replace(/\/$/, "");
    loop.start();
    const stop = async () => {
      await loop.stop();
      await server.close();
      await keeper.close();
    };
    return { url, keeper, state: loop.state, wake: () => loop.wake(), stop };
  } catch (error) {
    await keeper.close();
    throw error;
  }
}

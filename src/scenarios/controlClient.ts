import { readFile } from "node:fs/promises";
import path from "node:path";

import {
  controlAnswer,
  runningNetwork,
  type ControlAnswer,
  type ControlRequest,
  type RunningNetwork,
} from "./controlWire";

/** Where a local network keeps its data, and says that it runs. */
export const LOCAL_DATA_FOLDER = path.join("data", "localhost");
export const RUNNING_FILE = "local-network.json";

/** No local network runs on this machine; the message says how to start one. */
export class LocalNetworkMissingError extends Error {
  override readonly name = "LocalNetworkMissingError";
  constructor(options?: ErrorOptions) {
    super("The local network is not running. Start it in another terminal with `npm start`, then try again.", options);
  }
}

/** Tells the running local network what to do. */
export async function orderLocalNetwork(
  request: ControlRequest,
  folder: string = LOCAL_DATA_FOLDER,
): Promise<ControlAnswer> {
  const running = await findLocalNetwork(folder);
  let response: Response;
  try {
    response = await fetch(`${running.controlUrl}/control`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(request),
    });
  } catch (cause) {
    throw new LocalNetworkMissingError({ cause });
  }
  if (!response.ok) throw new Error(await response.text());
  return controlAnswer.parse(await response.json());
}

async function findLocalNetwork(folder: string = LOCAL_DATA_FOLDER): Promise<RunningNetwork> {
  try {
    return runningNetwork.parse(JSON.parse(await readFile(path.join(folder, RUNNING_FILE), "utf8")));
  } catch (cause) {
    throw new LocalNetworkMissingError({ cause });
  }
}

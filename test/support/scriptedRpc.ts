import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import vectors from "../vectors/lotus-rpc.json";

interface Row {
  label?: string;
  state?: string;
  method: string;
  params: unknown[];
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

const ethereum = vectors.ethereum.rows as Row[];
const filecoin = vectors.filecoin as Row[];

/** A row that a Lotus node answered, by its label and method. */
export function recorded(label: string, method?: string): Row {
  const found = [...ethereum, ...filecoin].find((row) => {
    return (row.label === label || row.state === label) && (method === undefined || row.method === method);
  });
  if (found === undefined) throw new Error(`No recorded answer is labelled ${label}.`);
  return found;
}

export const recordedRows = { ethereum, filecoin };

type Answer = { result?: unknown; error?: Row["error"] };
export type Script = (method: string, params: unknown[]) => Answer | Promise<Answer> | { status: number; text: string };

/** A JSON-RPC server on loopback that answers as a script says, bytes and all. */
export class ScriptedRpc {
  readonly asked: { method: string; params: unknown[] }[] = [];
  private constructor(
    private readonly server: Server,
    readonly url: string,
    private script: Script,
  ) {}

  static async start(script: Script): Promise<ScriptedRpc> {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString()));
      request.on("end", () => void rpc.reply(body).then(({ status, text }) => response.writeHead(status).end(text)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const rpc = new ScriptedRpc(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, script);
    return rpc;
  }

  answer(script: Script): void {
    this.script = script;
  }

  private async reply(body: string): Promise<{ status: number; text: string }> {
    const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: unknown[] };
    this.asked.push({ method, params });
    const answer = await this.script(method, params);
    if ("text" in answer) return answer;
    return { status: 200, text: JSON.stringify({ jsonrpc: "2.0", id, ...answer }) };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers a request that was recorded with what was recorded. */
export const replay: Script = (method, params) => {
  const same = (row: Row) => row.method === method && JSON.stringify(row.params) === JSON.stringify(params);
  const row = [...ethereum, ...filecoin].find(same);
  if (row === undefined) return { error: { code: -32601, message: `method '${method}' not found` } };
  return row.error === undefined ? { result: row.result } : { error: row.error };
};

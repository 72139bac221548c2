import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An error as JSON-RPC carries it. */
export class RpcFailure extends Error {
  override readonly name = "RpcFailure";
  constructor(
    readonly code: number,
    message: string,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/** Another program listens on the local network's port. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";
  constructor(host: string, port: number, options?: ErrorOptions) {
    super(
      `Port ${port} on ${host} is taken, perhaps by another local network or a Hardhat node. ` +
        `Stop that one, or choose another port with --port N and set LOCALHOST_RPC_URL to match (npx hardhat vars set).`,
      options,
    );
  }
}

export type RpcHandler = (method: string, params: unknown[]) => Promise<unknown>;

const MAX_BODY_BYTES = 32 << 20;

/** JSON-RPC 2.0 over HTTP, single requests and batches, at any path (Ethereum tools use `/`, Lotus `/rpc/v1`). */
export async function serveRpc(
  handler: RpcHandler,
  { host, port }: { host: string; port: number },
): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => void answer(handler, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortTakenError(host, port, { cause: error }) : error),
    );
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(handler: RpcHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let reply: unknown;
  try {
    const body: unknown = JSON.parse(await bodyOf(request));
    reply = Array.isArray(body) ? await Promise.all(body.map((one) => call(handler, one))) : await call(handler, body);
  } catch (error) {
    reply = { jsonrpc: "2.0", id: null, error: { code: -32700, message: (error as Error).message } };
  }
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(reply));
}

async function call(handler: RpcHandler, request: unknown): Promise<unknown> {
  const { id = null, method, params = [] } = (request ?? {}) as { id?: unknown; method?: unknown; params?: unknown };
  if (typeof method !== "string" || !Array.isArray(params))
    return { jsonrpc: "2.0", id, error: { code: -32600, message: "not a JSON-RPC request" } };
  try {
    return { jsonrpc: "2.0", id, result: (await handler(method, params)) ?? null };
  } catch (error) {
    const { code = -32603, message, data } = error as { code?: number; message: string; data?: unknown };
    const failure = { code: typeof code === "number" ? code : -32603, message };
    return { jsonrpc: "2.0", id, error: data === undefined ? failure : { ...failure, data } };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error(`the request is larger than ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

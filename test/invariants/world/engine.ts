import type { Eip1193Provider } from "../../../src/devnet/actors/chain";

/** The EVM below Hardhat's layers. */
interface Engine {
  handleRequest(request: string): Promise<{ data: string | object }>;
}

interface Layer {
  _wrapped?: Layer;
  _provider?: Partial<Engine>;
}

interface Response {
  result?: unknown;
  error?: { message: string; data?: unknown };
}

const MOST_LAYERS = 12;

/** Hardhat's layers guess gas, count it, and trace each refusal through the sources: a million steps can do without. */
function engineBelow(provider: Eip1193Provider): Engine | undefined {
  let layer = provider as Layer | undefined;
  for (let depth = 0; layer !== undefined && depth < MOST_LAYERS; depth++, layer = layer._wrapped) {
    if (typeof layer._provider?.handleRequest === "function") return layer._provider as Engine;
  }
  return undefined;
}

/** The same requests and answers, by the shortest way there is. */
export async function shortest(provider: Eip1193Provider): Promise<Eip1193Provider> {
  await provider.request({ method: "eth_blockNumber" });
  const engine = engineBelow(provider);
  if (engine === undefined) return provider;
  return {
    async request({ method, params = [] }) {
      const { data } = await engine.handleRequest(JSON.stringify({ method, params }));
      const { result, error } = (typeof data === "string" ? JSON.parse(data) : data) as Response;
      if (error !== undefined) throw Object.assign(new Error(error.message), { data: error.data });
      return result;
    },
  };
}

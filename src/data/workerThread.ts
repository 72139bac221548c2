import { readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";

/** Starts a module of this folder as a worker thread. */
export function startWorker(name: string, data: object): Worker {
  const extension = extname(__filename);
  const entry = join(__dirname, `${name}${extension}`);
  if (extension !== ".ts") return new Worker(entry, { workerData: data });
  const sources = compiledSources(entry);
  // Without the compiler that this thread runs on, the worker loads one of its own, which takes it half a second.
  if (sources === undefined) {
    return new Worker(entry, { workerData: data, execArgv: ["--require", "ts-node/register/transpile-only"] });
  }
  return new Worker(FROM_SOURCES, { eval: true, workerData: { ...data, entry, sources } });
}

/** Runs modules whose TypeScript the starting thread has compiled. */
const FROM_SOURCES = `
  const { workerData } = require("node:worker_threads");
  require.extensions[".ts"] = (module, path) => module._compile(workerData.sources[path], path);
  require(workerData.entry);`;

interface TypeScriptService {
  compile(source: string, path: string): string;
}

const compiled = new Map<string, string>();

/** The worker's module and the others of this folder that are loaded, by path: ts-node compiles each once. */
function compiledSources(entry: string): Record<string, string> | undefined {
  const service = (process as unknown as Record<symbol, unknown>)[Symbol.for("ts-node.register.instance")] as
    TypeScriptService | undefined;
  if (service === undefined) return undefined;
  const loaded = Object.keys(require.cache).filter((path) => path.startsWith(__dirname) && path.endsWith(".ts"));
  for (const path of new Set([entry, ...loaded])) {
    if (!compiled.has(path)) compiled.set(path, service.compile(readFileSync(path, "utf8"), path));
  }
  return Object.fromEntries(compiled);
}

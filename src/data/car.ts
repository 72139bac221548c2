import { closeSync, createReadStream, fstatSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

import { CID } from "multiformats/cid";

import { DataFileError, openForReading, readError, readRange, writeRange } from "./byteFiles";
import type { RunOptions } from "./columnsRun";
import { requireRoom, stageFile } from "./staged";
import {
  buildFile,
  checkBlock,
  CHUNK_BYTES,
  DAG_PB,
  decodeNode,
  type FileNode,
  isFile,
  RAW,
  UnixFsError,
} from "./unixfs";

/** The CID under which IPFS knows a file (profile unixfs-v1-2025). */
export async function payloadCid(path: string, options: RunOptions = {}): Promise<CID> {
  return (await readGraph(path, options)).cid;
}

/** Packs a file into a CAR (version 1, one root, blocks in depth-first order); returns its root. */
export async function packCar(path: string, target: string, options: RunOptions = {}): Promise<CID> {
  const graph = await readGraph(path, options);
  const { CarWriter } = await import("@ipld/car");
  return withDescriptor(path, (source) =>
    stageFile(target, async (descriptor) => {
      const { writer, out } = CarWriter.create([graph.cid as never]);
      const putting = putBlocks(graph, source, path, async (cid, bytes) => {
        options.signal?.throwIfAborted();
        await writer.put({ cid: cid as never, bytes });
      }).then(() => writer.close());
      let written = 0;
      const draining = (async () => {
        for await (const chunk of out) {
          writeRange({ descriptor, offset: 0, length: Infinity, path: target }, chunk, written);
          written += chunk.length;
        }
      })();
      await Promise.all([putting, draining]);
      return graph.cid;
    }),
  );
}

/** Gives a file back from a CAR, every block checked; the root of the CAR unless another CID in it is named. */
export async function unpackCar(
  path: string,
  target: string,
  options: RunOptions & { cid?: CID } = {},
): Promise<{ cid: CID; fileBytes: number }> {
  const index = await indexCar(path);
  const root = options.cid ?? index.root;
  return withDescriptor(path, (source) =>
    stageFile(target, async (descriptor) => {
      let written = 0;
      const write = (bytes: Uint8Array): void => {
        writeRange({ descriptor, offset: 0, length: Infinity, path: target }, bytes, written);
        written += bytes.length;
      };
      const read = (cid: CID): Uint8Array => {
        const place = index.blocks.get(cid.toString());
        if (place === undefined) throw new UnixFsError(`${path} does not have the block ${cid}: get a complete CAR.`);
        const block = new Uint8Array(place.blockLength);
        readRange({ descriptor: source, offset: place.blockOffset, length: block.length, path }, block, 0);
        checkBlock(cid, block);
        return block;
      };
      const declared = declaredBytes(root, read(root));
      requireRoom(target, BigInt(declared));
      for (const leaf of leavesOf(root, read)) {
        options.signal?.throwIfAborted();
        write(leaf);
        if (written > declared)
          throw new UnixFsError(`${root} holds more than the ${declared} bytes that it declares.`);
        options.onProgress?.(written, index.bytes);
        await setImmediate();
      }
      return { cid: root, fileBytes: written };
    }),
  );
}

/** Graphs are a few levels deep; more is an attempt to keep us busy for ever. */
const MAX_DEPTH = 32;

function* leavesOf(cid: CID, read: (cid: CID) => Uint8Array, depth = 0): Generator<Uint8Array> {
  if (depth > MAX_DEPTH) throw new UnixFsError(`The graph is more than ${MAX_DEPTH} levels deep.`);
  const block = read(cid);
  if (cid.code === RAW) return yield block;
  if (cid.code !== DAG_PB) throw new UnixFsError(`${cid} is not a file: its codec is 0x${cid.code.toString(16)}.`);
  const node = decodeNode(block);
  if (!isFile(node)) {
    const entries = node.links.map((link) => `\n  ${link.name}  ${link.cid}`).join("");
    throw new UnixFsError(`${cid} is a folder or a link: give the CID of a file in it (--cid).${entries}`);
  }
  if (node.data.length > 0) yield node.data;
  for (const link of node.links) yield* leavesOf(link.cid, read, depth + 1);
}

/** Blocks may be linked many times, so a small CAR can describe an endless file: it may not have more bytes than it declares. */
function declaredBytes(cid: CID, block: Uint8Array): number {
  return cid.code === DAG_PB ? decodeNode(block).fileBytes : block.length;
}

interface CarIndex {
  root: CID;
  bytes: number;
  blocks: Map<string, { blockOffset: number; blockLength: number }>;
}

async function indexCar(path: string): Promise<CarIndex> {
  const { CarIndexer } = await import("@ipld/car");
  const stream = createReadStream(path);
  const failed = new Promise<never>((_, reject) => stream.on("error", (cause) => reject(readError(path, cause))));
  const index = async (): Promise<CarIndex> => {
    try {
      const indexer = await CarIndexer.fromIterable(stream);
      const [first] = await indexer.getRoots();
      if (first === undefined) throw new DataFileError(`${path} has no root: give the CID of the file in it (--cid).`);
      const blocks: CarIndex["blocks"] = new Map();
      let bytes = 0;
      for await (const { cid, blockOffset, blockLength } of indexer) {
        blocks.set(cid.toString(), { blockOffset, blockLength });
        bytes += blockLength;
      }
      return { root: CID.decode(first.bytes), bytes, blocks };
    } catch (cause) {
      if (cause instanceof DataFileError) throw cause;
      throw new DataFileError(`${path} is not a CAR, or it ends early: ${(cause as Error).message}`, { cause });
    }
  };
  return Promise.race([index(), failed]).finally(() => stream.destroy());
}

/** First pass: the blocks' CIDs; leaves are not kept. */
async function readGraph(path: string, { signal, onProgress }: RunOptions): Promise<FileNode> {
  return withDescriptor(path, async (descriptor) => {
    const length = fstatSync(descriptor).size;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < length; at += CHUNK_BYTES) {
        signal?.throwIfAborted();
        const chunk = new Uint8Array(Math.min(CHUNK_BYTES, length - at));
        readRange({ descriptor, offset: 0, length, path }, chunk, at);
        yield chunk;
        onProgress?.(at + chunk.length, length);
        // Lets signals and timers in.
        await setImmediate();
      }
    };
    return buildFile(chunks());
  });
}

/** Second pass: parents before children, leaves read again. */
async function putBlocks(
  graph: FileNode,
  descriptor: number,
  path: string,
  put: (cid: CID, block: Uint8Array) => Promise<void>,
): Promise<void> {
  let at = 0;
  const visit = async (node: FileNode): Promise<void> => {
    if (node.block !== undefined) {
      await put(node.cid, node.block);
      for (const child of node.children) await visit(child);
      return;
    }
    const leaf = new Uint8Array(node.fileBytes);
    readRange({ descriptor, offset: at, length: leaf.length, path }, leaf, 0);
    at += leaf.length;
    checkBlock(node.cid, leaf);
    await put(node.cid, leaf);
  };
  await visit(graph);
}

async function withDescriptor<T>(path: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  const descriptor = openForReading(path);
  try {
    return await use(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

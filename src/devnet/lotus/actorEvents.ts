import { zeroRoot, parentOf } from "../../data/pieceTree";
import { pieceCidV1 } from "../../data/pieceCid";
import { chainLink, type Link } from "./cids";
import { failed } from "./params";
import type { LotusActorEvent, LotusPiece, LotusState } from "./state";

export interface ActorEventFilter {
  addresses?: string[];
  fromHeight?: number;
  toHeight?: number;
  fields?: Record<string, { codec: number; value: string }[]>;
}

interface Entry {
  Flags: number;
  Key: string;
  Codec: number;
  Value: string;
}

interface RawActorEvent {
  entries: Entry[];
  emitter: string;
  reverted: boolean;
  height: number;
  tipsetKey: Link[];
  msgCid: Link;
}

const CBOR = 81;
/** Indexed by key and value; by key alone. */
const KEY_AND_VALUE = 3;
const KEY = 1;

/** `GetActorEventsRaw`: `Value` is CBOR in base64. */
export async function actorEvents(filter: ActorEventFilter | null, state: LotusState): Promise<RawActorEvent[]> {
  const { addresses, fromHeight, toHeight, fields } = filter ?? {};
  const head = (await state.head()).number;
  const from = fromHeight === undefined || fromHeight < 0 ? head : BigInt(fromHeight);
  const to = toHeight === undefined || toHeight < 0 ? head : BigInt(toHeight);
  // Lotus names the two the other way round.
  if (from > to) throw failed(`invalid epoch range: 'to' height (${from}) must be after 'from' height (${to})`);
  const { encode } = await import("cborg");
  const raw = (await state.events(from, to)).map((event) => shaped(event, encode));
  return raw.filter(
    ({ emitter, entries }) =>
      (addresses === undefined || addresses.length === 0 || addresses.includes(emitter)) && matches(entries, fields),
  );
}

/** Every named field has one of the values given for it. */
function matches(entries: Entry[], fields: ActorEventFilter["fields"]): boolean {
  return Object.entries(fields ?? {}).every(([key, values]) =>
    values.some(({ codec, value }) =>
      entries.some((entry) => entry.Key === key && entry.Codec === codec && entry.Value === value),
    ),
  );
}

function shaped(event: LotusActorEvent, encode: (value: unknown) => Uint8Array): RawActorEvent {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  const entry = (Key: string, bytes: Uint8Array, Flags = KEY_AND_VALUE): Entry => ({
    Flags,
    Key,
    Codec: CBOR,
    Value: base64(bytes),
  });
  const entries = [entry("$type", encode(event.type))];
  if ("id" in event)
    for (const key of ["id", "client", "provider"] as const) entries.push(entry(key, encode(event[key])));
  if ("sector" in event) entries.push(entry("sector", encode(event.sector)));
  if ("pieces" in event) {
    const unsealed = unsealedRoot(event.pieces, event.sectorBytes);
    entries.push(entry("unsealed-cid", unsealed === undefined ? encode(null) : cborCid(unsealed)));
    for (const { root, paddedBytes } of event.pieces)
      entries.push(entry("piece-cid", cborCid(root)), entry("piece-size", encode(paddedBytes), KEY));
  }
  return {
    entries,
    emitter: `f0${event.emitter}`,
    reverted: false,
    height: Number(event.height),
    tipsetKey: [chainLink(event.blockHash)],
    msgCid: chainLink(event.transactionHash),
  };
}

/** Tag 42 around the CID behind its 0x00. */
function cborCid(root: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("d82a582800", "hex"), pieceCidV1({ root }).bytes]);
}

/** The root over all of a sector: its pieces, each at a multiple of its size, and zeros. Undefined: only zeros. */
function unsealedRoot(pieces: readonly LotusPiece[], sectorBytes: bigint): Uint8Array | undefined {
  if (pieces.length === 0) return undefined;
  const stack: { root: Uint8Array; height: number }[] = [];
  const push = (root: Uint8Array, height: number) => {
    let node = { root, height };
    for (let top = stack.at(-1); top !== undefined && top.height === node.height; top = stack.at(-1)) {
      stack.pop();
      node = { root: parentOf(top.root, node.root), height: node.height + 1 };
    }
    stack.push(node);
  };
  const heightOf = (paddedBytes: bigint) => (paddedBytes / 32n).toString(2).length - 1;
  const fillTo = (height: number) => {
    for (let top = stack.at(-1); top !== undefined && top.height < height; top = stack.at(-1))
      push(zeroRoot(top.height), top.height);
  };
  for (const { root, paddedBytes } of pieces) {
    fillTo(heightOf(paddedBytes));
    push(root, heightOf(paddedBytes));
  }
  fillTo(heightOf(sectorBytes));
  return stack[0]!.root;
}

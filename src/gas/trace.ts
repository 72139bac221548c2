import { FrameMemory } from "./memory";
import {
  isActorPrecompile,
  isEthereumPrecompile,
  isMaskedId,
  readActorCall,
  sha256Of,
  type ActorCall,
} from "./precompiles";

/** One step of `debug_traceTransaction` or `debug_traceCall`. */
export interface StructLog {
  depth: number;
  gas: number;
  gasCost: number;
  op: string;
  pc: number;
  stack: string[];
}

/** What a transaction started with. */
export interface Message {
  from: string;
  /** Undefined for a deployment. */
  to: string | undefined;
  input: Uint8Array;
  value: bigint;
}

/** What a frame did that costs something of its own on Filecoin, in order. */
export type Action =
  | { kind: "read"; slot: bigint; value: bigint }
  | { kind: "write"; slot: bigint; value: bigint }
  | { kind: "transient"; slot: bigint; value: bigint }
  | { kind: "keccak"; bytes: number }
  | { kind: "log"; topics: number; bytes: number }
  | { kind: "native"; address: string; bytes: number }
  | { kind: "actor"; call: ActorCall; evmGas: number }
  | { kind: "code"; address: string }
  | { kind: "pay"; to: string; value: bigint }
  | { kind: "call"; frame: Frame };

export interface Frame {
  kind: "call" | "static" | "delegate" | "create";
  /** Whose code runs, and whose storage it runs on; the same but for a delegate call. */
  code: string;
  storage: string;
  codeBytes: number;
  value: bigint;
  /** Run by a native actor's local stand-in: its own steps are not charged to the contract. */
  simulated: boolean;
  opcodes: Map<string, number>;
  actions: Action[];
  output: Uint8Array;
  succeeded: boolean;
}

export interface Execution {
  root: Frame;
  /** Hash → what was hashed, as far as it could be seen: it names mapping entries. */
  preimages: Map<bigint, Uint8Array>;
  /** EVM gas that the local stand-ins of native actors used. */
  simulatedEvmGas: number;
}

/** Runs while the trace is walked: a frame and what of it is needed no longer afterwards. */
interface Running {
  frame: Frame;
  depth: number;
  memory: FrameMemory;
  input: Uint8Array;
  codeOfFrame: Uint8Array;
  returned: Uint8Array;
  /** Where the caller wants the output. */
  out?: { offset: number; size: number };
}

type Codes = ReadonlyMap<string, Uint8Array>;

const CALLS = new Set(["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"]);
const CREATES = new Set(["CREATE", "CREATE2"]);
const KEPT_PREIMAGE = 4096;

/** Every address whose code the trace may need: fetch these, then `readTrace`. */
export function addressesIn(logs: readonly StructLog[]): Set<string> {
  const addresses = new Set<string>();
  for (const log of logs) {
    if (CALLS.has(log.op)) addresses.add(addressOf(peek(log, 1)));
    else if (log.op.startsWith("EXTCODE")) addresses.add(addressOf(peek(log, 0)));
  }
  return addresses;
}

/** Walks a trace into frames and what each did. `codes` by lower-case address. */
export function readTrace(logs: readonly StructLog[], message: Message, codes: Codes): Execution {
  const walk = new Walk(message, codes);
  for (let i = 0; i < logs.length; i++) i = walk.step(logs, i);
  return { root: walk.finish(), preimages: walk.preimages, simulatedEvmGas: walk.simulatedEvmGas };
}

class Walk {
  readonly preimages = new Map<bigint, Uint8Array>();
  simulatedEvmGas = 0;
  private readonly running: Running[];
  private readonly root: Frame;

  constructor(
    message: Message,
    private readonly codes: Codes,
  ) {
    const to = message.to?.toLowerCase() ?? "0x";
    const code = message.to === undefined ? message.input : this.codeAt(to);
    const kind = message.to === undefined ? "create" : "call";
    this.root = newFrame(kind, to, to, code.length, message.value);
    const input = message.to === undefined ? new Uint8Array() : message.input;
    this.running = [start(this.root, 1, input, code)];
  }

  /** Takes one step; returns the index of the last step that it handled. */
  step(logs: readonly StructLog[], index: number): number {
    const log = logs[index]!;
    while (this.top.depth > log.depth) this.leave(log);
    const { frame, memory } = this.top;
    frame.opcodes.set(log.op, (frame.opcodes.get(log.op) ?? 0) + 1);
    const next = logs[index + 1];

    switch (log.op) {
      case "MSTORE":
        memory.writeWord(intAt(log, 0), peek(log, 1));
        break;
      case "MSTORE8":
        memory.write(intAt(log, 0), Uint8Array.of(Number(BigInt(hex(peek(log, 1))) & 0xffn)));
        break;
      case "MLOAD":
        // What the contract sees is right, whatever was rebuilt here.
        if (next?.depth === log.depth) memory.writeWord(intAt(log, 0), peek(next, 0));
        break;
      case "MCOPY":
        memory.write(intAt(log, 0), memory.read(intAt(log, 1), intAt(log, 2)));
        break;
      case "CALLDATACOPY":
        memory.copy(intAt(log, 0), this.top.input, intAt(log, 1), intAt(log, 2));
        break;
      case "CODECOPY":
        memory.copy(intAt(log, 0), this.top.codeOfFrame, intAt(log, 1), intAt(log, 2));
        break;
      case "RETURNDATACOPY":
        memory.copy(intAt(log, 0), this.top.returned, intAt(log, 1), intAt(log, 2));
        break;
      case "EXTCODECOPY":
        memory.copy(intAt(log, 1), this.codeAt(addressOf(peek(log, 0))), intAt(log, 2), intAt(log, 3));
        frame.actions.push({ kind: "code", address: addressOf(peek(log, 0)) });
        break;
      case "EXTCODESIZE":
      case "EXTCODEHASH":
        frame.actions.push({ kind: "code", address: addressOf(peek(log, 0)) });
        break;
      case "KECCAK256":
      case "SHA3":
        this.keccak(log, next);
        break;
      case "SLOAD":
        frame.actions.push({ kind: "read", slot: bigAt(log, 0), value: resultOf(log, next) });
        break;
      case "SSTORE":
        frame.actions.push({ kind: "write", slot: bigAt(log, 0), value: bigAt(log, 1) });
        break;
      case "TSTORE":
        frame.actions.push({ kind: "transient", slot: bigAt(log, 0), value: bigAt(log, 1) });
        break;
      case "LOG0":
      case "LOG1":
      case "LOG2":
      case "LOG3":
      case "LOG4":
        frame.actions.push({ kind: "log", topics: Number(log.op[3]), bytes: intAt(log, 1) });
        break;
      case "RETURN":
      case "REVERT":
        frame.output = memory.read(intAt(log, 0), intAt(log, 1));
        frame.succeeded = log.op === "RETURN";
        break;
      case "STOP":
      case "SELFDESTRUCT":
        frame.succeeded = true;
        break;
      default:
        if (CALLS.has(log.op)) return this.call(logs, index);
        if (CREATES.has(log.op)) this.create(log, next);
    }
    return index;
  }

  finish(): Frame {
    while (this.running.length > 1) this.leave(undefined);
    return this.root;
  }

  private get top(): Running {
    return this.running[this.running.length - 1]!;
  }

  private codeAt(address: string): Uint8Array {
    return this.codes.get(address) ?? new Uint8Array();
  }

  private keccak(log: StructLog, next: StructLog | undefined): void {
    const size = intAt(log, 1);
    this.top.frame.actions.push({ kind: "keccak", bytes: size });
    if (size > KEPT_PREIMAGE || next?.depth !== log.depth) return;
    this.preimages.set(bigAt(next, 0), this.top.memory.read(intAt(log, 0), size));
  }

  private call(logs: readonly StructLog[], index: number): number {
    const log = logs[index]!;
    const { frame: caller, memory } = this.top;
    const withValue = log.op === "CALL" || log.op === "CALLCODE";
    const arg = withValue ? 3 : 2;
    const target = addressOf(peek(log, 1));
    const value = withValue ? bigAt(log, 2) : 0n;
    const input = memory.read(intAt(log, arg), intAt(log, arg + 1));
    const out = { offset: intAt(log, arg + 2), size: intAt(log, arg + 3) };
    const entered = logs[index + 1]?.depth === log.depth + 1;

    if (isActorPrecompile(target) && !caller.simulated) {
      const last = entered ? lastBelow(logs, index) : index;
      const evmGas = entered ? gasBetween(logs, index + 1, last) : 0;
      this.simulatedEvmGas += evmGas;
      caller.actions.push({ kind: "actor", call: readActorCall(target, input), evmGas });
      this.top.returned = new Uint8Array();
      return last;
    }
    if (entered) {
      const kind = log.op === "STATICCALL" ? "static" : log.op === "CALL" ? "call" : "delegate";
      const storage = kind === "delegate" ? caller.storage : target;
      const code = this.codeAt(target);
      const frame = newFrame(kind, target, storage, code.length, value);
      caller.actions.push({ kind: "call", frame });
      this.running.push({ ...start(frame, log.depth + 1, input, code), out });
    } else if (isEthereumPrecompile(target)) {
      caller.actions.push({ kind: "native", address: target, bytes: input.length });
      this.top.returned = Number(target) === 2 ? sha256Of(input) : Number(target) === 4 ? input : new Uint8Array();
      memory.copy(out.offset, this.top.returned, 0, Math.min(out.size, this.top.returned.length));
    } else {
      caller.actions.push({ kind: "pay", to: target, value });
      this.top.returned = new Uint8Array();
    }
    return index;
  }

  private create(log: StructLog, next: StructLog | undefined): void {
    if (next?.depth !== log.depth + 1) return;
    const code = this.top.memory.read(intAt(log, 1), intAt(log, 2));
    const frame = newFrame("create", "0x", "0x", code.length, bigAt(log, 0));
    this.top.frame.actions.push({ kind: "call", frame });
    this.running.push(start(frame, log.depth + 1, new Uint8Array(), code));
  }

  /** `log` is the caller's first step afterwards: a deployment's address is on its stack. */
  private leave(log: StructLog | undefined): void {
    const { frame, out } = this.running.pop()!;
    const caller = this.top;
    if (frame.kind === "create" && log !== undefined) frame.code = frame.storage = addressOf(peek(log, 0));
    caller.returned = frame.kind === "create" && frame.succeeded ? new Uint8Array() : frame.output;
    if (out) caller.memory.copy(out.offset, frame.output, 0, Math.min(out.size, frame.output.length));
  }
}

function newFrame(kind: Frame["kind"], code: string, storage: string, codeBytes: number, value: bigint): Frame {
  return {
    kind,
    code,
    storage,
    codeBytes,
    value,
    simulated: isMaskedId(code) || isActorPrecompile(code),
    opcodes: new Map(),
    actions: [],
    output: new Uint8Array(),
    succeeded: false,
  };
}

const start = (frame: Frame, depth: number, input: Uint8Array, codeOfFrame: Uint8Array): Running => ({
  frame,
  depth,
  memory: new FrameMemory(),
  input,
  codeOfFrame,
  returned: new Uint8Array(),
});

/** The last step of the call made at `index`. */
function lastBelow(logs: readonly StructLog[], index: number): number {
  const { depth } = logs[index]!;
  let last = index + 1;
  while (last + 1 < logs.length && logs[last + 1]!.depth > depth) last++;
  return last;
}

/** What a frame used from its first step to its last; one that did not end by itself used all it had. */
function gasBetween(logs: readonly StructLog[], first: number, last: number): number {
  const end = logs[last]!;
  const ended = end.op === "RETURN" || end.op === "STOP" || end.op === "REVERT";
  return logs[first]!.gas - (ended ? end.gas - end.gasCost : 0);
}

/** The n-th word from the top of the stack. */
const peek = (log: StructLog, n: number): string => log.stack[log.stack.length - 1 - n] ?? "0";
const hex = (word: string): string => (word.startsWith("0x") ? word : `0x${word}`);
const bigAt = (log: StructLog, n: number): bigint => BigInt(hex(peek(log, n)));
const addressOf = (word: string): string => `0x${word.replace(/^0x/, "").padStart(64, "0").slice(24).toLowerCase()}`;

/** Offsets and sizes: a transaction that names one beyond memory ends there, so the value does not matter. */
function intAt(log: StructLog, n: number): number {
  const value = Number(hex(peek(log, n)));
  return value <= 0xffffff ? value : 0;
}

const resultOf = (log: StructLog, next: StructLog | undefined): bigint =>
  next?.depth === log.depth ? bigAt(next, 0) : 0n;

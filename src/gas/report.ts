import type { KnownContract } from "./contracts";
import { shortHex, SlotNames } from "./layout";
import type { Bill } from "./price";
import { gasOf, PARTS, PRICES, type Part } from "./prices";
import { groupOf } from "./storageTree";

/** A bill in words: what `hardhat gas --json` prints. Gas is the FVM's, rounded. */
export interface Report {
  what: string;
  succeeded: boolean;
  revertReason?: string;
  slotsAssumed: number;
  fvmGas: number;
  evmGas: number;
  parts: { part: Part; gas: number; detail: string }[];
  written: WrittenGroup[];
  actorCalls: { name: string; count: number; gas: number }[];
  advice: string[];
}

export interface WrittenGroup {
  contract: string;
  /** The first slot of the group; undefined for the path that several groups share. */
  group?: string;
  slots: string[];
  /** What not writing (and reading) it would save. */
  gas: number;
}

/** Names shown in a line. */
const NAMES_SHOWN = 4;
/** Gas below which moving a slot is not worth an advice. */
const WORTH_SAYING = 1_000_000;

export function reportOf(bill: Bill, what: string, known: (address: string) => KnownContract | undefined): Report {
  const nameOf = (address: string) => known(address)?.name ?? shortHex(address.replace(/^0x/, ""));
  const written = writtenGroups(bill, known, nameOf);
  return {
    what,
    succeeded: bill.succeeded,
    slotsAssumed: bill.slots,
    fvmGas: bill.fvmGas,
    evmGas: bill.evmGas,
    parts: PARTS.map((part) => ({ part, gas: Math.round(bill.parts[part]), detail: detailOf(part, bill, nameOf) })),
    written,
    actorCalls: actorCalls(bill),
    advice: [...adviceOnLoneSlots(written), ...adviceOnStoringTwice(bill, nameOf)],
  };
}

function writtenGroups(
  bill: Bill,
  known: (address: string) => KnownContract | undefined,
  nameOf: (address: string) => string,
): WrittenGroup[] {
  const groups: WrittenGroup[] = [];
  for (const [contract, { written }] of bill.touched) {
    if (written.size === 0) continue;
    const names = new SlotNames(known(contract)?.layout, bill.execution.preimages);
    const own = new Map<bigint | undefined, number>();
    for (const item of bill.items) {
      if (item.contract !== contract || !PRICES[item.price].part.startsWith("storage")) continue;
      own.set(item.group, (own.get(item.group) ?? 0) + gasOf(item.price, item.count));
    }
    const shared = own.get(undefined) ?? 0;
    groups.push({ contract: nameOf(contract), slots: [], gas: Math.round(shared) });
    for (const group of new Set([...written].map(groupOf))) {
      const slots = [...written].filter((slot) => groupOf(slot) === group).sort((a, b) => (a < b ? -1 : 1));
      groups.push({
        contract: nameOf(contract),
        group: hexOf(group << 6n),
        slots: slots.map((slot) => names.nameOf(slot) ?? `slot ${shortHex(hexOf(slot).slice(2))}`),
        gas: Math.round(own.get(group) ?? 0),
      });
    }
  }
  return groups;
}

function actorCalls(bill: Bill): Report["actorCalls"] {
  const calls = new Map<string, { name: string; count: number; gas: number }>();
  for (const { price, count, label } of bill.items) {
    if (PRICES[price].part !== "actor calls") continue;
    const name = label ?? price;
    const call = calls.get(name) ?? { name, count: 0, gas: 0 };
    calls.set(name, { name, count: call.count + count, gas: call.gas + gasOf(price, count) });
  }
  return [...calls.values()];
}

function detailOf(part: Part, bill: Bill, nameOf: (address: string) => string): string {
  const items = bill.items.filter(({ price }) => PRICES[price].part === part);
  const count = (price: string) =>
    items.filter((item) => item.price === price).reduce((sum, { count: n }) => sum + n, 0);
  const touched = [...bill.touched.values()];
  const inGroups = (kind: "read" | "written") => {
    const slots = touched.reduce((sum, one) => sum + one[kind].size, 0);
    const groups = touched.reduce((sum, one) => sum + new Set([...one[kind]].map(groupOf)).size, 0);
    return slots === 0 ? "" : `${plural(slots, "slot")} in ${plural(groups, "group")}`;
  };
  switch (part) {
    case "message":
      return "before anything else";
    case "calldata":
      return items.map(({ count: bytes, label }) => `${bytes} bytes ${label}`).join(", ");
    case "code":
      return items.map((item) => `${nameOf(item.contract ?? "")} ${(item.count / 1024).toFixed(1)} KB`).join(", ");
    case "opcodes":
      return count("opcode").toLocaleString("en-US");
    case "hashes":
      return [
        count("keccak") ? `${count("keccak")} keccak256` : "",
        count("sha256") ? `${count("sha256")} sha256` : "",
        count("ecrecover") ? `${count("ecrecover")} ecrecover` : "",
      ]
        .filter((text) => text !== "")
        .join(", ");
    case "storage read":
      return [inGroups("read"), plural(count("nodeRead"), "node")].filter((text) => text !== "").join(", ");
    case "storage written":
      return inGroups("written") && `${inGroups("written")}, ${plural(count("nodeWrite"), "node")}`;
    case "events":
      return items.length === 0 ? "" : plural(count("log"), "event");
    case "calls":
    case "payments":
    case "deployment":
    case "actor calls":
      return labels(
        items.filter(({ price }) => price !== "transfer").map(({ label, price }) => named(label, price, nameOf)),
      );
  }
}

const named = (label: string | undefined, price: string, nameOf: (address: string) => string): string =>
  label === undefined ? price : label.startsWith("0x") && label.length === 42 ? nameOf(label) : label;

function labels(names: string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`)).join(", ");
}

function adviceOnLoneSlots(written: WrittenGroup[]): string[] {
  return written
    .filter(({ group, slots, gas }) => group !== undefined && slots.length === 1 && gas >= WORTH_SAYING)
    .map(
      ({ contract, slots, gas }) =>
        `${contract}: ${slots[0]} is the only slot written in its group and costs ${million(gas)}; ` +
        `next to a slot that the call writes anyway it would cost about 0.5 M.`,
    );
}

function adviceOnStoringTwice(bill: Bill, nameOf: (address: string) => string): string[] {
  const times = new Map<string, number>();
  for (const { price, contract } of bill.items) {
    if (price === "stateWrite" && contract !== undefined) times.set(contract, (times.get(contract) ?? 0) + 1);
  }
  return [...times]
    .filter(([contract, count]) => count > 1 && (bill.touched.get(contract)?.written.size ?? 0) > 0)
    .map(
      ([contract, count]) =>
        `${nameOf(contract)} is stored ${count} times, since it writes between calls out: ` +
        `each time the path to what was written costs again. Write everything before the calls, or everything after.`,
    );
}

export const million = (gas: number): string => `${(gas / 1e6).toFixed(gas < 1e5 ? 3 : gas < 1e8 ? 2 : 0)} M`;
const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;
const hexOf = (slot: bigint): string => `0x${slot.toString(16).padStart(64, "0")}`;

/** The report for a terminal. */
export function formatReport(report: Report): string {
  const { fvmGas, evmGas, slotsAssumed } = report;
  const assumed =
    slotsAssumed === 0 ? "storage as it is" : `${slotsAssumed.toLocaleString("en-US")} slots in use in each contract`;
  const lines = [
    report.what,
    `FVM ${million(fvmGas)} gas, modelled, with ${assumed} · EVM ${evmGas.toLocaleString("en-US")} gas`,
    ...(report.succeeded ? [] : [`It reverts${report.revertReason === undefined ? "" : `: ${report.revertReason}`}.`]),
    "",
    ...report.parts
      .filter(({ gas }) => gas > 0)
      .map(({ part, gas, detail }) => row(part, gas, `${Math.round((100 * gas) / fvmGas)} %`, detail)),
    row("sum", fvmGas, "", ""),
  ];
  if (report.written.length > 0) lines.push("", "Groups of slots written, and what each costs by itself:");
  for (const { contract, group, slots, gas } of report.written) {
    const shown = slots.slice(0, NAMES_SHOWN).join(", ");
    const more = slots.length > NAMES_SHOWN ? `, … (${slots.length} slots)` : "";
    lines.push(
      row(contract, gas, "", group === undefined ? "the state object, and nodes that groups share" : shown + more),
    );
  }
  if (report.actorCalls.length > 0) lines.push("", "Actor calls:");
  for (const { name, count, gas } of report.actorCalls) lines.push(row(name, gas, `× ${count}`, ""));
  if (report.advice.length > 0) lines.push("", "Cheaper:", ...report.advice.map((text) => `  ${text}`));
  return lines.join("\n");
}

const row = (name: string, gas: number, share: string, detail: string): string =>
  `  ${name.padEnd(28)} ${million(gas).padStart(10)} ${share.padStart(5)}  ${detail}`.trimEnd();

import type { JsonRpc } from "./rpc";
import { RpcError } from "./rpc";
import { isMethodMissing } from "./rpcErrors";
import { SectorSet } from "./runLengths";

/** A sector may stay faulty for 42 days; then it is terminated. */
const FAULT_MAX_AGE_EPOCHS = 120_960n;

export interface StorageDeal {
  providerId: bigint;
  startEpoch: bigint;
  endEpoch: bigint;
  sector: bigint;
  sectorStartEpoch: bigint;
  slashEpoch: bigint;
}

interface RawStorageDeal {
  Proposal: { Provider: string; StartEpoch: number; EndEpoch: number };
  State: { SectorNumber: number; SectorStartEpoch: number; SlashEpoch: number };
}

/**
 * A second source besides the contract: Filecoin's own JSON-RPC. Each answer is undefined when this endpoint does not
 * serve the method; `onMissing` is called once then and the method is not asked again.
 */
export class LotusClient {
  private readonly missing = new Set<string>();

  constructor(
    private readonly rpc: JsonRpc,
    private readonly onMissing: (method: string) => void = () => {},
  ) {}

  /** Null: the market has no such deal (never sealed in time, terminated, or settled). */
  async storageDeal(dealId: bigint): Promise<StorageDeal | null | undefined> {
    const raw = await this.orNull<RawStorageDeal>("StateMarketStorageDeal", [Number(dealId), null], /not found/i);
    if (raw === null || raw === undefined) return raw;
    const { Proposal, State } = raw;
    return {
      providerId: BigInt(Proposal.Provider.slice(2)),
      startEpoch: BigInt(Proposal.StartEpoch),
      endEpoch: BigInt(Proposal.EndEpoch),
      sector: BigInt(State.SectorNumber),
      sectorStartEpoch: BigInt(State.SectorStartEpoch),
      slashEpoch: BigInt(State.SlashEpoch),
    };
  }

  async minerFaults(providerId: bigint): Promise<SectorSet | undefined> {
    return this.sectors("StateMinerFaults", providerId);
  }

  /** Sectors whose recovery is declared but not proven: still faulty. */
  async minerRecoveries(providerId: bigint): Promise<SectorSet | undefined> {
    return this.sectors("StateMinerRecoveries", providerId);
  }

  /** The last epoch of the deadline that a faulty sector first missed, where the chain knows it. */
  async faultySince(providerId: bigint, sector: bigint): Promise<bigint | undefined> {
    type Raw = { OnTime: number; Early: number };
    const params = [`f0${providerId}`, Number(sector), null];
    const raw = await this.orNull<Raw>("StateSectorExpiration", params, /failed to find sector/i);
    if (raw === undefined || raw === null || raw.Early === 0) return undefined;
    return BigInt(raw.Early) - FAULT_MAX_AGE_EPOCHS;
  }

  /** Which of the methods that the keeper uses are served. */
  async served(): Promise<Record<string, boolean>> {
    const probes: [string, unknown[]][] = [
      ["ChainHead", []],
      ["StateMarketStorageDeal", [0, null]],
      ["StateMinerFaults", ["f05", null]],
      ["StateMinerRecoveries", ["f05", null]],
      ["StateSectorExpiration", ["f05", 0, null]],
    ];
    const served: Record<string, boolean> = {};
    for (const [method, params] of probes) {
      try {
        served[method] = (await this.ask(method, params)) !== undefined;
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        served[method] = true; // It answered: an error about the arguments is an answer.
      }
    }
    return served;
  }

  private async sectors(method: string, providerId: bigint): Promise<SectorSet | undefined> {
    const runs = await this.ask<number[]>(method, [`f0${providerId}`, null]);
    return runs === undefined ? undefined : new SectorSet(runs);
  }

  private async orNull<T>(method: string, params: unknown[], absent: RegExp): Promise<T | null | undefined> {
    try {
      return await this.ask<T>(method, params);
    } catch (error) {
      if (error instanceof RpcError && absent.test(error.message)) return null;
      throw error;
    }
  }

  private async ask<T>(method: string, params: unknown[]): Promise<T | undefined> {
    if (this.missing.has(method)) return undefined;
    try {
      return await this.rpc.request<T>(`Filecoin.${method}`, params);
    } catch (error) {
      if (!isMethodMissing(error)) throw error;
      this.missing.add(method);
      this.onMissing(method);
      return undefined;
    }
  }
}

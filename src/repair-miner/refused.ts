import { Problem } from "../service/http/problem";
import type { Refusal } from "../protocol/negotiationWire";

const STATUS: Partial<Record<Refusal, number>> = {
  "unknown-deal": 404,
  "ask-unknown": 404,
  "wrong-state": 409,
  "bid-not-open": 409,
  "bid-differs": 409,
  "ask-closed": 409,
  busy: 503,
  "no-capacity": 503,
  "collateral-short": 503,
  "providers-short": 503,
};

/** A refusal, with its reason: `code` is part of the HTTP interface, the text says what would be accepted. */
export class RefusedError extends Problem {
  constructor(
    readonly code: Refusal,
    reason: string,
  ) {
    super(STATUS[code] ?? 422, code, "Refused", reason, { code });
  }
}

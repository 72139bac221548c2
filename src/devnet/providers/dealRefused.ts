/** Why a provider refuses, with the status of mk20 that says so. */
export class DealRefused extends Error {
  override readonly name = "DealRefused";
  constructor(
    readonly status: number,
    reason: string,
  ) {
    super(reason);
  }
}

import { expect } from "chai";

import { isTransient } from "../../../../src/filecoin/rpcErrors";
import { FlakyRpc, KilledError } from "../../../../src/scenarios/year/flakyRpc";
import { Random } from "../../../../src/devnet/random";

/** A node that counts what it did. */
class Counter {
  done = 0;
  async request<T>(): Promise<T> {
    return ++this.done as T;
  }
}

const outcome = (work: Promise<unknown>) => work.then(() => undefined).catch((error: unknown) => error as Error);

describe("a flaky node", () => {
  it("fails as often as it is told, with errors that are worth another try, a third of them after the effect", async () => {
    const counter = new Counter();
    const flaky = new FlakyRpc(counter, new Random(1), 0.3);
    let heard = 0;
    for (let i = 0; i < 3_000; i++) {
      const error = await outcome(flaky.request("eth_call"));
      if (error === undefined) heard++;
      else expect(isTransient(error), error.message).to.equal(true);
    }
    expect(flaky.failures).to.be.within(800, 1_000);
    expect(flaky.failures + heard).to.equal(3_000);
    expect(counter.done - heard).to.be.within(230, 370);
  });

  it("kills at the call it was told to, after its effect, and for ever", async () => {
    const counter = new Counter();
    const flaky = new FlakyRpc(counter, new Random(1), 0);
    await flaky.request("eth_call");
    flaky.killAfter(2);
    expect(await outcome(flaky.request("eth_call"))).to.equal(undefined);
    expect(await outcome(flaky.request("eth_sendRawTransaction"))).to.be.instanceOf(KilledError);
    expect(counter.done).to.equal(3);
    expect(await outcome(flaky.request("eth_call"))).to.be.instanceOf(KilledError);
    expect(counter.done).to.equal(3);
    expect(flaky.dead).to.equal(true);
  });
});

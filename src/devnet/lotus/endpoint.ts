import type { Eip1193Provider, SimulatedFilecoin } from "../actors/filecoin";
import type { RpcHandler } from "./rpcServer";
import { formatAddress } from "../../filecoin/filecoinAddress";
import { answerLotus, isLotusMethod } from "./answers";
import { LotusEthereum } from "./ethereum";
import { noMethod } from "./params";
import { SimulatedState } from "./simulatedState";

/** A Lotus node's JSON-RPC over a local network: Filecoin's methods from the simulated actors, Ethereum's from Hardhat. */
export class LotusEndpoint {
  readonly ethereum: LotusEthereum;
  /** Methods that this node says it does not have, as a gateway or an Ethereum-only provider would. */
  readonly withheld = new Set<string>();
  private readonly state: SimulatedState;

  constructor(filecoin: SimulatedFilecoin, provider: Eip1193Provider) {
    this.state = new SimulatedState(filecoin, provider);
    this.ethereum = new LotusEthereum(provider, (address) =>
      this.state.lookupId(formatAddress({ protocol: "delegated", ethereum: address })),
    );
  }

  readonly answer: RpcHandler = async (method, params) => {
    if (!isLotusMethod(method)) return this.ethereum.answer(method, params);
    if (this.withheld.has(method)) throw noMethod(method);
    return answerLotus(this.state, method, params);
  };
}

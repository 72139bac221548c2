import { expect } from "chai";
import { ethers } from "hardhat";

import { CommitFailedError, SimulatedFilecoin, type SectorManifest } from "../../../src/devnet/actors/filecoin";
import { NoticeReceiver__Harness__factory, type NoticeReceiver__Harness } from "../../../typechain-types";
import { ActorCalls, placeContract, recordedAnswers } from "../../support/actorCalls";
import { cborUint } from "../../support/cbor";
import { simulatedFilecoin } from "../../support/chain";

interface RecordedCall {
  receiver: string;
  params: string;
  exit: number;
  ret: string;
}

interface NotificationCase {
  name: string;
  kind: "ProveCommitSectors3" | "ProveReplicaUpdates3";
  successRequired: boolean;
  sectorExpiration: number;
  pieces: {
    sector: number;
    pieces: { cid: string; size: number; notify: { address: string; payload: string }[] }[];
  }[];
  calls: RecordedCall[];
  commitExit: number;
  sectorsAfter: string[];
}

const { notifications } = recordedAnswers<{
  notifications: {
    cases: NotificationCase[];
    asSeenByTheContract: { msgSender: string; method: number; codec: number; params: string };
  };
}>();

const MINER = 105n;
const NEXT_ID = 108n;
const GENERATE_SECTOR_LOCATION = 1321604665;

/** Receivers of the recording that are contracts, by actor id. */
const RECEIVERS: Record<string, string> = {
  f0106: "0x1fa7a296034c6482b36fadf5a0763a536c9f9b12",
  f0107: "0xb9ad0d071f14e94b3d1ccb35c7931389f0b773a2",
};

/** What a contract must do to be answered for as `recorded`: the recording keeps what the miner actor made of it. */
function replyFor(name: string, recorded: RecordedCall): NoticeReceiver__Harness.ReplyStruct {
  const reply = { reverts: false, exitCode: recorded.exit, codec: recorded.ret === "" ? 0 : 0x51 };
  if (name.startsWith("reverts")) return { ...reply, reverts: true, returned: "0x" };
  if (name === "codec 0x71") return { ...reply, exitCode: 0, codec: 0x71, returned: "0x8181f5" };
  return { ...reply, returned: `0x${recorded.ret}` };
}

describe("replay of SectorContentChanged notifications", () => {
  let filecoin: SimulatedFilecoin;
  let calls: ActorCalls;
  const receivers: Record<string, NoticeReceiver__Harness> = {};

  before(async () => {
    filecoin = await simulatedFilecoin();
    await filecoin.createMiner({ id: MINER });
    const [signer] = await ethers.getSigners();
    for (const [id, address] of Object.entries(RECEIVERS)) {
      await placeContract(address, NoticeReceiver__Harness__factory.bytecode);
      await filecoin.actorIdOf(address, BigInt(id.slice(2)));
      receivers[id] = NoticeReceiver__Harness__factory.connect(address, signer);
    }
    await filecoin.continueIdsAt(NEXT_ID);
    calls = await ActorCalls.deploy();
  });

  for (const recorded of notifications.cases) {
    it(`${recorded.name}: as recorded`, async () => {
      for (const call of recorded.calls) await receivers[call.receiver]?.replyWith(replyFor(recorded.name, call));
      const exchanges = await commit(recorded);
      expect(
        exchanges.map(({ receiver, params, exitCode, returned }) => ({
          receiver: `f0${receiver}`,
          codec: 81,
          params: params.slice(2),
          exit: Number(exitCode),
          ret: returned.slice(2),
        })),
      ).to.deep.equal(recorded.calls);
      expect(await locations(recorded)).to.deep.equal(recorded.sectorsAfter);
    });
  }

  it("asSeenByTheContract: the miner's masked address, method, codec and parameters as recorded", async () => {
    const { msgSender, method, codec, params } = notifications.asSeenByTheContract;
    const [accepted] = notifications.cases;
    await receivers["f0106"]!.replyWith(replyFor(accepted!.name, accepted!.calls[0]!));
    const unused = { ...accepted!, pieces: accepted!.pieces.map((entry) => ({ ...entry, sector: 200 })) };
    await commit(unused);
    const receiver = receivers["f0106"]!;
    const seen = [await receiver.sender(), await receiver.method(), await receiver.codec(), await receiver.params()];
    const sector200 = params.replace("831864", "8318c8");
    expect(seen).to.deep.equal([ethers.getAddress(msgSender), BigInt(method), BigInt(codec), sector200]);
  });

  it("leaves the miner's address with a native actor's code", async () => {
    expect(await ethers.provider.getCode("0xff00000000000000000000000000000000000069")).to.equal("0xfe");
  });

  it("undoes what receivers did when the commit fails", async () => {
    const receiver = receivers["f0106"]!;
    const before = await receiver.notices();
    const refused = notifications.cases.find(({ name }) => name === "answered false, required")!;
    await receiver.replyWith(replyFor(refused.name, refused.calls[0]!));
    const pieces = refused.pieces.map((entry) => ({ ...entry, sector: 201 }));
    await commit({ ...refused, pieces });
    expect(await receiver.notices()).to.equal(before);
  });

  async function commit(recorded: NotificationCase) {
    const sectors = recorded.pieces.map((entry) => manifest(recorded, entry));
    const commitsFirst = recorded.kind === "ProveReplicaUpdates3";
    if (commitsFirst) {
      await filecoin.commitSectors(
        MINER,
        sectors.map((sector) => ({ ...sector, pieces: [] })),
        true,
      );
    }
    try {
      const exchanges = commitsFirst
        ? await filecoin.updateSectors(MINER, sectors, recorded.successRequired)
        : await filecoin.commitSectors(MINER, sectors, recorded.successRequired);
      expect(recorded.commitExit).to.equal(0);
      return exchanges;
    } catch (error) {
      if (!(error instanceof CommitFailedError)) throw error;
      expect(Number(error.exitCode)).to.equal(recorded.commitExit);
      return error.exchanges;
    }
  }

  async function locations(recorded: NotificationCase): Promise<string[]> {
    const given = recorded.pieces.map(({ sector }) =>
      calls.ask({ actor: MINER, method: GENERATE_SECTOR_LOCATION, params: `81${cborUint(sector)}` }),
    );
    return (await Promise.all(given)).map(({ ret }) => ret ?? "none");
  }

  function manifest(recorded: NotificationCase, entry: NotificationCase["pieces"][number]): SectorManifest {
    return {
      number: BigInt(entry.sector),
      expiration: BigInt(recorded.sectorExpiration),
      pieces: entry.pieces.map((piece) => ({
        root: Buffer.from(piece.cid.slice(14), "hex"),
        paddedBytes: BigInt(piece.size),
        notify: piece.notify.map(({ address, payload }) => ({
          receiver: Buffer.from(address, "hex"),
          payload: Buffer.from(payload, "hex"),
        })),
      })),
    };
  }
});

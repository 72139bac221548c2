import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

import { expect } from "chai";

import { StoreLockedError } from "../../../src/store/errors";
import { openLibsqlStore } from "../../../src/store/libsql";
import { lockFolder } from "../../../src/store/lock";
import { temporaryFolder } from "../../support/keeper";
import { itBehavesAsStore } from "../../support/storeSuite";

describe("store", () => {
  describe("libSQL", () => {
    itBehavesAsStore(async () => {
      const folder = temporaryFolder();
      let store = await openLibsqlStore(folder.folder);
      const reopen = async () => {
        await store.close();
        return (store = await openLibsqlStore(folder.folder));
      };
      const close = async () => {
        await store.close();
        folder.remove();
      };
      return { store, reopen, close };
    });

    it("migrates once, and opens for a second reader while the first writes", async () => {
      const folder = temporaryFolder();
      const first = await openLibsqlStore(folder.folder);
      const second = await openLibsqlStore(folder.folder);
      await first.observations.checked(["p"], 2n ** 60n);
      expect((await second.observations.checkedEpochs(["p"])).get("p")).to.equal(2n ** 60n);
      await first.close();
      await second.close();
      folder.remove();
    });
  });

  describe("lock", () => {
    let folder: ReturnType<typeof temporaryFolder>;
    beforeEach(() => {
      folder = temporaryFolder();
    });
    afterEach(() => folder.remove());

    it("lets one act at a time, and tells the second who holds it", () => {
      const lock = lockFolder(folder.folder, "raas node");
      expect(() => lockFolder(folder.folder, "raas tick")).to.throw(
        StoreLockedError,
        `process ${process.pid} (raas node`,
      );
      lock.release();
      lockFolder(folder.folder, "raas tick").release();
    });

    it("dies with its process, kill -9 included", async () => {
      const script = path.join(__dirname, "../../support/holdLock.ts");
      const child = fork(script, [folder.folder], { execArgv: ["-r", "ts-node/register/transpile-only"] });
      await once(child, "message");
      expect(() => lockFolder(folder.folder, "test")).to.throw(StoreLockedError, `process ${child.pid}`);
      child.kill("SIGKILL");
      await once(child, "exit");
      lockFolder(folder.folder, "test").release();
    });
  });
});

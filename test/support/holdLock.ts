import { lockFolder } from "../../src/store/lock";

// As a process of its own (test runners load every file here): takes the lock of the folder that it is given, and keeps
// it until it is killed.
if (require.main === module) {
  const lock = lockFolder(process.argv[2]!, "another process");
  process.on("message", () => lock.release());
  process.send?.("locked");
}

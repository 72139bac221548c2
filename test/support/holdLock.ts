import { lockFolder } from "../../src/store/lock";

// A process that takes the lock of the folder that it is given, and keeps it until it is killed.
const lock = lockFolder(process.argv[2]!, "another process");
process.on("message", () => lock.release());
process.send?.("locked");

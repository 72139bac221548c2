export { runTask } from "../command";
export { decodeCommand, encodeCommand, rebuildCommand, verifyCommand } from "./coding";
export { commpCommand, inspectCommand, packCommand, proveCommand, unpackCommand, verifyProofCommand } from "./pieces";

import { scope, types } from "hardhat/config";

// Erasure coding and piece commitments of files. Sizes are in bytes.
// Exit codes: 0 done and good, 1 failed, 2 done and the data is bad, 130 interrupted.
const cli = () => require("../src/cli/data") as typeof import("../src/cli/data");

const data = scope("data", "Erasure code, piece commitments, manifests and proofs of files");

const JSON_FLAG = ["json", "Print JSON for programs"] as const;
const THREADS = [
  "threads",
  "Worker threads (default: one per processor when the input is large)",
  undefined,
  types.int,
] as const;
const MANIFEST = ["manifest", "The manifest, when it is not in the shards' folder", undefined, types.string] as const;
const DROOT = [
  "droot",
  "Without a manifest: piece CID of the encoded data, or its root as 0x-hex",
  undefined,
  types.string,
] as const;
const PAYLOAD = ["payloadSize", "Without a manifest: the payload's size in bytes", undefined, types.string] as const;
const K = [
  "k",
  "Without a manifest: number of shards needed to restore the payload (k)",
  undefined,
  types.int,
] as const;
const N = ["n", "Without a manifest: number of shards in all (n)", undefined, types.int] as const;

data
  .task("encode", "Encode a file into n shards, any k of which restore it, and write their manifest")
  .addPositionalParam("file", "The file")
  .addParam("out", "Folder for the shards and manifest.cbor; must not exist or be empty")
  .addParam("k", "Number of shards needed to restore the file, 1 or more", undefined, types.int)
  .addParam("n", "Number of shards in all, more than k, at most 255", undefined, types.int)
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().encodeCommand(args, context), args.json));

data
  .task("decode", "Restore a file from any k shards; bad shards are detected and left out")
  .addVariadicPositionalParam("shards", "Folder of the shards, or shard files")
  .addParam("out", "The file to write; it appears only when all of it is verified")
  .addOptionalParam(...MANIFEST)
  .addOptionalParam(...DROOT)
  .addOptionalParam(...K)
  .addOptionalParam(...N)
  .addOptionalParam(...PAYLOAD)
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().decodeCommand(args, context), args.json));

data
  .task("rebuild", "Rebuild missing and bad shards from any k good ones")
  .addVariadicPositionalParam("shards", "Folder of the shards, or shard files")
  .addOptionalParam("wanted", "Only these shards, such as 1,3; by default all that are missing or bad")
  .addOptionalParam("out", "Folder for the new shards; by default that of the others")
  .addOptionalParam(...MANIFEST)
  .addOptionalParam(...DROOT)
  .addOptionalParam(...K)
  .addOptionalParam(...N)
  .addOptionalParam(...PAYLOAD)
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().rebuildCommand(args, context), args.json));

data
  .task("verify", "Check shards against their manifest; exit code 2 when one is missing or bad")
  .addVariadicPositionalParam("shards", "Folder of the shards, or shard files")
  .addOptionalParam(...MANIFEST)
  .addOptionalParam(...THREADS)
  .addFlag("codeword", "Also check that the parity follows from the data")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().verifyCommand(args, context), args.json));

data
  .task("commp", "Compute a file's piece commitment and piece CIDs")
  .addPositionalParam("file", "The file")
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().commpCommand(args, context), args.json));

data
  .task("prove", "Prove that a shard is part of droot, or of the piece of a deal")
  .addPositionalParam("folder", "Folder of the shards, or their manifest")
  .addParam("shard", "Which shard, from 0", undefined, types.int)
  .addOptionalParam(
    "deal",
    "File with the payload of the deal's (or the sector's) piece, as it was sent to the provider",
  )
  .addOptionalParam("out", "File for the proof; by default it is printed")
  .addFlag("cbor", "Write DAG-CBOR instead of JSON")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().proveCommand(args, context), args.json));

data
  .task("verify-proof", "Check an inclusion proof, in JSON or DAG-CBOR; exit code 2 when it is wrong")
  .addPositionalParam("proof", "The file with the proof")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask(() => cli().verifyProofCommand(args), args.json));

data
  .task("pack", "Pack a file into a CAR and show its payload CID and its piece CIDs")
  .addPositionalParam("file", "The file")
  .addParam("out", "The CAR to write")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().packCommand(args, context), args.json));

data
  .task("unpack", "Extract a file from a CAR; every block is checked")
  .addPositionalParam("car", "The CAR")
  .addParam("out", "The file to write")
  .addOptionalParam("cid", "Payload CID of the file; by default the root of the CAR")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().unpackCommand(args, context), args.json));

data
  .task("inspect", "Show what a piece CID, a manifest, a folder of shards, a proof or a file is")
  .addPositionalParam("thing", "A piece CID or a path")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().inspectCommand(args, context), args.json));

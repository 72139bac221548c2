import { scope, types } from "hardhat/config";

// Erasure coding and piece commitments of files. Sizes are in bytes.
// Exit codes: 0 done and good, 1 failed, 2 done and the data is bad, 130 interrupted.
const cli = () => require("../src/cli/data") as typeof import("../src/cli/data");

const data = scope("data", "Erasure code, piece commitments, manifests and proofs of files");

const JSON_FLAG = ["json", "Print JSON for programs"] as const;
const THREADS = [
  "threads",
  "Worker threads; by default one a processor when the input is large",
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
const K = ["k", "Without a manifest: how many shards give the payload back", undefined, types.int] as const;
const N = ["n", "Without a manifest: how many shards there are", undefined, types.int] as const;

data
  .task("encode", "Cut a file into n shards, any k of which give it back, with their manifest")
  .addPositionalParam("file", "The file")
  .addParam("out", "Folder for the shards and manifest.cbor; must not exist or be empty")
  .addParam("k", "How many shards give the file back, from 1", undefined, types.int)
  .addParam("n", "How many shards there are, above k, at most 255", undefined, types.int)
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().encodeCommand(args, context), args.json));

data
  .task("decode", "Give a file back from any k shards; bad ones are found and left out")
  .addVariadicPositionalParam("shards", "Folder of the shards, or shard files")
  .addParam("out", "The file to write; it appears when all of it is right")
  .addOptionalParam(...MANIFEST)
  .addOptionalParam(...DROOT)
  .addOptionalParam(...K)
  .addOptionalParam(...N)
  .addOptionalParam(...PAYLOAD)
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().decodeCommand(args, context), args.json));

data
  .task("rebuild", "Make missing and bad shards anew from any k good ones")
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
  .addFlag("codeword", "Check as well that the parity follows from the data")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().verifyCommand(args, context), args.json));

data
  .task("commp", "Compute a file's piece commitment and piece CIDs")
  .addPositionalParam("file", "The file")
  .addOptionalParam(...THREADS)
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().commpCommand(args, context), args.json));

data
  .task("prove", "Prove that a shard lies in droot, or in the piece of a deal")
  .addPositionalParam("folder", "Folder of the shards, or their manifest")
  .addParam("shard", "Which shard, from 0", undefined, types.int)
  .addOptionalParam("deal", "The payload of the deal's or the sector's piece, as the provider got it")
  .addOptionalParam("out", "File for the proof; by default it is printed")
  .addFlag("cbor", "Write DAG-CBOR in place of JSON")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().proveCommand(args, context), args.json));

data
  .task("verify-proof", "Check an inclusion proof, in JSON or DAG-CBOR; exit code 2 when it is wrong")
  .addPositionalParam("proof", "The file with the proof")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask(() => cli().verifyProofCommand(args), args.json));

data
  .task("pack", "Pack a file into a CAR and tell its payload CID and its piece")
  .addPositionalParam("file", "The file")
  .addParam("out", "The CAR to write")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().packCommand(args, context), args.json));

data
  .task("unpack", "Take a file out of a CAR, every block checked")
  .addPositionalParam("car", "The CAR")
  .addParam("out", "The file to write")
  .addOptionalParam("cid", "Payload CID of the file; by default the root of the CAR")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().unpackCommand(args, context), args.json));

data
  .task("inspect", "Say what a piece CID, a manifest, a folder of shards, a proof or a file is")
  .addPositionalParam("thing", "A piece CID or a path")
  .addFlag(...JSON_FLAG)
  .setAction((args) => cli().runTask((context) => cli().inspectCommand(args, context), args.json));

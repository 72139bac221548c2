// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A Merkle path: `index` of the node among the nodes of its level, `path` its siblings, lowest first.
struct ProofData {
    uint64 index;
    bytes32[] path;
}

/// @notice Proof of data segment inclusion (FRC-0058): the segment's subtree and its entry in the index.
struct InclusionProof {
    ProofData proofSubtree;
    ProofData proofIndex;
}

/// @notice The segment: piece CID (bytes) and padded size in bytes.
struct InclusionVerifierData {
    bytes commPc;
    uint64 sizePc;
}

/// @notice The aggregate that the proof leads to: piece CID (bytes) and padded size in bytes.
struct InclusionAuxData {
    bytes commPa;
    uint64 sizePa;
}

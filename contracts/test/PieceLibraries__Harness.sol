// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CborAnswer} from "../libraries/CborAnswer.sol";
import {DataSegment} from "../libraries/DataSegment.sol";
import {PieceCid} from "../libraries/PieceCid.sol";
import {PieceTree} from "../libraries/PieceTree.sol";
import {InclusionProof, ProofData} from "../types/Inclusion.sol";
import {Piece} from "../types/Piece.sol";

/// @notice Exposes the libraries that compute.
contract PieceLibraries__Harness {
    function aggregateOf(Piece memory segment, InclusionProof calldata proof) external view returns (Piece memory) {
        return DataSegment.aggregateOf(segment, proof);
    }

    function node(bytes32 left, bytes32 right) external view returns (bytes32) {
        return PieceTree.node(left, right);
    }

    function rootOf(bytes32 subtree, ProofData calldata proof) external view returns (bytes32) {
        return PieceTree.rootOf(subtree, proof);
    }

    function holds(
        bytes32 root,
        uint8 rootHeight,
        bytes32 subtree,
        uint8 subtreeHeight,
        ProofData calldata proof
    ) external view returns (bool) {
        return PieceTree.holds(root, rootHeight, subtree, subtreeHeight, proof);
    }

    function heightOf(uint256 size) external pure returns (uint8) {
        return PieceTree.heightOf(size);
    }

    function paddedSize(uint8 height) external pure returns (uint256) {
        return PieceTree.paddedSize(height);
    }

    function firstEntry(uint256 height) external pure returns (uint256) {
        return DataSegment.firstEntry(height);
    }

    function parse(bytes memory cid) external pure returns (bytes32 root, uint8 height, uint64 padding) {
        return PieceCid.parse(cid);
    }

    function toV1(bytes32 root) external pure returns (bytes memory) {
        return PieceCid.toV1(root);
    }

    function toV2(bytes32 root, uint8 height, uint64 padding) external pure returns (bytes memory) {
        return PieceCid.toV2(root, height, padding);
    }

    function asUint(bytes memory data, uint256 at) external pure returns (bool ok, uint64 value) {
        return CborAnswer.asUint(data, at);
    }

    function asBool(bytes memory data) external pure returns (bool ok, bool value) {
        return CborAnswer.asBool(data);
    }

    function asUintPair(bytes memory data) external pure returns (bool ok, uint64 first, uint64 second) {
        return CborAnswer.asUintPair(data);
    }

    function asUintAndBytes(
        bytes memory data,
        uint256 maxBytes
    ) external pure returns (bool ok, uint64 number, bytes memory content) {
        return CborAnswer.asUintAndBytes(data, maxBytes);
    }

    function isBytesPair(bytes memory data, uint256 maxBytes) external pure returns (bool) {
        return CborAnswer.isBytesPair(data, maxBytes);
    }
}

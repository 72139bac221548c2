// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {ProofData} from "../types/Inclusion.sol";

/// @notice The Merkle tree of a Filecoin piece: SHA-256 of both children with the two top bits of the last byte
/// cleared, over 32-byte leaves. Leaves and inner nodes look alike, so every proof's depth is checked against the
/// sizes.
library PieceTree {
    /// @notice The smallest piece has four leaves.
    uint8 internal constant MIN_HEIGHT = 2;

    /// @notice 2^63 padded bytes: the last size that fits the interfaces' 64 bits.
    uint8 internal constant MAX_HEIGHT = 58;

    /// @notice A padded size is a power of two, at least 128 (four leaves), at most 2^63.
    error PieceTree_SizeNotPiece(uint256 paddedSize);
    error PieceTree_HashFailed();

    /// @notice The parent of two nodes.
    function node(bytes32 left, bytes32 right) internal view returns (bytes32 parent) {
        bool success;
        // Memory-safe: the two words written are scratch space. 0x02 is the SHA-256 precompile; it can fail only by
        // lack of gas, and then the scratch space would still hold `left`, so the result is checked.
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            success := staticcall(gas(), 0x02, 0x00, 0x40, 0x00, 0x20)
            parent := and(mload(0x00), not(0xc0))
        }
        if (!success) revert PieceTree_HashFailed();
    }

    /// @notice The node that `subtree` and its proof lead to. Depth and index are the caller's to check.
    function rootOf(bytes32 subtree, ProofData calldata proof) internal view returns (bytes32 root) {
        return _climb(subtree, proof.index, proof.path);
    }

    /// @notice Whether the tree (`root`, `rootHeight`) has (`subtree`, `subtreeHeight`) at the proof's index.
    function holds(
        bytes32 root,
        uint8 rootHeight,
        bytes32 subtree,
        uint8 subtreeHeight,
        ProofData calldata proof
    ) internal view returns (bool) {
        (uint256 index, bytes32[] calldata path) = (proof.index, proof.path);
        return
            path.length + subtreeHeight == rootHeight &&
            _inRange(index, path.length) &&
            _climb(subtree, index, path) == root;
    }

    /// @notice The height of a piece of `size` padded bytes.
    function heightOf(uint256 size) internal pure returns (uint8) {
        if (!isPieceSize(size)) revert PieceTree_SizeNotPiece(size);
        // Safe: from 2^7 to 2^63; a leaf has 2^5.
        return uint8(Math.log2(size) - 5);
    }

    function isPieceSize(uint256 size) internal pure returns (bool) {
        // Safe: `size` is at least 128 when the subtraction is reached.
        unchecked {
            return size >= 128 && size <= 1 << 63 && size & (size - 1) == 0;
        }
    }

    /// @notice The padded size in bytes of a piece of `height`, which is at most `MAX_HEIGHT`.
    function paddedSize(uint8 height) internal pure returns (uint256) {
        return uint256(32) << height;
    }

    /// @notice Whether the proof's index is one of the `2^depth` nodes at the depth of its path.
    function indexInRange(ProofData calldata proof) internal pure returns (bool) {
        return _inRange(proof.index, proof.path.length);
    }

    function _climb(bytes32 subtree, uint256 index, bytes32[] calldata path) private view returns (bytes32 root) {
        bool success = true;
        root = subtree;
        // As `node`, level by level; a proof in a large deal has fifty, and each opcode is paid for.
        // Memory-safe: the two words written are scratch space. Solidity checked that `path` lies in calldata.
        assembly ("memory-safe") {
            let at := path.offset
            for {
                let end := add(at, shl(5, path.length))
            } lt(at, end) {
                at := add(at, 0x20)
            } {
                // An odd index is a right child: its sibling goes first.
                let place := shl(5, and(index, 1))
                mstore(place, root)
                mstore(xor(place, 0x20), calldataload(at))
                success := and(success, staticcall(gas(), 0x02, 0x00, 0x40, 0x00, 0x20))
                root := and(mload(0x00), not(0xc0))
                index := shr(1, index)
            }
        }
        if (!success) revert PieceTree_HashFailed();
    }

    function _inRange(uint256 index, uint256 depth) private pure returns (bool) {
        // An index has 64 bits: any depth from 64 on holds it.
        return index >> depth == 0;
    }
}

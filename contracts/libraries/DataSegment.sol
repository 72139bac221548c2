// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {InclusionProof} from "../types/Inclusion.sol";
import {Piece} from "../types/Piece.sol";
import {PieceTree} from "./PieceTree.sol";

/// @notice Proof of data segment inclusion (FRC-0058): a piece lies in an aggregate, and the aggregate's index says so.
/// @dev Says nothing about where the aggregate is: its root and height must be held against what a deal commits to.
library DataSegment {
    /// @dev An index entry fills two leaves.
    uint256 private constant ENTRY_HEIGHT = 1;

    /// @dev The index has an entry for every 2048 × 64 bytes of the aggregate, at least four.
    uint256 private constant ENTRIES_SHIFT = 11;
    uint256 private constant MIN_ENTRIES = 4;

    error DataSegment_SubtreeIndexOutOfRange(uint64 index, uint256 depth);
    error DataSegment_IndexIndexOutOfRange(uint64 index, uint256 depth);
    error DataSegment_DepthsDiffer(uint256 subtreeHeight, uint256 indexHeight);
    error DataSegment_TooLarge(uint256 maxHeight, uint256 height);
    error DataSegment_EntryOutsideIndex(uint256 first, uint64 index);
    error DataSegment_RootsDiffer(bytes32 subtreeRoot, bytes32 indexRoot);

    /// @notice The aggregate that `proof` leads to from `segment`. Two empty paths: the segment is the whole deal, and
    /// needs no entry in an index.
    function aggregateOf(
        Piece memory segment,
        InclusionProof calldata proof
    ) internal view returns (Piece memory aggregate) {
        uint256 depth = proof.proofSubtree.path.length;
        uint256 indexDepth = proof.proofIndex.path.length;
        if (!PieceTree.indexInRange(proof.proofSubtree)) {
            revert DataSegment_SubtreeIndexOutOfRange(proof.proofSubtree.index, depth);
        }
        if (!PieceTree.indexInRange(proof.proofIndex)) {
            revert DataSegment_IndexIndexOutOfRange(proof.proofIndex.index, indexDepth);
        }
        if (depth == 0 && indexDepth == 0) return segment;

        uint256 height = segment.height + depth;
        if (height > PieceTree.MAX_HEIGHT) revert DataSegment_TooLarge(PieceTree.MAX_HEIGHT, height);
        // A segment without a path is the whole tree, which cannot hold an entry that describes it.
        if (depth == 0 || height != indexDepth + ENTRY_HEIGHT) {
            revert DataSegment_DepthsDiffer(height, indexDepth + ENTRY_HEIGHT);
        }
        uint256 first = firstEntry(height);
        if (proof.proofIndex.index < first) revert DataSegment_EntryOutsideIndex(first, proof.proofIndex.index);

        bytes32 root = PieceTree.rootOf(segment.root, proof.proofSubtree);
        bytes32 indexRoot = PieceTree.rootOf(_entry(segment, proof.proofSubtree.index), proof.proofIndex);
        if (root != indexRoot) revert DataSegment_RootsDiffer(root, indexRoot);
        // Safe: at most MAX_HEIGHT.
        return Piece({root: root, height: uint8(height)});
    }

    /// @notice The position of the first index entry of an aggregate, counted in entries (64 bytes) from its start.
    function firstEntry(uint256 height) internal pure returns (uint256) {
        uint256 all = 1 << (height - ENTRY_HEIGHT);
        uint256 entries = all >> ENTRIES_SHIFT;
        if (entries < MIN_ENTRIES) entries = MIN_ENTRIES;
        // An aggregate below four entries would be index alone.
        return all > entries ? all - entries : 0;
    }

    /// @dev The entry's node: commitment; offset and size in padded bytes, little-endian, and the checksum, which is
    /// the SHA-256 of the entry without it, cut to 126 bits.
    function _entry(Piece memory segment, uint64 index) private view returns (bytes32) {
        uint256 size = PieceTree.paddedSize(segment.height);
        // Safe: size ≤ 2^62 here, as a path of at least one level leads to at most 2^63; index × size lies inside the
        // aggregate, so it is below 2^63.
        bytes32 placement = bytes32(
            (uint256(_reversed(uint64(index * size))) << 192) | (uint256(_reversed(uint64(size))) << 128)
        );
        uint256 checksum = uint256(sha256(abi.encodePacked(segment.root, placement))) >> 128;
        // The checksum's last byte loses its two top bits.
        return PieceTree.node(segment.root, placement | bytes32(checksum & ~uint256(0xc0)));
    }

    /// @dev The eight bytes of `value` in the opposite order.
    function _reversed(uint64 value) private pure returns (uint64) {
        value = ((value & 0xff00ff00ff00ff00) >> 8) | ((value & 0x00ff00ff00ff00ff) << 8);
        value = ((value & 0xffff0000ffff0000) >> 16) | ((value & 0x0000ffff0000ffff) << 16);
        return (value >> 32) | (value << 32);
    }
}

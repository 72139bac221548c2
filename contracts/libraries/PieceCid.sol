// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {PieceTree} from "./PieceTree.sol";

/// @notice Piece CIDs: v1 (fil-commitment-unsealed) and v2 (FRC-0069), each with or without the leading 0x00 that CBOR
/// links carry.
library PieceCid {
    /// @dev CIDv1, fil-commitment-unsealed 0xf101, sha2-256-trunc254-padded 0x1012, 32 bytes.
    bytes7 private constant V1_PREFIX = 0x0181e203922020;
    uint256 private constant V1_LENGTH = 39;

    /// @dev CIDv1, raw 0x55, fr32-sha2-256-trunc254-padded-binary-tree 0x1011; then the digest's length.
    bytes4 private constant V2_PREFIX = 0x01559120;

    /// @dev Prefix, length, at least one byte of padding, height, root.
    uint256 private constant V2_MIN_LENGTH = 39;

    /// @dev A varint has at most nine bytes.
    uint256 private constant V2_MAX_LENGTH = 47;

    /// @notice Neither a v1 nor a v2 piece CID. A payload CID (of a file or directory) cannot be bound to a deal on
    /// chain.
    error PieceCid_Unsupported(bytes cid);

    /// @notice The piece that a CID names; reverts on anything else.
    /// @return root the piece's root
    /// @return height its height; 0: the CID is v1 and does not say
    /// @return padding v2: zero bytes after the payload, before Fr32 padding
    function parse(bytes memory cid) internal pure returns (bytes32 root, uint8 height, uint64 padding) {
        bool ok;
        (ok, root, height, padding) = tryParse(cid);
        if (!ok) revert PieceCid_Unsupported(cid);
    }

    /// @notice As `parse`, without reverting.
    function tryParse(bytes memory cid) internal pure returns (bool ok, bytes32 root, uint8 height, uint64 padding) {
        uint256 start = cid.length != 0 && cid[0] == 0x00 ? 1 : 0;
        // Safe: `start` is 1 only when there is a byte.
        uint256 length;
        unchecked {
            length = cid.length - start;
        }
        if (length < V2_MIN_LENGTH || length > V2_MAX_LENGTH) return (false, 0, 0, 0);
        bytes32 head = _word(cid, start);
        if (bytes7(head) == V1_PREFIX) {
            if (length != V1_LENGTH) return (false, 0, 0, 0);
            return (true, _word(cid, start + 7), 0, 0);
        }
        if (bytes4(head) != V2_PREFIX || uint8(head[4]) != length - 5) return (false, 0, 0, 0);
        return _parseV2Digest(cid, start + 5, start + length - 33);
    }

    /// @notice The v1 CID of a root.
    function toV1(bytes32 root) internal pure returns (bytes memory) {
        return abi.encodePacked(V1_PREFIX, root);
    }

    /// @notice The v2 CID of a piece; with `padding` 0 it names the piece as a payload that fills it.
    function toV2(bytes32 root, uint8 height, uint64 padding) internal pure returns (bytes memory) {
        bytes memory varint = _varint(padding);
        // Safe: a varint of 64 bits has at most ten bytes.
        return abi.encodePacked(V2_PREFIX, uint8(varint.length + 33), varint, height, root);
    }

    /// @dev The digest is varint padding, height, root; `end` is where the height stands.
    function _parseV2Digest(
        bytes memory cid,
        uint256 at,
        uint256 end
    ) private pure returns (bool ok, bytes32 root, uint8 height, uint64 padding) {
        height = uint8(cid[end]);
        if (height < PieceTree.MIN_HEIGHT || height > PieceTree.MAX_HEIGHT) return (false, 0, 0, 0);
        uint256 value;
        uint256 shift;
        for (uint256 i = at; i < end; ++i) {
            uint256 digit = uint8(cid[i]);
            bool last = i + 1 == end;
            // Each byte but the last says that another follows; a last byte of zero would be a longer way to write it.
            if ((digit < 128) != last || (last && digit == 0 && i != at)) return (false, 0, 0, 0);
            value |= (digit & 127) << shift;
            shift += 7;
        }
        // 127 of 128 padded bytes are payload.
        if (value > uint256(127) << (height - PieceTree.MIN_HEIGHT)) return (false, 0, 0, 0);
        // Safe: nine bytes of seven bits.
        return (true, _word(cid, end + 1), height, uint64(value));
    }

    function _varint(uint64 value) private pure returns (bytes memory varint) {
        while (value >= 128) {
            // Safe: the mask leaves seven bits.
            varint = abi.encodePacked(varint, uint8(value & 127) | 128);
            value >>= 7;
        }
        // Safe: below 128.
        return abi.encodePacked(varint, uint8(value));
    }

    /// @dev The 32 bytes at `at`; the callers made sure that they lie within `data`.
    function _word(bytes memory data, uint256 at) private pure returns (bytes32 word) {
        // Memory-safe: reads only.
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), at))
        }
    }
}

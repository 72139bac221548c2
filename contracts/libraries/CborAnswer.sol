// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Reads answers of actors: exactly what a method may return, in its shortest form, and nothing after it. What is
/// anything else is not `ok`.
/// @dev The decoders of filecoin-solidity are not used: they revert on a malformed answer, and read -1 as 0.
library CborAnswer {
    uint256 private constant UINT = 0;
    uint256 private constant BYTES = 2;
    uint256 private constant ARRAY = 4;

    /// @notice One unsigned integer, from `at` to the end.
    function asUint(bytes memory data, uint256 at) internal pure returns (bool ok, uint64 value) {
        uint256 next;
        (value, next) = _head(data, at, UINT);
        return next == data.length && next != 0 ? (true, value) : (false, 0);
    }

    /// @notice `true` or `false`.
    function asBool(bytes memory data) internal pure returns (bool ok, bool value) {
        if (data.length != 1) return (false, false);
        return (data[0] == 0xf4 || data[0] == 0xf5, data[0] == 0xf5);
    }

    /// @notice `[uint, uint]`.
    function asUintPair(bytes memory data) internal pure returns (bool ok, uint64 first, uint64 second) {
        uint256 next;
        (first, next) = _pairAndUint(data);
        if (next == 0) return (false, 0, 0);
        (ok, second) = asUint(data, next);
    }

    /// @notice `[uint, bytes]` with at most `maxBytes` bytes.
    function asUintAndBytes(
        bytes memory data,
        uint256 maxBytes
    ) internal pure returns (bool ok, uint64 number, bytes memory content) {
        uint256 next;
        uint256 length;
        (number, next) = _pairAndUint(data);
        if (next == 0) return (false, 0, "");
        (length, next) = _head(data, next, BYTES);
        if (next == 0 || length > maxBytes || next + length != data.length) return (false, 0, "");
        content = new bytes(length);
        // Memory-safe: copies the `length` bytes from `next` to the end of `data` into as many allocated ones.
        assembly ("memory-safe") {
            mcopy(add(content, 0x20), add(add(data, 0x20), next), length)
        }
        return (true, number, content);
    }

    /// @notice Whether it is `[bytes, bytes]`, with at most `maxBytes` bytes each.
    function isBytesPair(bytes memory data, uint256 maxBytes) internal pure returns (bool) {
        (uint256 length, uint256 next) = _head(data, 0, ARRAY);
        if (next == 0 || length != 2) return false;
        (length, next) = _head(data, next, BYTES);
        if (next == 0 || length > maxBytes) return false;
        (length, next) = _head(data, next + length, BYTES);
        return next != 0 && length <= maxBytes && next + length == data.length;
    }

    /// @dev The beginning of `[uint, …]` of two items; `next` is 0 when it is no such thing.
    function _pairAndUint(bytes memory data) private pure returns (uint64 value, uint256 next) {
        (value, next) = _head(data, 0, ARRAY);
        if (next == 0 || value != 2) return (0, 0);
        return _head(data, next, UINT);
    }

    /// @dev The head of an item of type `major` at `at`: its argument, and where its content begins; `next` is 0 when
    /// there is no such head.
    function _head(bytes memory data, uint256 at, uint256 major) private pure returns (uint64 value, uint256 next) {
        if (at >= data.length) return (0, 0);
        uint256 first = uint8(data[at]);
        uint256 low = first & 31;
        // 24 to 27: the argument stands in the next 1, 2, 4 or 8 bytes; the rest is reserved or of indefinite length.
        if (first >> 5 != major || low > 27) return (0, 0);
        // Safe: below 24.
        if (low < 24) return (uint64(low), at + 1);
        uint256 size = 1 << (low - 24);
        next = at + 1 + size;
        if (next > data.length) return (0, 0);
        // Memory-safe: reads the `size` bytes from `at + 1`, which lie within `data`.
        assembly ("memory-safe") {
            value := shr(sub(256, mul(8, size)), mload(add(add(data, 0x21), at)))
        }
        // Shorter forms hold arguments below 24 and what fits half as many bytes.
        if (size == 1 ? value < 24 : value >> (4 * size) == 0) return (0, 0);
    }
}

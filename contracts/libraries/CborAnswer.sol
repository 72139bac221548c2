// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Reads answers of actors: exactly what a method may return, in its shortest form, and nothing after it. What
/// is anything else is not `ok`.
/// @dev The decoders of filecoin-solidity are not used: they revert on a malformed answer, and read -1 as 0.
library CborAnswer {
    uint256 private constant UINT = 0;
    uint256 private constant BYTES = 2;
    uint256 private constant ARRAY = 4;
    bytes1 private constant FALSE = 0xf4;
    bytes1 private constant TRUE = 0xf5;

    /// @notice One unsigned integer, from `at` to the end.
    function asUint(bytes memory data, uint256 at) internal pure returns (bool ok, uint64 value) {
        (uint256 argument, uint256 next) = _head(data, at, UINT);
        // Safe: an argument has at most 64 bits.
        return next == data.length && next != 0 ? (true, uint64(argument)) : (false, 0);
    }

    /// @notice `true` or `false`.
    function asBool(bytes memory data) internal pure returns (bool ok, bool value) {
        if (data.length != 1) return (false, false);
        bytes1 simple = data[0];
        return (simple == FALSE || simple == TRUE, simple == TRUE);
    }

    /// @notice `[uint, uint]`.
    function asUintPair(bytes memory data) internal pure returns (bool ok, uint64 first, uint64 second) {
        (uint256 argument, uint256 next) = _pairAndUint(data);
        if (next == 0) return (false, 0, 0);
        // Safe: an argument has at most 64 bits.
        first = uint64(argument);
        (ok, second) = asUint(data, next);
    }

    /// @notice `[uint, bytes]` with at most `maxBytes` bytes.
    function asUintAndBytes(
        bytes memory data,
        uint256 maxBytes
    ) internal pure returns (bool ok, uint64 number, bytes memory content) {
        (uint256 argument, uint256 next) = _pairAndUint(data);
        if (next == 0) return (false, 0, "");
        uint256 length;
        (length, next) = _head(data, next, BYTES);
        if (next == 0 || length > maxBytes || next + length != data.length) return (false, 0, "");
        content = new bytes(length);
        // Memory-safe: copies the `length` bytes from `next` to the end of `data` into as many allocated ones.
        assembly ("memory-safe") {
            mcopy(add(content, 0x20), add(add(data, 0x20), next), length)
        }
        // Safe: an argument has at most 64 bits.
        return (true, uint64(argument), content);
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
    function _pairAndUint(bytes memory data) private pure returns (uint256 value, uint256 next) {
        (value, next) = _head(data, 0, ARRAY);
        if (next == 0 || value != 2) return (0, 0);
        return _head(data, next, UINT);
    }

    /// @dev The head of an item of type `major` at `at`: its argument of at most 64 bits, and where its content begins;
    /// `next` is 0 when there is no such head.
    function _head(bytes memory data, uint256 at, uint256 major) private pure returns (uint256 value, uint256 next) {
        if (at >= data.length) return (0, 0);
        uint256 head;
        // Memory-safe: reads only. The word begins within `data`; what of it lies behind is looked at no further.
        assembly ("memory-safe") {
            head := mload(add(add(data, 0x20), at))
        }
        // Safe: `at` is below the length of something in memory, and `low` is 24 to 27 where it is subtracted from.
        unchecked {
            // Below 32 only if the item is of that type.
            uint256 low = (head >> 248) ^ (major << 5);
            if (low < 24) return (low, at + 1);
            // 24 to 27: the argument stands in the next 1, 2, 4 or 8 bytes; the rest is reserved or of indefinite
            // length.
            if (low > 27) return (0, 0);
            uint256 size = 1 << (low - 24);
            next = at + 1 + size;
            value = (head << 8) >> (256 - 8 * size);
            // Shorter forms hold arguments below 24 and what fits half as many bytes.
            uint256 least = size == 1 ? 24 : 1 << (4 * size);
            if (next > data.length || value < least) return (0, 0);
        }
    }
}

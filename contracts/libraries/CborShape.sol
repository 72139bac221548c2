// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Whether an answer is exactly what a method may return: the right types, in their shortest form, and nothing
/// after them. The decoders of filecoin-solidity revert on anything else, and read -1 as 0; they are safe behind these.
library CborShape {
    uint8 private constant UINT = 0;
    uint8 private constant BYTES = 2;
    uint8 private constant ARRAY = 4;

    /// @notice One unsigned integer from `at` to the end.
    function isUint(bytes memory data, uint256 at) internal pure returns (bool) {
        (bool ok, , uint256 next) = _head(data, at, UINT);
        return ok && next == data.length;
    }

    /// @notice `true` or `false`.
    function isBool(bytes memory data) internal pure returns (bool) {
        return data.length == 1 && (data[0] == 0xf4 || data[0] == 0xf5);
    }

    /// @notice `[uint, uint]`.
    function isUintPair(bytes memory data) internal pure returns (bool) {
        (bool ok, uint256 length, uint256 next) = _head(data, 0, ARRAY);
        if (!ok || length != 2) return false;
        (ok, , next) = _head(data, next, UINT);
        return ok && isUint(data, next);
    }

    /// @notice `[uint, bytes]` with at most `maxBytes` bytes.
    function isUintAndBytes(bytes memory data, uint256 maxBytes) internal pure returns (bool) {
        (bool ok, uint256 length, uint256 next) = _head(data, 0, ARRAY);
        if (!ok || length != 2) return false;
        (ok, , next) = _head(data, next, UINT);
        if (!ok) return false;
        (ok, length, next) = _head(data, next, BYTES);
        return ok && length <= maxBytes && next + length == data.length;
    }

    /// @notice `[bytes, bytes]` with at most `maxBytes` bytes each.
    function isBytesPair(bytes memory data, uint256 maxBytes) internal pure returns (bool) {
        (bool ok, uint256 length, uint256 next) = _head(data, 0, ARRAY);
        if (!ok || length != 2) return false;
        (ok, length, next) = _head(data, next, BYTES);
        if (!ok || length > maxBytes) return false;
        (ok, length, next) = _head(data, next + length, BYTES);
        return ok && length <= maxBytes && next + length == data.length;
    }

    /// @dev The head of an item of type `major` at `at`: its argument, and where its content begins.
    function _head(
        bytes memory data,
        uint256 at,
        uint8 major
    ) private pure returns (bool ok, uint256 value, uint256 next) {
        if (at >= data.length) return (false, 0, 0);
        uint256 first = uint8(data[at]);
        if (first >> 5 != major) return (false, 0, 0);
        uint256 low = first & 31;
        if (low < 24) return (true, low, at + 1);
        // 24 to 27: the argument stands in the next 1, 2, 4 or 8 bytes; the rest is reserved or of indefinite length.
        if (low > 27) return (false, 0, 0);
        uint256 size = 1 << (low - 24);
        next = at + 1 + size;
        if (next > data.length) return (false, 0, 0);
        // Memory-safe: reads the `size` bytes from `at + 1`, which lie within `data`.
        assembly ("memory-safe") {
            value := shr(sub(256, mul(8, size)), mload(add(add(data, 0x21), at)))
        }
        // Shorter forms hold arguments below 24 and below the range of half as many bytes.
        return (size == 1 ? value >= 24 : value >> (4 * size) != 0, value, next);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Reads CBOR as the built-in actors do: definite lengths only, no trailing bytes. Nothing here reverts on
/// malformed input; a reader that met some stays `failed` and reads zeros.
library CborReader {
    struct Reader {
        bytes data;
        uint256 at;
        bool failed;
    }

    uint8 private constant UINT = 0;
    uint8 private constant NEGATIVE = 1;
    uint8 private constant BYTES = 2;
    uint8 private constant ARRAY = 4;
    uint8 private constant TAG = 6;
    uint8 private constant SIMPLE = 7;

    function over(bytes memory data) internal pure returns (Reader memory) {
        return Reader(data, 0, false);
    }

    /// @notice Whether everything was read, and was well-formed.
    function finished(Reader memory reader) internal pure returns (bool) {
        return !reader.failed && reader.at == reader.data.length;
    }

    function readUint(Reader memory reader) internal pure returns (uint64) {
        return _expect(reader, UINT);
    }

    function readInt(Reader memory reader) internal pure returns (int64) {
        (uint8 major, uint64 value) = _head(reader);
        if ((major != UINT && major != NEGATIVE) || value > uint64(type(int64).max)) {
            reader.failed = true;
            return 0;
        }
        // Safe: value is at most 2^63 - 1, and -1 - (2^63 - 1) is the least int64.
        return major == UINT ? int64(value) : -1 - int64(value);
    }

    function readArray(Reader memory reader) internal pure returns (uint64 length) {
        length = _expect(reader, ARRAY);
        // Every element takes a byte or more, so a longer array is truncated: refused before it costs memory.
        if (length > reader.data.length - reader.at) {
            reader.failed = true;
            return 0;
        }
    }

    function readBytes(Reader memory reader) internal pure returns (bytes memory) {
        return _take(reader, _expect(reader, BYTES));
    }

    function readBool(Reader memory reader) internal pure returns (bool) {
        if (reader.failed || reader.at == reader.data.length) {
            reader.failed = true;
            return false;
        }
        uint8 item = uint8(reader.data[reader.at++]);
        if (item >> 5 != SIMPLE || (item != 0xf4 && item != 0xf5)) reader.failed = true;
        return item == 0xf5;
    }

    /// @notice A CID: tag 42 over a byte string that starts with 0x00, which is left out here.
    function readCid(Reader memory reader) internal pure returns (bytes memory cid) {
        if (_expect(reader, TAG) != 42) reader.failed = true;
        bytes memory prefixed = readBytes(reader);
        if (reader.failed || prefixed.length == 0 || prefixed[0] != 0) {
            reader.failed = true;
            return "";
        }
        cid = new bytes(prefixed.length - 1);
        for (uint256 i = 0; i < cid.length; i++) cid[i] = prefixed[i + 1];
    }

    function _expect(Reader memory reader, uint8 wanted) private pure returns (uint64) {
        (uint8 major, uint64 value) = _head(reader);
        if (major == wanted && !reader.failed) return value;
        reader.failed = true;
        return 0;
    }

    function _head(Reader memory reader) private pure returns (uint8 major, uint64 value) {
        if (reader.failed || reader.at == reader.data.length) {
            reader.failed = true;
            return (0, 0);
        }
        uint8 initial = uint8(reader.data[reader.at++]);
        major = initial >> 5;
        uint8 info = initial & 0x1f;
        if (info < 24) return (major, info);
        if (info > 27) {
            reader.failed = true;
            return (0, 0);
        }
        uint256 width = 1 << (info - 24);
        if (reader.data.length - reader.at < width) {
            reader.failed = true;
            return (0, 0);
        }
        for (uint256 i = 0; i < width; i++) value = (value << 8) | uint8(reader.data[reader.at++]);
    }

    function _take(Reader memory reader, uint64 length) private pure returns (bytes memory taken) {
        if (reader.failed || length > reader.data.length - reader.at) {
            reader.failed = true;
            return "";
        }
        taken = new bytes(length);
        bytes memory data = reader.data;
        uint256 at = reader.at;
        // Safe: reads `length` bytes that the check above found inside `data`, writes those of `taken`.
        assembly ("memory-safe") {
            mcopy(add(taken, 32), add(add(data, 32), at), length)
        }
        reader.at = at + length;
    }
}

/// @notice Writes CBOR as the built-in actors do: shortest heads, definite lengths.
library CborWriter {
    bytes internal constant NULL = hex"f6";

    function writeUint(uint64 value) internal pure returns (bytes memory) {
        return _head(0, value);
    }

    function writeInt(int64 value) internal pure returns (bytes memory) {
        // Safe: both branches map to 0 .. 2^63 - 1.
        return value >= 0 ? _head(0, uint64(value)) : _head(1, uint64(-1 - value));
    }

    function writeBytes(bytes memory value) internal pure returns (bytes memory) {
        return bytes.concat(_head(2, uint64(value.length)), value);
    }

    function writeText(bytes memory utf8) internal pure returns (bytes memory) {
        return bytes.concat(_head(3, uint64(utf8.length)), utf8);
    }

    function writeArray(uint256 length) internal pure returns (bytes memory) {
        return _head(4, uint64(length));
    }

    function writeBool(bool value) internal pure returns (bytes memory) {
        return value ? bytes(hex"f5") : bytes(hex"f4");
    }

    function writeCid(bytes memory cid) internal pure returns (bytes memory) {
        return bytes.concat(hex"d82a", writeBytes(bytes.concat(hex"00", cid)));
    }

    /// @notice A token amount or power: a byte string of a sign byte (0) and the magnitude; empty for zero.
    function writeBigInt(uint256 value) internal pure returns (bytes memory) {
        if (value == 0) return hex"40";
        uint256 width = 1;
        while (width < 32 && value >> (width * 8) != 0) width++;
        bytes memory padded = abi.encodePacked(value);
        bytes memory magnitude = new bytes(width);
        for (uint256 i = 0; i < width; i++) magnitude[i] = padded[32 - width + i];
        return writeBytes(bytes.concat(hex"00", magnitude));
    }

    function _head(uint8 major, uint64 value) private pure returns (bytes memory) {
        uint8 top = major << 5;
        // Safe casts: each branch bounds `value` by the width it writes.
        if (value < 24) return abi.encodePacked(top | uint8(value));
        if (value <= type(uint8).max) return abi.encodePacked(top | 24, uint8(value));
        if (value <= type(uint16).max) return abi.encodePacked(top | 25, uint16(value));
        if (value <= type(uint32).max) return abi.encodePacked(top | 26, uint32(value));
        return abi.encodePacked(top | 27, value);
    }
}

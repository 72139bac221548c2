// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Reads the parameters of `SectorContentChanged` (FIP-0109) and writes its answer, CBOR both.
/// filecoin-solidity has no codec for them, and its decoders revert where one bad element must not spoil its
/// neighbours.
library SectorNotice {
    /// @param data where the parameters lie in calldata
    /// @param length in bytes
    /// @param at the next byte to read
    struct Reader {
        uint256 data;
        uint256 length;
        uint256 at;
    }

    uint256 private constant UINT = 0;
    uint256 private constant NEGATIVE = 1;
    uint256 private constant BYTES = 2;
    uint256 private constant ARRAY = 4;
    uint256 private constant TAG = 6;
    uint256 private constant CID_TAG = 42;

    error SectorNotice_Malformed(uint256 at);

    function open(bytes calldata params) internal pure returns (Reader memory reader) {
        uint256 offset;
        // Memory-safe: touches no memory.
        assembly ("memory-safe") {
            offset := params.offset
        }
        return Reader({data: offset, length: params.length, at: 0});
    }

    /// @notice The number of items of the array that begins here. An item takes at least one byte.
    function array(Reader memory reader) internal pure returns (uint256 count) {
        count = _expect(reader, ARRAY);
        if (count > reader.length - reader.at) revert SectorNotice_Malformed(reader.at);
    }

    /// @notice `[sector, minimumCommitment, [pieces…`
    function sectorHead(Reader memory reader) internal pure returns (uint64 sector, int64 commitment, uint256 pieces) {
        if (_expect(reader, ARRAY) != 3) revert SectorNotice_Malformed(reader.at);
        sector = _uint64(_expect(reader, UINT));
        (uint256 major, uint256 value) = _head(reader);
        if (major > NEGATIVE || value > uint64(type(int64).max)) revert SectorNotice_Malformed(reader.at);
        // Safe: within 63 bits; a negative n stands as -1 - n.
        commitment = major == UINT ? int64(uint64(value)) : -1 - int64(uint64(value));
        pieces = array(reader);
    }

    /// @notice `[cid, paddedSize, payload]`.
    function piece(
        Reader memory reader
    ) internal pure returns (bytes calldata cid, uint64 size, bytes calldata payload) {
        if (_expect(reader, ARRAY) != 3) revert SectorNotice_Malformed(reader.at);
        if (_expect(reader, TAG) != CID_TAG) revert SectorNotice_Malformed(reader.at);
        cid = _bytes(reader);
        size = _uint64(_expect(reader, UINT));
        payload = _bytes(reader);
    }

    /// @notice Nothing may follow.
    function close(Reader memory reader) internal pure {
        if (reader.at != reader.length) revert SectorNotice_Malformed(reader.at);
    }

    /// @notice The head of an array in its shortest form.
    function arrayHead(uint256 count) internal pure returns (bytes memory) {
        // Safe: each cast is to a range that was just checked; calldata has fewer than 2^32 bytes.
        if (count < 24) return abi.encodePacked(uint8(0x80 + count));
        if (count <= type(uint8).max) return abi.encodePacked(uint8(0x98), uint8(count));
        if (count <= type(uint16).max) return abi.encodePacked(uint8(0x99), uint16(count));
        return abi.encodePacked(uint8(0x9a), uint32(count));
    }

    function bool_(bool value) internal pure returns (bytes1) {
        return value ? bytes1(0xf5) : bytes1(0xf4);
    }

    function _uint64(uint256 value) private pure returns (uint64) {
        // Safe: the argument of a head has at most 8 bytes.
        return uint64(value);
    }

    function _bytes(Reader memory reader) private pure returns (bytes calldata content) {
        uint256 length = _expect(reader, BYTES);
        if (length > reader.length - reader.at) revert SectorNotice_Malformed(reader.at);
        uint256 offset = reader.data + reader.at;
        // Memory-safe: touches no memory; the slice lies within the parameters (checked above).
        assembly ("memory-safe") {
            content.offset := offset
            content.length := length
        }
        reader.at += length;
    }

    function _expect(Reader memory reader, uint256 major) private pure returns (uint256 value) {
        uint256 at = reader.at;
        uint256 found;
        (found, value) = _head(reader);
        if (found != major) revert SectorNotice_Malformed(at);
    }

    /// @dev An item's type and argument.
    function _head(Reader memory reader) private pure returns (uint256 major, uint256 value) {
        uint256 at = reader.at;
        if (at >= reader.length) revert SectorNotice_Malformed(at);
        uint256 offset = reader.data + at;
        uint256 word;
        // Memory-safe: touches no memory. Beyond calldata it reads zeros; lengths are checked below.
        assembly ("memory-safe") {
            word := calldataload(offset)
        }
        uint256 first = word >> 248;
        major = first >> 5;
        value = first & 31;
        reader.at = at + 1;
        if (value < 24) return (major, value);
        if (value > 27) revert SectorNotice_Malformed(at);
        uint256 size = 1 << (value - 24);
        if (size > reader.length - at - 1) revert SectorNotice_Malformed(at);
        value = (word << 8) >> (256 - 8 * size);
        reader.at = at + 1 + size;
    }
}

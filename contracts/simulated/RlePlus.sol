// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Reads RLE+ bit fields, Filecoin's form of a set of numbers.
library RlePlus {
    struct Bits {
        bytes data;
        uint256 at;
    }

    /// @dev Far above what one message can settle; keeps a long run from filling memory.
    uint256 private constant MAX_MEMBERS = 10_000;

    /// @notice The members of the set, ascending; `valid` is false for a malformed or enormous field.
    function decode(bytes memory data) internal pure returns (bool valid, uint64[] memory members) {
        if (data.length == 0) return (true, new uint64[](0));
        // Canonical fields end in a byte that is not zero.
        if (data[data.length - 1] == 0) return (false, members);
        Bits memory bits = Bits(data, 0);
        if (_read(bits, 2) != 0) return (false, members);
        bool ones = _read(bits, 1) == 1;
        uint64[] memory found = new uint64[](MAX_MEMBERS);
        uint256 count = 0;
        uint256 position = 0;
        while (bits.at < data.length * 8) {
            (bool ended, uint256 run) = _run(bits);
            if (ended) break;
            if (run == 0 || position + run > type(uint64).max) return (false, members);
            if (ones) {
                if (count + run > MAX_MEMBERS) return (false, members);
                // Safe: position + run was just checked to fit.
                for (uint256 i = 0; i < run; i++) found[count++] = uint64(position + i);
            }
            position += run;
            ones = !ones;
        }
        members = new uint64[](count);
        for (uint256 i = 0; i < count; i++) members[i] = found[i];
        return (true, members);
    }

    function _run(Bits memory bits) private pure returns (bool ended, uint256 length) {
        if (_read(bits, 1) == 1) return (false, 1);
        if (_read(bits, 1) == 1) return (false, _read(bits, 4));
        // Zero bits that only fill the last byte are no run.
        if (_onlyZerosLeft(bits)) return (true, 0);
        for (uint256 shift = 0; shift < 70; shift += 7) {
            uint256 septet = _read(bits, 7);
            length |= septet << shift;
            if (_read(bits, 1) == 0) return (false, length);
        }
        return (false, 0);
    }

    function _onlyZerosLeft(Bits memory bits) private pure returns (bool) {
        for (uint256 at = bits.at; at < bits.data.length * 8; at++) if (_bit(bits.data, at) == 1) return false;
        return true;
    }

    function _read(Bits memory bits, uint256 count) private pure returns (uint256 value) {
        for (uint256 i = 0; i < count; i++) value |= _bit(bits.data, bits.at++) << i;
    }

    function _bit(bytes memory data, uint256 at) private pure returns (uint256) {
        return at / 8 < data.length ? (uint8(data[at / 8]) >> (at % 8)) & 1 : 0;
    }
}

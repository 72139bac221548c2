// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice The byte form of Filecoin addresses: a protocol byte, then its payload.
library FilecoinAddress {
    enum Protocol {
        Id,
        Secp256k1,
        Actor,
        Bls,
        Delegated
    }

    uint64 private constant ETHEREUM_NAMESPACE = 10;
    uint256 private constant MAX_SUBADDRESS = 54;

    /// @notice Whether `raw` is an address at all; the id of an f0 address, the Ethereum address of an f410 one.
    function parse(
        bytes memory raw
    ) internal pure returns (bool valid, Protocol protocol, uint64 id, address ethereum) {
        if (raw.length == 0 || uint8(raw[0]) > uint8(type(Protocol).max)) return (false, Protocol.Id, 0, address(0));
        protocol = Protocol(uint8(raw[0]));
        if (protocol == Protocol.Secp256k1 || protocol == Protocol.Actor) {
            return (raw.length == 21, protocol, 0, address(0));
        }
        if (protocol == Protocol.Bls) return (raw.length == 49, protocol, 0, address(0));
        uint256 next;
        (valid, id, next) = _leb128(raw, 1);
        if (!valid) return (false, protocol, 0, address(0));
        if (protocol == Protocol.Id) return (next == raw.length, protocol, id, address(0));
        if (raw.length - next > MAX_SUBADDRESS) return (false, protocol, 0, address(0));
        if (id != ETHEREUM_NAMESPACE) return (true, protocol, 0, address(0));
        if (raw.length - next != 20) return (true, protocol, 0, address(0));
        uint160 payload = 0;
        for (uint256 i = next; i < raw.length; i++) payload = (payload << 8) | uint8(raw[i]);
        return (true, protocol, 0, address(payload));
    }

    /// @notice The f410 address of an Ethereum address.
    function delegated(address ethereum) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(Protocol.Delegated), uint8(ETHEREUM_NAMESPACE), ethereum);
    }

    /// @notice The f0 address of an actor id.
    function ofId(uint64 id) internal pure returns (bytes memory raw) {
        raw = hex"00";
        while (id > 0x7f) {
            raw = abi.encodePacked(raw, uint8(id & 0x7f) | 0x80);
            id >>= 7;
        }
        raw = abi.encodePacked(raw, uint8(id));
    }

    function _leb128(bytes memory raw, uint256 at) private pure returns (bool valid, uint64 value, uint256 next) {
        for (uint256 shift = 0; at < raw.length; shift += 7) {
            uint256 septet = uint8(raw[at]) & 0x7f;
            if (shift > 63 || (shift == 63 && septet > 1)) return (false, 0, 0);
            // Safe: the bits above 64 are zero by the check before.
            value |= uint64(septet << shift);
            if (uint8(raw[at++]) < 0x80) return (true, value, at);
        }
        return (false, 0, 0);
    }
}

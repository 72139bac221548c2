// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ActorCall} from "./ActorCall.sol";

/// @notice Actor ids and the addresses that stand for them on the FEVM.
/// @dev The shape of an address proves nothing about what kind of actor is behind it; ask `PowerActor.isMiner`.
library ActorAddress {
    address private constant RESOLVE_ADDRESS = 0xFE00000000000000000000000000000000000001;

    /// @dev A masked id address is 0xff, eleven zero bytes, the id.
    uint160 private constant MASK = uint160(0xff) << 152;

    /// @notice Sends `value` attoFIL to an account, contract or native actor, whichever stands behind `to`. Gives all
    /// gas: follow checks, effects, interactions.
    function pay(address to, uint256 value) internal returns (bool paid) {
        // Safe: the last 64 bits of a masked address are the id.
        if (isMasked(to)) return ActorCall.send(uint64(uint160(to)), value);
        // Memory-safe: copies no return data, so that a payee cannot make its payer pay for it.
        assembly ("memory-safe") {
            paid := call(gas(), to, value, 0, 0, 0, 0)
        }
    }

    /// @notice The actor id of an address: of a masked one without asking (there may be no such actor), of an EVM one
    /// through resolve_address. `ok` is false when no actor has the address.
    function idOf(address account) internal view returns (bool ok, uint64 actorId) {
        // Safe: the last 64 bits of a masked address are the id.
        if (isMasked(account)) return (true, uint64(uint160(account)));
        return resolve(abi.encodePacked(hex"040a", account));
    }

    /// @notice The actor id of an address in Filecoin's bytes (protocol, payload).
    function resolve(bytes memory filecoinAddress) internal view returns (bool ok, uint64 actorId) {
        (bool success, bytes memory output) = RESOLVE_ADDRESS.staticcall(filecoinAddress);
        if (!success || output.length != 32) return (false, 0);
        uint256 id = uint256(bytes32(output));
        // Safe: checked against the type's range.
        return id <= type(uint64).max ? (true, uint64(id)) : (false, 0);
    }

    /// @notice The masked id address of an actor.
    function maskedOf(uint64 actorId) internal pure returns (address) {
        return address(MASK | actorId);
    }

    function isMasked(address account) internal pure returns (bool) {
        return uint160(account) >> 64 == MASK >> 64;
    }
}

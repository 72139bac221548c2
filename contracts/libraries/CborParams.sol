// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Writes parameters of actor methods: CBOR in its shortest form. None that is asked here takes more than 32
/// bytes, so each is one word, its bytes first, and their number.
/// @dev The encoders of filecoin-solidity are not used: they build every item in a growing buffer, which took more than
/// half of all that a question cost besides the actor's own price.
library CborParams {
    /// @dev What stands in the head of an unsigned integer: 24 to 27 for the 1, 2, 4 or 8 bytes that follow.
    uint256 private constant ONE_BYTE = 24;
    uint256 private constant TWO_BYTES = 25;
    uint256 private constant FOUR_BYTES = 26;
    uint256 private constant EIGHT_BYTES = 27;

    /// @notice An unsigned integer.
    function ofUint(uint64 value) internal pure returns (bytes32 item, uint256 length) {
        uint256 argument = value;
        if (argument < ONE_BYTE) return (bytes32(argument << 248), 1);
        if (argument <= type(uint8).max) return (bytes32((ONE_BYTE << 248) | (argument << 240)), 2);
        if (argument <= type(uint16).max) return (bytes32((TWO_BYTES << 248) | (argument << 232)), 3);
        if (argument <= type(uint32).max) return (bytes32((FOUR_BYTES << 248) | (argument << 216)), 5);
        return (bytes32((EIGHT_BYTES << 248) | (argument << 184)), 9);
    }
}

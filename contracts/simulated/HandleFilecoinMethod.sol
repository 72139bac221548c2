// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CBOR_CODEC} from "./Actors.sol";

/// @notice How an actor's message enters a contract, and how the contract's answer is read.
library HandleFilecoinMethod {
    /// @dev `handle_filecoin_method(uint64,uint64,bytes)`.
    bytes4 private constant SELECTOR = 0x868e10c4;

    function encode(uint64 method, uint64 codec, bytes memory params) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(SELECTOR, method, codec, params);
    }

    /// @notice The contract's exit code, codec and return; an empty answer is an empty success.
    function decode(
        bytes memory answer
    ) internal pure returns (bool wellFormed, uint32 exitCode, uint64 codec, bytes memory returned) {
        if (answer.length == 0) return (true, 0, 0, "");
        if (answer.length < 128) return (false, 0, 0, "");
        uint256[4] memory words;
        // Safe: copies the first four words of `answer`, whose length was checked.
        assembly ("memory-safe") {
            mcopy(words, add(answer, 32), 128)
        }
        if (words[0] > type(uint32).max || words[1] > type(uint64).max || words[2] != 96) return (false, 0, 0, "");
        if (words[3] > answer.length - 128) return (false, 0, 0, "");
        // Safe casts: both were bounded above.
        exitCode = uint32(words[0]);
        codec = uint64(words[1]);
        returned = new bytes(words[3]);
        // Safe: copies within the length checked above.
        assembly ("memory-safe") {
            mcopy(add(returned, 32), add(answer, 160), mload(returned))
        }
        if (exitCode == 0 && codec != CBOR_CODEC && (codec != 0 || returned.length != 0)) return (false, 0, 0, "");
        return (true, exitCode, codec, returned);
    }
}

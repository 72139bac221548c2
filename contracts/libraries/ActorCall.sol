// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What an actor answered.
/// @param exitCode 0: it succeeded; above 0: its own exit code; below 0: a syscall error; `ActorCall.NO_ANSWER`: the
/// call itself failed or its answer has no shape
/// @param data what it returned, CBOR; empty unless `exitCode` is 0
struct Answer {
    int256 exitCode;
    bytes data;
}

/// @notice Calls to actors by id, through the precompile call_actor_id. Nothing here reverts, whatever an actor does.
/// @dev Exit 0 is not an answer: an account actor accepts any method from 2^24 on and returns exit 0 and nothing, and a
/// contract answers what it likes. Ask actors that f05 or f04 vouched for, and check the shape of what they say.
library ActorCall {
    /// @notice Stands for an exit code where there is none.
    int256 internal constant NO_ANSWER = type(int256).min;

    /// @notice The exit code of an actor that ran out of gas; its caller goes on with the rest.
    int256 internal constant OUT_OF_GAS = 7;

    address private constant CALL_ACTOR_ID = 0xfe00000000000000000000000000000000000005;
    uint64 private constant READ_ONLY = 1;
    uint64 private constant CODEC_NONE = 0;
    uint64 private constant CODEC_CBOR = 0x51;

    /// @dev The longest answer read, in ABI-encoded bytes. The methods asked here answer in under 100 bytes; a contract
    /// that returns more must not make its reader pay for the copy.
    uint256 private constant MAX_ANSWER = 1024;

    /// @dev `abi.encode(int256, uint64, bytes)` of an empty answer.
    uint256 private constant MIN_ANSWER = 128;

    /// @notice Asks `actor` read-only; `params` is CBOR and not empty.
    function read(uint64 actor, uint64 method, bytes memory params) internal view returns (Answer memory answer) {
        return _asView(_call)(actor, method, 0, READ_ONLY, CODEC_CBOR, params);
    }

    /// @notice Sends `value` attoFIL to any actor, native ones included (a plain CALL to those fails).
    function send(uint64 actor, uint256 value) internal returns (bool sent) {
        return _call(actor, 0, value, 0, CODEC_NONE, "").exitCode == 0;
    }

    function _call(
        uint64 actor,
        uint64 method,
        uint256 value,
        uint64 flags,
        uint64 codec,
        bytes memory params
    ) private returns (Answer memory answer) {
        bytes memory input = abi.encode(method, value, flags, codec, params, actor);
        bool success;
        uint256 size;
        // Memory-safe: reads `input` and writes no memory. The precompile must be delegatecalled (anything else fails);
        // it is no contract and has no code that could touch this contract's storage.
        assembly ("memory-safe") {
            success := delegatecall(gas(), CALL_ACTOR_ID, add(input, 0x20), mload(input), 0, 0)
            size := returndatasize()
        }
        if (!success || size < MIN_ANSWER || size > MAX_ANSWER) return Answer(NO_ANSWER, "");
        return _decode(_returned(size));
    }

    function _returned(uint256 size) private pure returns (bytes memory output) {
        output = new bytes(size);
        // Memory-safe: copies exactly the `size` bytes allocated; `size` is returndatasize().
        assembly ("memory-safe") {
            returndatacopy(add(output, 0x20), 0, size)
        }
    }

    /// @dev `abi.decode` reverts on a wrong shape, so the words are checked one by one. `output` has at least 128 bytes.
    function _decode(bytes memory output) private pure returns (Answer memory answer) {
        uint256 codec;
        uint256 offset;
        uint256 length;
        // Memory-safe: reads the four words that MIN_ANSWER guarantees.
        assembly ("memory-safe") {
            mstore(answer, mload(add(output, 0x20)))
            codec := mload(add(output, 0x40))
            offset := mload(add(output, 0x60))
            length := mload(add(output, 0x80))
        }
        if (offset != 0x60 || length > output.length - MIN_ANSWER) return Answer(NO_ANSWER, "");
        if (answer.exitCode != 0) return answer;
        if (codec != (length == 0 ? CODEC_NONE : CODEC_CBOR)) return Answer(NO_ANSWER, "");
        bytes memory data;
        // Memory-safe: the returned bytes lie within `output` (checked above), preceded by their length, which is how
        // Solidity keeps bytes; nothing is written.
        assembly ("memory-safe") {
            data := add(output, 0x80)
        }
        answer.data = data;
    }

    /// @dev Sound because read-only calls change no state: the flag holds for the whole call below. Solidity alone does
    /// not know that a DELEGATECALL inside a STATICCALL is legal.
    function _asView(
        function(uint64, uint64, uint256, uint64, uint64, bytes memory) returns (Answer memory) asking
    )
        private
        pure
        returns (function(uint64, uint64, uint256, uint64, uint64, bytes memory) view returns (Answer memory) asView)
    {
        // Memory-safe: touches no memory.
        assembly ("memory-safe") {
            asView := asking
        }
    }
}

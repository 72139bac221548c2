// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

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

    /// @notice Sends `value` attoFIL to any actor, native ones included (a plain CALL to those fails).
    function send(uint64 actor, uint256 value) internal returns (bool sent) {
        (int256 exitCode, ) = _call(actor, 0, value, 0, 0, 0);
        return exitCode == 0;
    }

    /// @notice Asks `actor` read-only. `params` is CBOR: the first `length` bytes, above none, of the word.
    /// @return exitCode 0: it succeeded; above 0: its own exit code; below 0: a syscall error; `NO_ANSWER`: the call
    /// itself failed or its answer has no shape
    /// @return data what it returned, CBOR; empty unless `exitCode` is 0
    function read(
        uint64 actor,
        uint64 method,
        bytes32 params,
        uint256 length
    ) internal view returns (int256 exitCode, bytes memory data) {
        return _asView(_call)(actor, method, 0, READ_ONLY, params, length);
    }

    function _call(
        uint256 actor,
        uint256 method,
        uint256 value,
        uint256 flags,
        bytes32 params,
        uint256 length
    ) private returns (int256 exitCode, bytes memory data) {
        uint256 codec = length == 0 ? CODEC_NONE : CODEC_CBOR;
        uint256 size;
        // `abi.encode(method, value, flags, codec, bytes params, actor)`; no parameters take no word.
        // Memory-safe: the input lies past the free memory pointer, and is done with after the call. The precompile
        // must be delegatecalled (anything else fails); it is no contract and has no code that could touch this
        // contract's storage.
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, method)
            mstore(add(input, 0x20), value)
            mstore(add(input, 0x40), flags)
            mstore(add(input, 0x60), codec)
            mstore(add(input, 0x80), 0xc0)
            mstore(add(input, 0xa0), actor)
            mstore(add(input, 0xc0), length)
            mstore(add(input, 0xe0), params)
            if delegatecall(gas(), CALL_ACTOR_ID, input, sub(0x100, shl(5, iszero(length))), 0, 0) {
                size := returndatasize()
            }
        }
        if (size < MIN_ANSWER || size > MAX_ANSWER) return (NO_ANSWER, data);
        return _answer(size);
    }

    /// @dev The answer of `size` bytes, at least 128, that was just returned. `abi.decode` reverts on a wrong shape, so
    /// the words are checked one by one.
    function _answer(uint256 size) private pure returns (int256 exitCode, bytes memory data) {
        uint256 codec;
        uint256 offset;
        bytes memory content;
        // Memory-safe: allocates `size` bytes, which is returndatasize(), and copies as many; then reads the first
        // three words. The fourth is the length of the content behind it, which is how Solidity keeps bytes.
        assembly ("memory-safe") {
            let output := mload(0x40)
            mstore(0x40, and(add(add(output, size), 0x1f), not(0x1f)))
            returndatacopy(output, 0, size)
            exitCode := mload(output)
            codec := mload(add(output, 0x20))
            offset := mload(add(output, 0x40))
            content := add(output, 0x60)
        }
        // Safe: `size` is at least MIN_ANSWER.
        unchecked {
            if (offset != 0x60 || content.length > size - MIN_ANSWER) return (NO_ANSWER, data);
        }
        if (exitCode != 0) return (exitCode, data);
        if (codec != (content.length == 0 ? CODEC_NONE : CODEC_CBOR)) return (NO_ANSWER, data);
        return (0, content);
    }

    /// @dev Sound because read-only calls change no state: the flag holds for the whole call above. Solidity alone does
    /// not know that a DELEGATECALL inside a STATICCALL is legal.
    function _asView(
        function(uint256, uint256, uint256, uint256, bytes32, uint256) returns (int256, bytes memory) asking
    )
        private
        pure
        returns (
            function(uint256, uint256, uint256, uint256, bytes32, uint256) view returns (int256, bytes memory) asView
        )
    {
        // Memory-safe: touches no memory.
        assembly ("memory-safe") {
            asView := asking
        }
    }
}

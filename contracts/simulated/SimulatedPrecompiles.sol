// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

// Precompiles are called without a selector, and fail without data.
// solhint-disable no-complex-fallback, gas-custom-errors

import {
    ActorExit,
    ActorKind,
    CBOR_CODEC,
    ERROR_INSUFFICIENT_FUNDS,
    ERROR_NOT_FOUND,
    ERROR_READ_ONLY,
    EXIT_FORBIDDEN,
    EXIT_OK,
    EXIT_OUT_OF_GAS,
    EXIT_READ_ONLY,
    EXIT_REVERTED,
    EXIT_SERIALIZATION,
    EXIT_UNHANDLED_MESSAGE,
    FIRST_EXPORTED_METHOD,
    INativeActor,
    KERNEL,
    MARKET,
    MARKET_ID,
    maskedAddress
} from "./Actors.sol";
import {CborWriter} from "./Cbor.sol";
import {HandleFilecoinMethod} from "./HandleFilecoinMethod.sol";
import {SimulatedKernel} from "./SimulatedKernel.sol";

/// @notice Precompile 0xfe…01: Filecoin address bytes → 32-byte actor id, or nothing.
contract ResolveAddress {
    /// @dev Enough to remember a new id; all that is lost when the caller may not write.
    uint256 private constant REMEMBER_GAS = 120_000;

    fallback(bytes calldata input) external payable returns (bytes memory) {
        (bool valid, bool found, uint64 id) = SimulatedKernel(KERNEL).resolve(input);
        if (!valid) revert();
        if (!found) return "";
        if (input[0] == 0x04) {
            // An Ethereum address has its id from now on; under STATICCALL only the answer does.
            bytes memory remember = abi.encodeCall(SimulatedKernel.remember, (address(bytes20(input[2:]))));
            // solhint-disable-next-line avoid-low-level-calls
            (bool remembered, ) = KERNEL.call{gas: REMEMBER_GAS}(remember);
            remembered;
        }
        return abi.encode(id);
    }
}

/// @notice Precompile 0xfe…02: 32-byte actor id → its f4 address bytes, or nothing.
contract LookupDelegatedAddress {
    fallback(bytes calldata input) external payable returns (bytes memory) {
        // A short input is read as if zeros followed.
        uint256 id = uint256(bytes32(input));
        if (id > type(uint64).max) revert();
        // Safe: checked the line before.
        return SimulatedKernel(KERNEL).delegatedOf(uint64(id));
    }
}

/// @notice What the two calling precompiles share. Runs by DELEGATECALL, so `address(this)` is the calling contract:
/// value leaves its balance, and the receiver sees it as `msg.sender`. Holds no storage for the same reason.
abstract contract CallActor {
    struct Message {
        uint64 method;
        uint256 value;
        bool readOnly;
        uint64 codec;
    }

    uint256 private constant READ_ONLY_FLAG = 1;
    uint256 private constant LAST_RESERVED_METHOD = 1023;
    uint256 private constant PROBE_GAS = 10_000;

    /// @dev The words that both precompiles start with; the call itself fails when one is out of range.
    function _message() internal returns (Message memory message, bytes calldata params) {
        uint256 method = _word(0);
        uint256 flags = _word(2);
        uint256 codec = _word(3);
        params = _bytesAt(4);
        if (method > type(uint64).max || (method != 0 && method <= LAST_RESERVED_METHOD)) revert();
        if (flags > READ_ONLY_FLAG) revert();
        if (codec != CBOR_CODEC && (codec != 0 || params.length != 0)) revert();
        // Safe casts: both were bounded above.
        message.method = uint64(method);
        message.codec = uint64(codec);
        message.value = _word(1);
        message.readOnly = flags == READ_ONLY_FLAG || _static();
    }

    function _send(Message memory message, bytes calldata params, uint64 id) internal returns (bytes memory) {
        // The market is asked most by far: no need to ask where it is.
        if (id == MARKET_ID && message.readOnly && message.value == 0 && message.method != 0) {
            return _native(message, params, id, MARKET);
        }
        (ActorKind kind, address place) = SimulatedKernel(KERNEL).actor(id);
        if (kind == ActorKind.Missing) return _exit(ERROR_NOT_FOUND);
        if (message.value > 0 && message.readOnly) return _exit(ERROR_READ_ONLY);
        if (message.value > address(this).balance) return _exit(ERROR_INSUFFICIENT_FUNDS);
        if (message.method == 0) {
            _pay(message.value, kind == ActorKind.Native ? maskedAddress(id) : place);
            return _exit(EXIT_OK);
        }
        if (kind == ActorKind.Native) return _native(message, params, id, place);
        if (kind == ActorKind.Contract) return _contract(message, params, place);
        if (kind == ActorKind.Placeholder) return _exit(EXIT_UNHANDLED_MESSAGE);
        // Accounts of all kinds take any exported method, and answer nothing.
        if (message.method < FIRST_EXPORTED_METHOD) return _exit(EXIT_FORBIDDEN);
        _pay(message.value, place);
        return _exit(EXIT_OK);
    }

    /// @dev Fails with empty data unless DELEGATECALLed. Its own address is known: that is where its code is put.
    function _requireDelegated(address self) internal view {
        if (address(this) == self) revert();
    }

    function _exit(int256 exitCode) internal pure returns (bytes memory) {
        return abi.encode(exitCode, uint64(0), bytes(""));
    }

    function _word(uint256 index) internal pure returns (uint256 word) {
        // Safe: words that the input does not reach read as zero.
        assembly ("memory-safe") {
            word := calldataload(mul(index, 32))
        }
    }

    function _bytesAt(uint256 index) internal pure returns (bytes calldata) {
        uint256 size = msg.data.length;
        uint256 offset = _word(index);
        if (offset > size || size - offset < 32) revert();
        uint256 length = uint256(bytes32(msg.data[offset:]));
        if (length > size - offset - 32) revert();
        return msg.data[offset + 32:offset + 32 + length];
    }

    function _native(Message memory m, bytes calldata params, uint64 id, address place) private returns (bytes memory) {
        bytes memory call = abi.encodeCall(INativeActor.invoke, (id, m.method, m.codec, params, m.readOnly));
        bool done;
        bytes memory answer;
        // solhint-disable avoid-low-level-calls
        if (m.readOnly) (done, answer) = place.staticcall(call);
        else (done, answer) = place.call{value: m.value}(call);
        // solhint-enable avoid-low-level-calls
        if (done) return answer;
        if (answer.length == 36 && bytes4(answer) == ActorExit.selector) {
            int256 exitCode;
            // Safe: reads the one word after the selector, within the 36 bytes just checked.
            assembly ("memory-safe") {
                exitCode := mload(add(answer, 36))
            }
            return _exit(exitCode);
        }
        if (answer.length == 0) return _exit(EXIT_OUT_OF_GAS);
        // A fault of the simulation itself: shown, not answered.
        // Safe: hands on the revert data as it came.
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _contract(Message memory m, bytes calldata params, address place) private returns (bytes memory) {
        bytes memory call = HandleFilecoinMethod.encode(m.method, m.codec, params);
        uint256 gas = gasleft();
        bool done;
        bytes memory answer;
        // solhint-disable avoid-low-level-calls
        if (m.readOnly) (done, answer) = place.staticcall(call);
        else (done, answer) = place.call{value: m.value}(call);
        // solhint-enable avoid-low-level-calls
        if (!done) {
            // A write under STATICCALL takes all gas and says nothing; a revert does not take it all.
            if (m.readOnly && answer.length == 0 && gasleft() < gas / 32) return _exit(EXIT_READ_ONLY);
            if (answer.length == 0) return _exit(EXIT_REVERTED);
            return abi.encode(EXIT_REVERTED, CBOR_CODEC, CborWriter.writeBytes(answer));
        }
        (bool wellFormed, uint32 exitCode, uint64 codec, bytes memory returned) = HandleFilecoinMethod.decode(answer);
        if (!wellFormed) return _exit(EXIT_SERIALIZATION);
        return abi.encode(int256(uint256(exitCode)), codec, returned);
    }

    function _pay(uint256 value, address receiver) private {
        if (value > 0) SimulatedKernel(KERNEL).pay{value: value}(receiver);
    }

    function _static() private returns (bool) {
        // solhint-disable-next-line avoid-low-level-calls
        (bool wrote, ) = KERNEL.call{gas: PROBE_GAS}(abi.encodeCall(SimulatedKernel.probeWrite, ()));
        return !wrote;
    }
}

/// @notice Precompile 0xfe…05: calls an actor by its id.
contract CallActorById is CallActor {
    address private constant SELF = 0xfe00000000000000000000000000000000000005;

    fallback(bytes calldata) external payable returns (bytes memory) {
        _requireDelegated(SELF);
        uint256 id = _word(5);
        if (id > type(uint64).max) revert();
        (Message memory message, bytes calldata params) = _message();
        // Safe: checked three lines before.
        return _send(message, params, uint64(id));
    }
}

/// @notice Precompile 0xfe…03: calls an actor by its address.
contract CallActorByAddress is CallActor {
    address private constant SELF = 0xfe00000000000000000000000000000000000003;

    fallback(bytes calldata) external payable returns (bytes memory) {
        _requireDelegated(SELF);
        (Message memory message, bytes calldata params) = _message();
        bytes memory receiver = _bytesAt(5);
        (bool valid, bool found, uint64 id) = SimulatedKernel(KERNEL).resolve(receiver);
        if (!valid) revert();
        if (found) return _send(message, params, id);
        // A message to an address that nobody has would make its actor.
        if (message.readOnly) return _exit(ERROR_READ_ONLY);
        if (message.value > address(this).balance) return _exit(ERROR_INSUFFICIENT_FUNDS);
        id = SimulatedKernel(KERNEL).receiverOf(receiver);
        return id == 0 ? _exit(ERROR_NOT_FOUND) : _send(message, params, id);
    }
}

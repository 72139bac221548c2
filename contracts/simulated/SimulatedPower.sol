// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    CBOR_CODEC,
    EXIT_FORBIDDEN,
    EXIT_ILLEGAL_ARGUMENT,
    EXIT_NOT_FOUND,
    EXIT_OK,
    EXIT_SERIALIZATION,
    EXIT_UNHANDLED_MESSAGE,
    FIRST_EXPORTED_METHOD,
    IMinerClaims,
    INativeActor,
    MINERS
} from "./Actors.sol";
import {CborReader, CborWriter} from "./Cbor.sol";

/// @notice The power actor f04, as far as contracts ask it: who is a miner, and with how much power.
contract SimulatedPower is INativeActor {
    using CborReader for CborReader.Reader;

    uint64 private constant MINER_POWER = 36284446;

    /// @inheritdoc INativeActor
    function invoke(
        uint64,
        uint64 method,
        uint64 codec,
        bytes calldata params,
        bool
    ) external payable returns (int256, uint64, bytes memory) {
        if (method < FIRST_EXPORTED_METHOD && msg.sender.code.length != 0) return (EXIT_FORBIDDEN, 0, "");
        if (method != MINER_POWER) return (EXIT_UNHANDLED_MESSAGE, 0, "");
        if (codec == 0) return (EXIT_ILLEGAL_ARGUMENT, 0, "");
        CborReader.Reader memory reader = CborReader.over(params);
        uint64 id = reader.readUint();
        if (!reader.finished()) return (EXIT_SERIALIZATION, 0, "");
        (bool isMiner, uint256 power) = IMinerClaims(MINERS).powerOf(id);
        if (!isMiner) return (EXIT_NOT_FOUND, 0, "");
        bytes memory amount = CborWriter.writeBigInt(power);
        return (EXIT_OK, CBOR_CODEC, bytes.concat(CborWriter.writeArray(2), amount, amount));
    }
}

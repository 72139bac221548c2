// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ActorCall} from "./ActorCall.sol";
import {CborAnswer} from "./CborAnswer.sol";
import {CborParams} from "./CborParams.sol";

/// @notice The power actor f04, which knows who is a miner. This is the only sound way to tell: the shape of an address
/// proves nothing (FIP-0109, security considerations).
library PowerActor {
    using CborAnswer for bytes;

    uint64 private constant ID = 4;
    uint64 private constant MINER_POWER = 36284446;

    /// @dev A power is a sign and a magnitude; 32 bytes hold more than the network ever will.
    uint256 private constant MAX_POWER_BYTES = 33;

    /// @notice Whether the actor is a miner actor. False also when f04 could not be asked.
    function isMiner(uint64 actorId) internal view returns (bool) {
        // f04 answers `[raw, quality-adjusted]` for miners and exits 17 for all others.
        (bytes32 params, uint256 length) = CborParams.ofUint(actorId);
        (, bytes memory data) = ActorCall.read(ID, MINER_POWER, params, length);
        return data.isBytesPair(MAX_POWER_BYTES);
    }
}

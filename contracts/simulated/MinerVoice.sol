// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MINERS} from "./Actors.sol";

/// @notice Lets a miner speak to a contract from its own masked address. A native actor's code is a single byte that
/// refuses every call; this stands in its place for the one transaction that sends notifications, and is taken away.
contract MinerVoice {
    error MinerVoice_NotMiners(address miners, address caller);

    function say(address receiver, bytes calldata message) external returns (bool done, bytes memory answer) {
        if (msg.sender != MINERS) revert MinerVoice_NotMiners(MINERS, msg.sender);
        // solhint-disable-next-line avoid-low-level-calls
        return receiver.call(message);
    }
}

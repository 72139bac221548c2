// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Schedule} from "../market/Schedule.sol";
import {Progress} from "../types/Repair.sol";

/// @notice Exposes when strikes are due.
contract Schedule__Harness {
    function strikesDue(
        Progress memory progress,
        uint32 end,
        uint32 time,
        Schedule.Periods memory periods
    ) external pure returns (uint32 count, uint32 next) {
        return Schedule.strikesDue(progress, end, time, periods);
    }
}

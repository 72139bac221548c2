// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {RepairParameters} from "../types/Repair.sol";

/// @title The rules of a repair market
/// @notice Fixed at its deployment, for ever; each of its parts has the same.
interface IRepairRules {
    /// @notice The rules. Anyone may call; never reverts.
    /// @return money in attoFIL, times in epochs, shares in hundredths of a percent
    function parameters() external view returns (RepairParameters memory);
}

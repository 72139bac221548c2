// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {RepairParameters} from "../types/Repair.sol";

/// @title The rules of a repair market, fixed for ever
interface IRepairRules {
    function parameters() external view returns (RepairParameters memory);
}

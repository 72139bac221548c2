// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairRules} from "../interfaces/IRepairRules.sol";
import {RepairParameters} from "../types/Repair.sol";
import {Rules} from "./Rules.sol";

/// @notice A part of the market that has its own contract, and the same rules.
abstract contract Part is Rules, IRepairRules {
    /// @inheritdoc IRepairRules
    function parameters() external view returns (RepairParameters memory) {
        return _parameters();
    }
}

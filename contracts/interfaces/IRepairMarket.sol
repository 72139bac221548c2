// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

// The parts are all there is.
// solhint-disable no-empty-blocks

import {IMarketCore} from "./IMarketCore.sol";
import {IMarketRecords} from "./IMarketRecords.sol";
import {IRepairRules} from "./IRepairRules.sol";
import {IShardPlacing} from "./IShardPlacing.sol";
import {IShardProving} from "./IShardProving.sol";

/// @title A market for keeping erasure-coded data whole
/// @notice A client pays once; a bonded repair miner keeps every shard in a proven sector; anyone can catch it failing.
/// Nobody owns it, nothing in it can be paused or changed. Money is attoFIL, times are epochs, sizes are padded bytes.
/// Everything it pays out becomes a credit that its owner withdraws. A bid and the deal that fills it have one id.
interface IRepairMarket is IMarketCore, IShardPlacing, IShardProving, IMarketRecords, IRepairRules {}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ShardPlacement} from "../types/Repair.sol";

/// @title Where shards lie: a part of `IRepairMarket`
interface IShardPlacing {
    /// @notice Says where shards lie and proves it, any number at a time; also how a shard is moved or renewed, which cures
    /// it. A placement counts as that shard's proof. The deal's `RepairMiner` only.
    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external;
}

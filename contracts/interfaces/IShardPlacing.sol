// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ShardPlacement} from "../types/Repair.sol";

/// @title Where shards lie: a part of `IRepairMarket`
/// @notice What is placed is asked of f05, `SectorContents` and miner actors. Errors are those of
/// `IRepairMarketErrors`.
interface IShardPlacing {
    /// @notice Says where shards lie and proves it, any number at a time; also how a shard is moved or renewed, which
    /// cures it. A placement counts as that shard's proof. Strikes that are due are taken first; when they end the
    /// deal, nothing is placed. The deal's `RepairMiner` only.
    /// Reverts when
    /// - there is no such bid (`RepairMarket_UnknownId`), or the caller is not the deal's miner
    ///   (`RepairMarket_NotMiner`);
    /// - the deal is neither Placing nor Active (`RepairMarket_WrongState`), or it is too late
    ///   (`RepairMarket_PlacementDeadlineMissed`, `RepairMarket_DealOver`);
    /// - a shard is not below n (`RepairMarket_ShardOutOfRange`);
    /// - a placement is not what it says (`RepairMarket_PlacementInvalid`, with the reason), or its sealed copy backs
    ///   another live shard (`RepairMarket_CopyInUse`).
    /// @param dealId the deal's id
    /// @param placements the shards, each with its proofs and its sector's location, looked up just before
    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external;
}

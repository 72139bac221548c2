// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Ask, Miner, Order, Placement} from "../types/Repair.sol";

/// @title The market's records: a part of `IRepairMarket`
/// @notice As they are stored; ids from 1. What depends on time is the lens's to say.
interface IMarketRecords {
    /// @notice A repair miner. Anyone may call.
    /// Reverts when there is none with this id (`RepairMarket_UnknownId`).
    /// @param minerId its id
    /// @return the record; sizes in padded bytes, money in attoFIL
    function minerOf(uint256 minerId) external view returns (Miner memory);

    /// @notice An ask. Anyone may call.
    /// Reverts when there is none with this id (`RepairMarket_UnknownId`).
    /// @param askId its id
    /// @return the record; `state` stays Open past its expiry
    function askOf(uint256 askId) external view returns (Ask memory);

    /// @notice A bid and, once it is filled, its deal. Anyone may call.
    /// Reverts when there is none with this id (`RepairMarket_UnknownId`).
    /// @param id the bid's and the deal's id
    /// @return the record; `state` stays Open past its expiry, and is never Repairing
    function orderOf(uint256 id) external view returns (Order memory);

    /// @notice Where the shards of a deal lie. Anyone may call.
    /// Reverts when there is no bid with this id (`RepairMarket_UnknownId`).
    /// @param dealId the deal's id
    /// @return all n placements by shard; those not made yet have kind None
    function placementsOf(uint256 dealId) external view returns (Placement[] memory);
}

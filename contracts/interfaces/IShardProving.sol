// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {LossEvidence} from "../types/Repair.sol";

/// @title Proofs, losses, strikes and the end of deals: a part of `IRepairMarket`
/// @notice Anyone may call any of it. Shards count from 0; locations are those of sectors (FIP-0112), looked up just
/// before. Errors are those of `IRepairMarketErrors`.
interface IShardProving {
    /// @notice Proves that these shards' sectors are Active now. The deal is proven through the epoch at which the last
    /// of all its shards was; the first time, that begins its term. Cures marked shards. Strikes that are due are taken
    /// first; when they end the deal, nothing is proven. Anyone may call.
    /// Reverts when
    /// - there is no such bid (`RepairMarket_UnknownId`), or it is neither Placing nor Active
    ///   (`RepairMarket_WrongState`);
    /// - it is too late (`RepairMarket_PlacementDeadlineMissed`, `RepairMarket_DealOver`);
    /// - the lists are not of one length (`RepairMarket_LengthsDiffer`), or a shard is not below n
    ///   (`RepairMarket_ShardOutOfRange`), named twice (`RepairMarket_ShardRepeated`) or not placed
    ///   (`RepairMarket_ShardNotPlaced`);
    /// - a sector is no longer bound to hold its shard (`RepairMarket_PastValidUntil`), or not proven Active
    ///   (`RepairMarket_NotProvenActive`).
    /// @param dealId the deal's id
    /// @param shards each once; none: only looks whether the proofs there suffice
    /// @param locations of their sectors
    function proveRepair(uint256 dealId, uint8[] calldata shards, bytes[] calldata locations) external;

    /// @notice Marks a shard lost: its sector is Faulty or Dead, or its placement is past its validity. The repair
    /// window begins. Anyone may call; the first reporter shares in what is slashed for it.
    /// Reverts when there is no such bid (`RepairMarket_UnknownId`), it is no Active deal (`RepairMarket_WrongState`),
    /// the deal is past its end or proven to it (`RepairMarket_DealOver`), the shard is not placed
    /// (`RepairMarket_ShardNotPlaced`) or marked already (`RepairMarket_AlreadyMarked`), or its loss is not proven
    /// (`RepairMarket_NotProvenLost`).
    /// @param dealId the deal's id
    /// @param shard its index
    /// @param location of its sector; ignored when the placement is past its validity
    function reportLoss(uint256 dealId, uint8 shard, bytes calldata location) external;

    /// @notice Takes a mark away: the shard's sector is Active again. Strikes that are due are taken first; when they
    /// end the deal, nothing is cured. Anyone may call.
    /// Reverts when there is no such bid (`RepairMarket_UnknownId`), it is no Active deal (`RepairMarket_WrongState`),
    /// it is too late (`RepairMarket_DealOver`), the shard is not marked (`RepairMarket_NotMarked`), its sector is no
    /// longer bound to hold it (`RepairMarket_PastValidUntil`), or is not proven Active
    /// (`RepairMarket_NotProvenActive`).
    /// @param dealId the deal's id
    /// @param shard its index
    /// @param location of its sector
    function cure(uint256 dealId, uint8 shard, bytes calldata location) external;

    /// @notice Slashes what is due: the whole stake if the placement deadline passed; a strike for each missed
    /// deadline, with the last one the rest; the whole stake on evidence that more than n − k marked shards, whose
    /// repair windows are over, are Dead. Anyone may call, for the reporter's share.
    /// Reverts when
    /// - there is no such bid (`RepairMarket_UnknownId`), the miner is not the deal's (`RepairMarket_WrongMiner`), or
    ///   it is neither Placing nor Active (`RepairMarket_WrongState`);
    /// - nothing is due (`RepairMarket_NothingToSlash`);
    /// - the evidence names too few shards (`RepairMarket_StillRecoverable`), one twice (`RepairMarket_ShardRepeated`),
    ///   one that is not marked (`RepairMarket_NotMarked`), may still be cured (`RepairMarket_RepairWindowOpen`), or is
    ///   not proven Dead (`RepairMarket_NotProvenLost`).
    /// @param miner the deal's `RepairMiner`
    /// @param dealId the deal's id
    /// @param evidence that the data is lost; none: missed deadlines are slashed
    function slashRepairMiner(address miner, uint256 dealId, LossEvidence[] calldata evidence) external;

    /// @notice Closes a deal after its end: pays what was proven, refunds the rest, releases the stake. Strikes that
    /// are due are taken first; when they end the deal, it failed. Before `end + finalWindow` only if the deal is
    /// proven to its end. Anyone may call.
    /// Reverts when there is no such bid (`RepairMarket_UnknownId`), it is no Active deal (`RepairMarket_WrongState`),
    /// or it is too early (`RepairMarket_NotOver`).
    /// @param dealId the deal's id
    function settle(uint256 dealId) external;
}

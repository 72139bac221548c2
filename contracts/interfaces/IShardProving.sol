// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {LossEvidence} from "../types/Repair.sol";

/// @title Proofs, losses, strikes and the end of deals: a part of `IRepairMarket`
interface IShardProving {
    /// @notice Proves that these shards' sectors are Active now. The deal is proven through the epoch at which the last of
    /// all its shards was; the first time, that begins its term. Cures marked shards. With strikes due, they fall first.
    /// Anyone may call.
    /// @param shards each once; none: only looks whether the proofs there are suffice
    /// @param locations of their sectors, made just before
    function proveRepair(uint256 dealId, uint8[] calldata shards, bytes[] calldata locations) external;

    /// @notice Marks a shard lost: its sector is Faulty or Dead, or its placement is past its validity. The repair window
    /// begins. Anyone may call; the first reporter shares in what is slashed for it.
    function reportLoss(uint256 dealId, uint8 shard, bytes calldata location) external;

    /// @notice Takes a mark away: the shard's sector is Active again. With strikes due, they fall first. Anyone may call.
    function cure(uint256 dealId, uint8 shard, bytes calldata location) external;

    /// @notice Slashes what is due: the whole stake if the placement deadline passed; a strike for each missed deadline,
    /// with the last one the rest; the whole stake on evidence that more than n − k marked shards, whose repair windows are
    /// over, are Dead. Anyone may call, for the reporter's share.
    function slashRepairMiner(address miner, uint256 dealId, LossEvidence[] calldata evidence) external;

    /// @notice Closes a deal after its end: pays what was proven, refunds the rest, releases the stake. With strikes due,
    /// they fall first. Before `end + finalWindow` only if the deal is proven to its end. Anyone may call.
    function settle(uint256 dealId) external;
}

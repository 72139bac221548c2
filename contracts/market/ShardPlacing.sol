// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ISectorContents} from "../interfaces/ISectorContents.sol";
import {IShardPlacing} from "../interfaces/IShardPlacing.sol";
import {Order, Progress, RepairParameters, ShardPlacement} from "../types/Repair.sol";
import {Lifecycle} from "./Lifecycle.sol";
import {Part} from "./Part.sol";
import {Placements} from "./Placements.sol";
import {Rules} from "./Rules.sol";

/// @notice The part of the market that checks where shards lie. Run by `RepairMarket` on its own storage; called
/// directly it knows no deal.
contract ShardPlacing is Lifecycle, Part, IShardPlacing {
    /// @notice Whose word is taken for what sectors hold.
    ISectorContents public immutable sectorContents;

    constructor(RepairParameters memory parameters_, ISectorContents contents) Rules(parameters_) {
        sectorContents = contents;
    }

    /// @inheritdoc IShardPlacing
    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external {
        Order storage order = _order(dealId);
        address actor = _state.miners[order.miner].actor;
        if (msg.sender != actor) revert RepairMarket_NotMiner(actor, msg.sender);
        (Progress memory p, bool failed) = _requireOpenTakingStrikes(dealId, order);
        if (failed) return;
        Placements.PlacementOutcome memory outcome = Placements.place(
            _state,
            _placementTerms(dealId, order, actor),
            placements
        );
        if (outcome.placed == 0 && outcome.cured == 0) return;
        p.placed += outcome.placed;
        _cure(order, p, outcome.cured, outcome.oldestMark);
        _saveProgress(dealId, order, p);
    }

    function _placementTerms(
        uint256 dealId,
        Order storage order,
        address actor
    ) private view returns (Placements.PlacementTerms memory) {
        return
            Placements.PlacementTerms({
                // Safe: ids are counted in 32 bits.
                dealId: uint32(dealId),
                time: _now(),
                droot: order.droot,
                drootHeight: _drootHeight(order),
                shardHeight: order.shardHeight,
                totalShards: order.totalShards,
                maxShardsPerProvider: order.maxShardsPerProvider,
                providersRoot: order.providersRoot,
                repairMiner: actor,
                miner: order.miner,
                sectorContents: sectorContents
            });
    }

    /// @dev Shards, and zero pieces up to the next power of two.
    function _drootHeight(Order storage order) private view returns (uint8 height) {
        height = order.shardHeight;
        for (uint256 width = 1; width < order.totalShards; width <<= 1) ++height;
    }
}

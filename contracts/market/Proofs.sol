// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarket} from "../interfaces/IRepairMarket.sol";
import {ISectorContents} from "../interfaces/ISectorContents.sol";
import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {FailureReason, LossEvidence, Order, Progress, RepairState, ShardPlacement} from "../types/Repair.sol";
import {Deals} from "./Deals.sol";
import {Schedule} from "./Schedule.sol";
import {ShardLedger} from "./ShardLedger.sol";

/// @notice Shards placed, proven, lost, cured, and what follows when they are not.
abstract contract Proofs is Deals {
    ISectorContents internal immutable SECTOR_CONTENTS;

    constructor(ISectorContents contents) {
        SECTOR_CONTENTS = contents;
    }

    /// @inheritdoc IRepairMarket
    function sectorContents() external view returns (address) {
        return address(SECTOR_CONTENTS);
    }

    /// @inheritdoc IRepairMarket
    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external {
        Order storage order = _order(dealId);
        address actor = _state.miners[order.miner].actor;
        if (msg.sender != actor) revert RepairMarket_NotMiner(actor, msg.sender);
        (Progress memory p, bool failed) = _open(dealId, order);
        if (failed) return;
        ShardLedger.PlacementOutcome memory outcome = ShardLedger.place(
            _state,
            _placementTerms(dealId, order, actor),
            placements
        );
        if (outcome.placed == 0 && outcome.cured == 0) return;
        p.placed += outcome.placed;
        _cure(order, p, outcome.cured, outcome.oldestMark);
        _saveProgress(dealId, order, p);
    }

    /// @inheritdoc IRepairMarket
    function proveRepair(uint256 dealId, uint8[] calldata shards, bytes[] calldata locations) external {
        Order storage order = _order(dealId);
        (Progress memory p, bool failed) = _open(dealId, order);
        if (failed) return;
        ShardLedger.ProofOutcome memory outcome = ShardLedger.prove(
            _state,
            ShardLedger.ProofTerms({
                // Safe: ids are counted in 32 bits.
                dealId: uint32(dealId),
                time: _now(),
                provenThrough: p.provenThrough,
                heldUntil: _heldUntil(order, p),
                totalShards: order.totalShards
            }),
            shards,
            locations
        );
        emit ShardsProven(dealId, shards);
        bool changed = _cure(order, p, outcome.cured, outcome.oldestMark);
        if (order.state == RepairState.Placing) changed = _begin(dealId, order, p, outcome.oldest) || changed;
        else changed = _advance(order, p, outcome) || changed;
        if (changed) _saveProgress(dealId, order, p);
    }

    /// @inheritdoc IRepairMarket
    function reportLoss(uint256 dealId, uint8 shard, bytes calldata location) external {
        Order storage order = _active(dealId);
        Progress memory p = order.progress;
        uint32 end = p.start + order.pay.duration;
        if (_now() > end || p.provenThrough >= end) revert RepairMarket_DealOver(Epoch.wrap(end));
        // Safe: ids are counted in 32 bits.
        SectorStatus status = ShardLedger.markLost(_state, uint32(dealId), shard, _now(), location);
        if (p.marks == 0) order.reporter = msg.sender;
        Schedule.mark(p, _now(), _periods());
        emit LossReported(dealId, shard, msg.sender, status);
        _saveProgress(dealId, order, p);
    }

    /// @inheritdoc IRepairMarket
    function cure(uint256 dealId, uint8 shard, bytes calldata location) external {
        Order storage order = _active(dealId);
        (Progress memory p, bool failed) = _open(dealId, order);
        if (failed) return;
        // Safe: ids are counted in 32 bits.
        uint32 id = uint32(dealId);
        uint32 held = _heldUntil(order, p);
        uint32 oldest = ShardLedger.unmark(_state, id, shard, _now(), held, order.totalShards, location);
        _cure(order, p, 1, oldest);
        _saveProgress(dealId, order, p);
    }

    /// @inheritdoc IRepairMarket
    function slashRepairMiner(address actor, uint256 dealId, LossEvidence[] calldata evidence) external {
        Order storage order = _order(dealId);
        address dealMiner = _state.miners[order.miner].actor;
        if (actor != dealMiner) revert RepairMarket_WrongMiner(dealMiner, actor);
        Progress memory p = order.progress;
        if (order.state == RepairState.Placing) {
            if (_now() <= p.deadline) revert RepairMarket_NothingToSlash(Epoch.wrap(p.deadline));
            _fail(dealId, order, FailureReason.PlacementMissed, msg.sender);
            return;
        }
        if (order.state != RepairState.Active) revert RepairMarket_WrongState(dealId, order.state);
        if (evidence.length != 0) {
            _failOnLoss(dealId, order, evidence);
            return;
        }
        uint32 strikes = p.strikes;
        _takeStrikes(dealId, order, p, msg.sender);
        if (p.strikes == strikes) {
            revert RepairMarket_NothingToSlash(Epoch.wrap(Schedule.deadlineOf(p, p.start + order.pay.duration)));
        }
    }

    /// @dev More shards than the code can spare are Dead, and the time to rebuild them is over.
    function _failOnLoss(uint256 dealId, Order storage order, LossEvidence[] calldata evidence) private {
        // Safe: k < n.
        uint256 spare = order.totalShards - order.dataShards;
        if (evidence.length <= spare) revert RepairMarket_StillRecoverable(evidence.length, spare);
        // Safe: ids are counted in 32 bits.
        ShardLedger.requireDead(_state, uint32(dealId), _now(), REPAIR_WINDOW, evidence);
        _fail(dealId, order, FailureReason.DataLost, msg.sender);
    }

    /// @dev The deal may be placed and proven now; strikes that are due fall first. `failed`: they ended it.
    function _open(uint256 dealId, Order storage order) private returns (Progress memory p, bool failed) {
        p = order.progress;
        if (order.state == RepairState.Placing) {
            if (_now() > p.deadline) revert RepairMarket_PlacementDeadlineMissed(Epoch.wrap(p.deadline));
            return (p, false);
        }
        if (order.state != RepairState.Active) revert RepairMarket_WrongState(dealId, order.state);
        uint32 last = p.start + order.pay.duration + FINAL_WINDOW;
        if (_now() > last) revert RepairMarket_DealOver(Epoch.wrap(last));
        return (p, _takeStrikes(dealId, order, p, address(0)));
    }

    /// @dev All shards are placed, and each was proven within the last proving period: the term begins now.
    function _begin(uint256 dealId, Order storage order, Progress memory p, uint32 oldest) private returns (bool) {
        uint32 time = _now();
        if (oldest == 0 || oldest + PROVING_PERIOD < time) return false;
        uint32 end = time + order.pay.duration;
        p.start = time;
        p.provenThrough = time;
        // A term is longer than a proving period.
        p.deadline = time + PROVING_PERIOD;
        order.state = RepairState.Active;
        _state.miners[order.miner].power += _sizeOf(order);
        emit DealStarted(dealId, Epoch.wrap(time), Epoch.wrap(end));
        return true;
    }

    function _advance(
        Order storage order,
        Progress memory p,
        ShardLedger.ProofOutcome memory outcome
    ) private returns (bool advanced) {
        uint32 earned;
        uint32 end = p.start + order.pay.duration;
        (earned, advanced) = Schedule.advance(p, end, outcome.oldest, outcome.shortest, _periods());
        if (earned != 0) order.pay.provenEpochs += earned;
    }

    function _cure(Order storage order, Progress memory p, uint8 cured, uint32 oldestMark) private returns (bool) {
        if (cured == 0) return false;
        Schedule.cure(p, cured, oldestMark, _periods());
        if (p.marks == 0) order.reporter = address(0);
        return true;
    }

    /// @dev The epoch for which a sector must be bound to hold its shard: now, and no later than the deal's end.
    function _heldUntil(Order storage order, Progress memory p) private view returns (uint32) {
        uint32 time = _now();
        if (p.start == 0) return time;
        uint32 end = p.start + order.pay.duration;
        return time < end ? time : end;
    }

    function _placementTerms(
        uint256 dealId,
        Order storage order,
        address actor
    ) private view returns (ShardLedger.PlacementTerms memory) {
        return
            ShardLedger.PlacementTerms({
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
                sectorContents: SECTOR_CONTENTS
            });
    }

    /// @dev Shards, and zero pieces up to the next power of two.
    function _drootHeight(Order storage order) private view returns (uint8 height) {
        height = order.shardHeight;
        for (uint256 width = 1; width < order.totalShards; width <<= 1) ++height;
    }
}

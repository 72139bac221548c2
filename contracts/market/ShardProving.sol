// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IShardProving} from "../interfaces/IShardProving.sol";
import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {FailureReason, LossEvidence, Order, Progress, RepairParameters, RepairState} from "../types/Repair.sol";
import {Lifecycle} from "./Lifecycle.sol";
import {Part} from "./Part.sol";
import {Rules} from "./Rules.sol";
import {Schedule} from "./Schedule.sol";
import {ShardProofs} from "./ShardProofs.sol";

/// @notice The part of the market that watches shards: proven, lost, cured, and what follows when they are not. Run by
/// `RepairMarket` on its own storage; called directly it knows no deal.
contract ShardProving is Lifecycle, Part, IShardProving {
    constructor(RepairParameters memory parameters_) Rules(parameters_) {}

    /// @inheritdoc IShardProving
    function proveRepair(uint256 dealId, uint8[] calldata shards, bytes[] calldata locations) external {
        Order storage order = _order(dealId);
        (Progress memory p, bool failed) = _requireOpenTakingStrikes(dealId, order);
        if (failed) return;
        ShardProofs.ProofOutcome memory outcome = ShardProofs.prove(
            _state,
            ShardProofs.ProofTerms({
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

    /// @inheritdoc IShardProving
    function reportLoss(uint256 dealId, uint8 shard, bytes calldata location) external {
        Order storage order = _active(dealId);
        Progress memory p = order.progress;
        uint32 end = p.start + order.pay.duration;
        if (_now() > end || p.provenThrough >= end) revert RepairMarket_DealOver(Epoch.wrap(end));
        // Safe: ids are counted in 32 bits.
        SectorStatus status = ShardProofs.markLost(_state, uint32(dealId), shard, _now(), location);
        if (p.marks == 0) order.reporter = msg.sender;
        Schedule.mark(p, _now(), _periods());
        emit LossReported(dealId, shard, msg.sender, status);
        _saveProgress(dealId, order, p);
    }

    /// @inheritdoc IShardProving
    function cure(uint256 dealId, uint8 shard, bytes calldata location) external {
        Order storage order = _active(dealId);
        (Progress memory p, bool failed) = _requireOpenTakingStrikes(dealId, order);
        if (failed) return;
        // Safe: ids are counted in 32 bits.
        uint32 id = uint32(dealId);
        uint32 held = _heldUntil(order, p);
        uint32 oldest = ShardProofs.unmark(_state, id, shard, _now(), held, order.totalShards, location);
        _cure(order, p, 1, oldest);
        _saveProgress(dealId, order, p);
    }

    /// @inheritdoc IShardProving
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

    /// @inheritdoc IShardProving
    function settle(uint256 dealId) external {
        Order storage order = _active(dealId);
        Progress memory p = order.progress;
        uint32 end = p.start + order.pay.duration;
        uint32 last = p.provenThrough >= end ? end : end + FINAL_WINDOW;
        if (_now() <= last) revert RepairMarket_NotOver(Epoch.wrap(last));
        if (_takeStrikes(dealId, order, p, address(0))) return;
        emit DealFinished(dealId);
        _close(dealId, order, RepairState.Finished);
    }

    /// @dev More shards than the code can spare are Dead, and the time to rebuild them is over.
    function _failOnLoss(uint256 dealId, Order storage order, LossEvidence[] calldata evidence) private {
        // Safe: k < n.
        uint256 spare = order.totalShards - order.dataShards;
        if (evidence.length <= spare) revert RepairMarket_StillRecoverable(evidence.length, spare);
        // Safe: ids are counted in 32 bits.
        ShardProofs.requireDead(_state, uint32(dealId), _now(), REPAIR_WINDOW, evidence);
        _fail(dealId, order, FailureReason.DataLost, msg.sender);
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
        ShardProofs.ProofOutcome memory outcome
    ) private returns (bool advanced) {
        uint32 earned;
        uint32 end = p.start + order.pay.duration;
        (earned, advanced) = Schedule.advance(p, end, outcome.oldest, outcome.shortest, _periods());
        if (earned != 0) order.pay.provenEpochs += earned;
    }

    /// @dev The epoch for which a sector must be bound to hold its shard: now, and no later than the deal's end.
    function _heldUntil(Order storage order, Progress memory p) private view returns (uint32) {
        uint32 time = _now();
        if (p.start == 0) return time;
        uint32 end = p.start + order.pay.duration;
        return time < end ? time : end;
    }
}

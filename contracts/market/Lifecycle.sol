// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Earnings} from "../libraries/Earnings.sol";
import {Epoch} from "../types/Epoch.sol";
import {FailureReason, Miner, Order, Progress, RepairState} from "../types/Repair.sol";
import {Schedule} from "./Schedule.sol";
import {Stakes} from "./Stakes.sol";

/// @notice A deal from its beginning to its end: strikes, failure, closing.
abstract contract Lifecycle is Stakes {
    using Earnings for Earnings.Account;

    /// @dev Takes the strikes that are due, if any, and writes the deal's progress then; `slasher` 0: nobody called for
    /// it. Returns true when that was the end of the deal.
    function _takeStrikes(
        uint256 dealId,
        Order storage order,
        Progress memory p,
        address slasher
    ) internal returns (bool failed) {
        uint32 time = _now();
        (uint32 due, uint32 next) = Schedule.strikesDue(p, p.start + order.pay.duration, time, _periods());
        if (due == 0) return false;
        uint32 left = MAX_STRIKES - p.strikes;
        if (due > left) due = left;
        // Safe: at most MAX_STRIKES.
        p.strikes += uint8(due);
        Schedule.lapse(p, time, next);
        _saveProgress(dealId, order, p);
        if (due == left) {
            _fail(dealId, order, FailureReason.StrikesExhausted, slasher);
            return true;
        }
        uint256 whole = _stakeFor(_sizeOf(order), order.pay.total);
        _slashStake(dealId, order, (whole * STRIKE_BPS * due) / ONE, slasher);
        return false;
    }

    /// @dev The miner loses the rest of its stake; what it had earned stays its own.
    function _fail(uint256 dealId, Order storage order, FailureReason reason, address slasher) internal {
        emit DealFailed(dealId, reason);
        _slashStake(dealId, order, order.stake, slasher);
        _close(dealId, order, RepairState.Failed);
    }

    function _saveProgress(uint256 dealId, Order storage order, Progress memory p) internal {
        order.progress = p;
        emit ProgressChanged(dealId, p, order.pay.provenEpochs);
    }

    /// @dev Reverts unless the deal may be placed and proven now, and takes strikes that are due. `failed`: they ended
    /// it.
    function _requireOpenTakingStrikes(
        uint256 dealId,
        Order storage order
    ) internal returns (Progress memory p, bool failed) {
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

    function _cure(Order storage order, Progress memory p, uint8 cured, uint32 oldestMark) internal returns (bool) {
        if (cured == 0) return false;
        Schedule.cure(p, cured, oldestMark, _periods());
        if (p.marks == 0) order.reporter = address(0);
        return true;
    }

    /// @dev Nothing of a closed deal is left over: every part of its total is the owner's or the client's.
    function _close(uint256 dealId, Order storage order, RepairState to) internal {
        Earnings.Account memory pay = order.pay;
        uint96 owed = pay.withdrawable();
        uint96 refund = pay.unearned();
        uint96 stake = order.stake;
        uint64 size = _sizeOf(order);
        Miner storage miner = _state.miners[order.miner];
        order.state = to;
        order.pay.withdrawn = pay.withdrawn + owed;
        order.stake = 0;
        miner.locked -= stake;
        miner.used -= size;
        if (order.progress.start != 0) miner.power -= size;
        emit DealClosed(dealId, owed, refund, stake);
        _credit(miner.owner, owed);
        _credit(order.client, refund);
    }

    /// @dev The deal has begun and is not closed.
    function _active(uint256 dealId) internal view returns (Order storage order) {
        order = _order(dealId);
        if (order.state != RepairState.Active) revert RepairMarket_WrongState(dealId, order.state);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarket} from "../interfaces/IRepairMarket.sol";
import {Earnings} from "../libraries/Earnings.sol";
import {Epoch} from "../types/Epoch.sol";
import {Ask, AskState, FailureReason, Miner, Order, Progress, RepairState} from "../types/Repair.sol";
import {Authorisations} from "./Authorisations.sol";
import {Schedule} from "./Schedule.sol";

/// @notice How deals begin, what they pay, what they cost, how they end.
abstract contract Deals is Authorisations {
    using Earnings for Earnings.Account;

    /// @inheritdoc IRepairMarket
    function addDeal(uint256 askId, uint256 bidId, bytes calldata bidOwnerSig) external returns (uint256) {
        Ask storage ask = _ask(askId);
        Order storage order = _order(bidId);
        Miner storage miner = _state.miners[ask.miner];
        if (msg.sender != miner.actor) revert RepairMarket_NotMiner(miner.actor, msg.sender);
        _requireMatch(askId, ask, bidId, order);
        _requireAuthorised(askId, bidId, order.client, bidOwnerSig);

        uint64 size = _sizeOf(order);
        uint96 total = _amount(quoteBid(ask.price, size, order.duration));
        uint96 stake = _stakeFor(size, total);
        uint96 refund = order.deposit - total;
        _commit(miner, size, stake);
        ask.size -= size;
        if (ask.size == 0) ask.state = AskState.Filled;

        uint32 time = _now();
        order.state = RepairState.Placing;
        order.closedAt = time;
        order.miner = ask.miner;
        // Safe: ids are counted in 32 bits.
        order.ask = uint32(askId);
        order.previousDeal = miner.lastDeal;
        order.dealPrice = ask.price;
        order.progress.deadline = time + PLACEMENT_WINDOW;
        order.pay = Earnings.Account({total: total, withdrawn: 0, provenEpochs: 0, duration: order.duration});
        order.stake = stake;
        // Safe: as above.
        miner.lastDeal = uint32(bidId);
        ++miner.dealCount;
        emit DealAdded(bidId, ask.miner, askId, total, refund, stake, Epoch.wrap(time + PLACEMENT_WINDOW));
        _credit(order.client, refund);
        return bidId;
    }

    /// @inheritdoc IRepairMarket
    function withdrawEarnings(uint256 dealId) external {
        Order storage order = _order(dealId);
        Earnings.Account memory pay = order.pay;
        uint96 amount = pay.withdrawable();
        if (amount == 0) revert RepairMarket_NothingToWithdraw();
        order.pay.withdrawn = pay.withdrawn + amount;
        emit EarningsWithdrawn(dealId, amount);
        _credit(_state.miners[order.miner].owner, amount);
    }

    /// @inheritdoc IRepairMarket
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

    /// @dev The deal has begun and is not closed.
    function _active(uint256 dealId) internal view returns (Order storage order) {
        order = _order(dealId);
        if (order.state != RepairState.Active) revert RepairMarket_WrongState(dealId, order.state);
    }

    /// @dev Takes the strikes that are due, if any, and writes the deal's progress then; `slasher` 0: nobody called for it.
    /// Returns true when that was the end of the deal.
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

    function _requireMatch(uint256 askId, Ask storage ask, uint256 bidId, Order storage order) private view {
        if (ask.state != AskState.Open) revert RepairMarket_AskNotOpen(askId);
        if (order.state != RepairState.Open) revert RepairMarket_WrongState(bidId, order.state);
        if (_now() > ask.expiry) revert RepairMarket_AskExpired(Epoch.wrap(ask.expiry));
        if (_now() > order.expiry) revert RepairMarket_BidExpired(Epoch.wrap(order.expiry));
        if (ask.price > order.price) revert RepairMarket_PriceTooHigh(order.price, ask.price);
        uint64 size = _sizeOf(order);
        if (size > ask.size) revert RepairMarket_AskTooSmall(ask.size, size);
    }

    /// @dev Locks a stake and takes room of the pledge.
    function _commit(Miner storage miner, uint64 size, uint96 stake) private {
        uint64 room = miner.pledge - miner.used;
        if (size > room) revert RepairMarket_PledgeExceeded(room, size);
        uint256 free = _free(miner);
        if (stake > free) revert RepairMarket_CollateralShort(stake, free);
        miner.used += size;
        miner.locked += stake;
    }

    /// @dev Nothing of a closed deal is left over: every part of its total is the owner's or the client's.
    function _close(uint256 dealId, Order storage order, RepairState to) private {
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
}

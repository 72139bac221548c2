// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {Earnings} from "../libraries/Earnings.sol";
import {Epoch} from "../types/Epoch.sol";
import {Ask, AskState, Miner, Order, RepairState} from "../types/Repair.sol";
import {Authorisations} from "./Authorisations.sol";
import {OrderBook} from "./OrderBook.sol";

/// @notice Bids filled, earnings taken.
abstract contract Deals is OrderBook, Authorisations {
    using Earnings for Earnings.Account;

    /// @inheritdoc IMarketCore
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

    /// @inheritdoc IMarketCore
    function withdrawEarnings(uint256 dealId) external {
        Order storage order = _order(dealId);
        Earnings.Account memory pay = order.pay;
        uint96 amount = pay.withdrawable();
        if (amount == 0) revert RepairMarket_NothingToWithdraw();
        order.pay.withdrawn = pay.withdrawn + amount;
        emit EarningsWithdrawn(dealId, amount);
        _credit(_state.miners[order.miner].owner, amount);
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

    function _requireMatch(uint256 askId, Ask storage ask, uint256 bidId, Order storage order) private view {
        if (ask.state != AskState.Open) revert RepairMarket_AskNotOpen(askId);
        if (order.state != RepairState.Open) revert RepairMarket_WrongState(bidId, order.state);
        if (_now() > ask.expiry) revert RepairMarket_AskExpired(Epoch.wrap(ask.expiry));
        if (_now() > order.expiry) revert RepairMarket_BidExpired(Epoch.wrap(order.expiry));
        if (ask.price > order.price) revert RepairMarket_PriceTooHigh(order.price, ask.price);
        uint64 size = _sizeOf(order);
        if (size > ask.size) revert RepairMarket_AskTooSmall(ask.size, size);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarket} from "./interfaces/IRepairMarket.sol";
import {IRepairMarketLens} from "./interfaces/IRepairMarketLens.sol";
import {Earnings} from "./libraries/Earnings.sol";
import {MinerActor} from "./libraries/MinerActor.sol";
import {PieceTree} from "./libraries/PieceTree.sol";
import {PowerActor} from "./libraries/PowerActor.sol";
import {Schedule} from "./market/Schedule.sol";
import {SectorStatus} from "./types/Deals.sol";
import {Epoch} from "./types/Epoch.sol";
import {Ask, AskState, Miner, Order, Placement, PlacementKind, RepairParameters, RepairState} from "./types/Repair.sol";

/// @title The repair market as people and programs want to see it
/// @notice See `IRepairMarketLens`. It is no part of the market: another lens can stand beside it.
contract RepairMarketLens is IRepairMarketLens {
    using Earnings for Earnings.Account;

    /// @inheritdoc IRepairMarketLens
    IRepairMarket public immutable market;

    constructor(IRepairMarket market_) {
        market = market_;
    }

    /// @inheritdoc IRepairMarketLens
    function quoteBid(uint256 price, uint256 size, uint256 time) external view returns (uint256) {
        return market.quoteBid(price, size, time);
    }

    // ───────────────────────────── Lists ─────────────────────────────

    /// @inheritdoc IRepairMarketLens
    function miners(uint256 start, uint256 count) external view returns (Miner[] memory page, uint256 next) {
        (uint256 total, , ) = market.counts();
        (count, next) = _page(total, start, count);
        page = new Miner[](count);
        for (uint256 i; i < count; ++i) page[i] = market.minerOf(start + i);
    }

    /// @inheritdoc IRepairMarketLens
    function asks(uint256 start, uint256 count) external view returns (AskView[] memory page, uint256 next) {
        (, uint256 total, ) = market.counts();
        (count, next) = _page(total, start, count);
        page = new AskView[](count);
        for (uint256 i; i < count; ++i) {
            Ask memory ask = market.askOf(start + i);
            page[i] = AskView({
                askId: start + i,
                repairMiner: market.minerOf(ask.miner).actor,
                ask: ask,
                open: ask.state == AskState.Open && block.number <= ask.expiry
            });
        }
    }

    /// @inheritdoc IRepairMarketLens
    function bids(uint256 start, uint256 count) external view returns (BidView[] memory page, uint256 next) {
        (, , uint256 total) = market.counts();
        (count, next) = _page(total, start, count);
        page = new BidView[](count);
        for (uint256 i; i < count; ++i) {
            Order memory order = market.orderOf(start + i);
            page[i] = BidView({bidId: start + i, state: _stateOf(order), size: _sizeOf(order), order: order});
        }
    }

    /// @inheritdoc IRepairMarketLens
    function deals(uint256 start, uint256 count) external view returns (DealView[] memory page, uint256 next) {
        (, , uint256 total) = market.counts();
        (count, next) = _page(total, start, count);
        page = new DealView[](count);
        uint256 found;
        for (uint256 i; i < count; ++i) {
            Order memory order = market.orderOf(start + i);
            if (order.miner != 0) page[found++] = _view(start + i, order);
        }
        // Memory-safe: shortens an array that was allocated longer.
        assembly ("memory-safe") {
            mstore(page, found)
        }
    }

    /// @inheritdoc IRepairMarketLens
    function dealsOf(
        address repairMiner,
        uint256 start,
        uint256 count
    ) external view returns (DealView[] memory page, uint256 next) {
        Miner memory miner = _minerOf(repairMiner);
        next = start == 0 ? miner.lastDeal : start;
        page = new DealView[](count < miner.dealCount ? count : miner.dealCount);
        uint256 found;
        while (next != 0 && found < page.length) {
            Order memory order = _dealOf(next);
            page[found++] = _view(next, order);
            next = order.previousDeal;
        }
        // Memory-safe: shortens an array that was allocated longer.
        assembly ("memory-safe") {
            mstore(page, found)
        }
    }

    // ───────────────────────────── One deal ─────────────────────────────

    /// @inheritdoc IRepairMarketLens
    function dealOf(uint256 dealId) external view returns (DealView memory) {
        return _view(dealId, market.orderOf(dealId));
    }

    /// @inheritdoc IRepairMarketLens
    function placementsOf(uint256 dealId) external view returns (Placement[] memory) {
        return market.placementsOf(dealId);
    }

    /// @inheritdoc IRepairMarketLens
    function healthOf(uint256 dealId) external view returns (Health memory health) {
        Order memory order = _dealOf(dealId);
        Placement[] memory placements = market.placementsOf(dealId);
        health.needed = order.dataShards;
        health.total = placements.length;
        health.shards = new ShardHealth[](placements.length);
        for (uint256 i; i < placements.length; ++i) {
            // Safe: at most 255 shards.
            ShardHealth memory shard = _healthOf(uint8(i), placements[i]);
            health.shards[i] = shard;
            if (!shard.held) continue;
            ++health.held;
            if (!_heldBefore(health.shards, i)) ++health.providers;
        }
    }

    /// @inheritdoc IRepairMarketLens
    function locate(uint64 provider, uint64 sector) external view returns (SectorStatus status, bytes memory location) {
        if (PowerActor.isMiner(provider)) (, status, location) = MinerActor.locate(provider, sector);
    }

    /// @inheritdoc IRepairMarketLens
    function earnedOf(uint256 dealId) external view returns (uint96 earned, uint96 withdrawable) {
        Order memory order = _dealOf(dealId);
        return (order.pay.earned(), order.pay.withdrawable());
    }

    /// @inheritdoc IRepairMarketLens
    function powerOf(
        address repairMiner,
        uint256 start,
        uint256 count
    ) external view returns (uint256 power, uint256 next) {
        next = start == 0 ? _minerOf(repairMiner).lastDeal : start;
        for (uint256 i; i < count && next != 0; ++i) {
            Order memory order = _dealOf(next);
            if (order.state == RepairState.Active && !order.progress.lapsed) {
                (uint32 due, ) = _strikesDue(order);
                if (due == 0 && block.number <= order.progress.start + order.pay.duration) power += _sizeOf(order);
            }
            next = order.previousDeal;
        }
    }

    /// @inheritdoc IRepairMarketLens
    function strikesDue(uint256 dealId) external view returns (uint32 count, Epoch next) {
        return _strikesDue(_dealOf(dealId));
    }

    // ───────────────────────────── Rules ─────────────────────────────

    /// @inheritdoc IRepairMarketLens
    function parameters() public view returns (RepairParameters memory) {
        return market.parameters();
    }

    // ───────────────────────────── Internals ─────────────────────────────

    function _view(uint256 dealId, Order memory order) private view returns (DealView memory v) {
        v.dealId = dealId;
        v.state = _stateOf(order);
        v.client = order.client;
        v.size = _sizeOf(order);
        v.order = order;
        if (order.miner == 0) return v;
        v.repairMiner = market.minerOf(order.miner).actor;
        if (order.progress.start != 0) {
            v.start = Epoch.wrap(order.progress.start);
            v.end = Epoch.wrap(order.progress.start + order.pay.duration);
            v.provenThrough = Epoch.wrap(order.progress.provenThrough);
        }
        (v.strikesDue, v.deadline) = _strikesDue(order);
        if (v.strikesDue != 0) v.deadline = Epoch.wrap(_deadlineOf(order));
        v.total = order.pay.total;
        v.earned = order.pay.earned();
        v.withdrawable = order.pay.withdrawable();
        v.refundable = _closed(order.state) ? 0 : order.pay.unearned();
        v.stake = order.stake;
    }

    function _strikesDue(Order memory order) private view returns (uint32 due, Epoch next) {
        RepairParameters memory p = parameters();
        if (order.state == RepairState.Placing) {
            next = Epoch.wrap(order.progress.deadline);
            return (block.number > order.progress.deadline ? p.maxStrikes : 0, next);
        }
        if (order.state != RepairState.Active) return (0, Epoch.wrap(type(uint64).max));
        Schedule.Periods memory periods = Schedule.Periods({
            provingPeriod: p.provingPeriod,
            repairWindow: p.repairWindow,
            strikePeriod: p.strikePeriod,
            finalWindow: p.finalWindow
        });
        uint32 epoch;
        // Safe: 32 bits last until the year 6100.
        uint32 time = uint32(block.number);
        (due, epoch) = Schedule.strikesDue(order.progress, order.progress.start + order.pay.duration, time, periods);
        uint32 left = p.maxStrikes - order.progress.strikes;
        if (due > left) due = left;
        next = Epoch.wrap(epoch == Schedule.NEVER ? type(uint64).max : epoch);
    }

    function _healthOf(uint8 index, Placement memory p) private view returns (ShardHealth memory shard) {
        shard.shard = index;
        shard.placement = p;
        if (p.kind == PlacementKind.None) return shard;
        (, shard.status, shard.location) = MinerActor.locate(p.provider, p.sector);
        shard.held = shard.status == SectorStatus.Active && block.number <= p.validUntil;
    }

    function _stateOf(Order memory order) private view returns (RepairState) {
        if (order.state == RepairState.Open && block.number > order.expiry) return RepairState.Expired;
        if (order.state == RepairState.Active && order.progress.marks != 0) return RepairState.Repairing;
        return order.state;
    }

    function _dealOf(uint256 dealId) private view returns (Order memory order) {
        order = market.orderOf(dealId);
        if (order.miner == 0) revert RepairMarketLens_NotDeal(dealId, _stateOf(order));
    }

    function _minerOf(address repairMiner) private view returns (Miner memory) {
        return market.minerOf(market.minerIdOf(repairMiner));
    }

    function _deadlineOf(Order memory order) private pure returns (uint64) {
        if (order.state == RepairState.Placing) return order.progress.deadline;
        return Schedule.deadlineOf(order.progress, order.progress.start + order.pay.duration);
    }

    /// @dev Whether a shard before this one is held by the same provider.
    function _heldBefore(ShardHealth[] memory shards, uint256 index) private pure returns (bool) {
        for (uint256 i; i < index; ++i) {
            if (shards[i].held && shards[i].placement.provider == shards[index].placement.provider) return true;
        }
        return false;
    }

    function _closed(RepairState state) private pure returns (bool) {
        return state == RepairState.Failed || state == RepairState.Finished;
    }

    function _sizeOf(Order memory order) private pure returns (uint64) {
        // Safe: checked when the bid was made.
        return uint64(order.totalShards * PieceTree.paddedSize(order.shardHeight));
    }

    /// @dev How many of `count` records from `start` there are, and where the next page begins.
    function _page(uint256 total, uint256 start, uint256 count) private pure returns (uint256 here, uint256 next) {
        if (start == 0 || start > total) return (0, 0);
        here = total - start + 1;
        return here <= count ? (here, 0) : (count, start + count);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {PieceTree} from "../libraries/PieceTree.sol";
import {Epoch} from "../types/Epoch.sol";
import {Ask, AskState, CodingParams, Miner, Order, RepairState} from "../types/Repair.sol";
import {Stakes} from "./Stakes.sol";

/// @notice Asks and bids.
abstract contract OrderBook is IMarketCore, Stakes {
    /// @dev Sizes up to 2^63 fit their type. A price has 96 bits and a time 64, so the product of all three fits 223
    /// bits.
    uint256 private constant MAX_SIZE = 1 << 63;

    // ───────────────────────────── Asks ─────────────────────────────

    /// @inheritdoc IMarketCore
    function addRepairAsk(uint256 price, uint256 size, uint64 expiry) external returns (uint256) {
        uint32 minerId = _callingMiner();
        if (price == 0 || size == 0) revert RepairMarket_AmountZero();
        if (size > MAX_SIZE) revert RepairMarket_AmountTooLarge(MAX_SIZE, size);
        uint32 last = _lastEpoch(expiry, MAX_ASK_LIFETIME);
        Miner storage miner = _state.miners[minerId];
        uint96 unstaked = miner.collateral - miner.locked;
        if (unstaked < ACCEPTANCE_BOND) revert RepairMarket_CollateralShort(ACCEPTANCE_BOND, unstaked);
        // Whoever sees the ask may get an acceptance for as long as it lives; the bond stays until none can be claimed.
        if (miner.lockedUntil < last + CLAIM_WINDOW) miner.lockedUntil = last + CLAIM_WINDOW;
        uint32 askId = ++_state.askCount;
        Ask memory ask = Ask({
            miner: minerId,
            price: _amount(price),
            // Safe: checked above.
            size: uint64(size),
            expiry: last,
            state: AskState.Open
        });
        _state.asks[askId] = ask;
        emit AskAdded(askId, minerId, ask.price, ask.size, Epoch.wrap(last));
        return askId;
    }

    /// @inheritdoc IMarketCore
    function cancelAsk(uint256 askId) external {
        Ask storage ask = _ask(askId);
        address actor = _state.miners[ask.miner].actor;
        if (msg.sender != actor) revert RepairMarket_NotMiner(actor, msg.sender);
        if (ask.state != AskState.Open) revert RepairMarket_AskNotOpen(askId);
        ask.state = AskState.Cancelled;
        emit AskCancelled(askId);
    }

    // ───────────────────────────── Bids ─────────────────────────────

    /// @inheritdoc IMarketCore
    function addBid(
        bytes32 droot,
        uint256 price,
        uint256 size,
        uint64 time,
        uint64 expiry,
        CodingParams calldata params
    ) external payable returns (uint256) {
        return _addBid(droot, price, size, time, expiry, params, 0);
    }

    /// @inheritdoc IMarketCore
    function addBid(
        bytes32 droot,
        uint256 price,
        uint256 size,
        uint64 time,
        uint64 expiry,
        CodingParams calldata params,
        bytes32 providersRoot
    ) external payable returns (uint256) {
        return _addBid(droot, price, size, time, expiry, params, providersRoot);
    }

    /// @inheritdoc IMarketCore
    function cancelBid(uint256 bidId) external {
        Order storage order = _order(bidId);
        if (msg.sender != order.client) revert RepairMarket_NotClient(order.client, msg.sender);
        if (order.state != RepairState.Open) revert RepairMarket_WrongState(bidId, order.state);
        order.state = RepairState.Cancelled;
        order.closedAt = _now();
        emit BidCancelled(bidId);
        _credit(order.client, order.deposit);
    }

    /// @inheritdoc IMarketCore
    function expireBid(uint256 bidId) external {
        Order storage order = _order(bidId);
        if (order.state != RepairState.Open) revert RepairMarket_WrongState(bidId, order.state);
        if (_now() <= order.expiry) revert RepairMarket_BidNotExpired(Epoch.wrap(order.expiry));
        order.state = RepairState.Expired;
        emit BidExpired(bidId);
        _credit(order.client, order.deposit);
    }

    /// @inheritdoc IMarketCore
    function quoteBid(uint256 price, uint256 size, uint256 time) public pure returns (uint256) {
        if (price > type(uint96).max) revert RepairMarket_AmountTooLarge(type(uint96).max, price);
        if (size > MAX_SIZE) revert RepairMarket_AmountTooLarge(MAX_SIZE, size);
        if (time > type(uint64).max) revert RepairMarket_AmountTooLarge(type(uint64).max, time);
        return Math.ceilDiv(price * size * time, GIB);
    }

    function _addBid(
        bytes32 droot,
        uint256 price,
        uint256 size,
        uint64 time,
        uint64 expiry,
        CodingParams calldata params,
        bytes32 providersRoot
    ) private returns (uint256 bidId) {
        if (droot == 0) revert RepairMarket_DrootZero();
        if (price == 0) revert RepairMarket_AmountZero();
        if (time < MIN_DURATION || time > MAX_DURATION) {
            revert RepairMarket_DurationOutOfRange(MIN_DURATION, MAX_DURATION, time);
        }
        uint256 total = quoteBid(price, size, time);
        if (msg.value != total) revert RepairMarket_WrongValue(total, msg.value);
        bidId = ++_state.orderCount;
        Order storage order = _state.orders[bidId];
        order.client = msg.sender;
        order.state = RepairState.Open;
        order.dataShards = params.dataShards;
        order.totalShards = params.totalShards;
        order.maxShardsPerProvider = params.maxShardsPerProvider;
        order.shardHeight = _shardHeight(size, params);
        order.expiry = _lastEpoch(expiry, MAX_BID_LIFETIME);
        order.droot = droot;
        // Safe: quoteBid checked the price; a total that was paid in fits 96 bits, as all attoFIL together do.
        order.price = uint96(price);
        order.deposit = _amount(total);
        // Safe: at most MAX_DURATION.
        order.duration = uint32(time);
        order.payloadSize = params.payloadSize;
        if (providersRoot != 0) order.providersRoot = providersRoot;
        _emitBidAdded(bidId, order, params);
    }

    function _emitBidAdded(uint256 bidId, Order storage order, CodingParams calldata params) private {
        emit BidAdded(
            bidId,
            msg.sender,
            order.droot,
            order.price,
            _sizeOf(order),
            order.duration,
            Epoch.wrap(order.expiry),
            params,
            order.providersRoot,
            order.deposit
        );
    }

    /// @dev Lifetimes count from inclusion.
    function _lastEpoch(uint64 lifetime, uint32 max) private view returns (uint32) {
        if (lifetime == 0 || lifetime > max) revert RepairMarket_LifetimeOutOfRange(max, lifetime);
        // Safe: at most `max`.
        return _now() + uint32(lifetime);
    }

    /// @dev Checks the code against the size; returns the height of a shard.
    function _shardHeight(uint256 size, CodingParams calldata p) private pure returns (uint8) {
        uint256 n = p.totalShards;
        if (p.dataShards == 0 || p.dataShards >= n || p.maxShardsPerProvider == 0 || p.maxShardsPerProvider > n) {
            revert RepairMarket_BadCoding(p.dataShards, p.totalShards, p.maxShardsPerProvider);
        }
        uint256 shardSize = size / n;
        if (shardSize * n != size || !PieceTree.isPieceSize(shardSize)) {
            revert RepairMarket_SizeNotShards(size, p.totalShards);
        }
        uint256 capacity = (shardSize / 128) * 127 * p.dataShards;
        if (p.payloadSize == 0 || p.payloadSize > capacity) {
            revert RepairMarket_PayloadTooLarge(capacity, p.payloadSize);
        }
        return PieceTree.heightOf(shardSize);
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarketErrors} from "../interfaces/IRepairMarketErrors.sol";
import {IRepairMarketEvents} from "../interfaces/IRepairMarketEvents.sol";
import {PieceTree} from "../libraries/PieceTree.sol";
import {Ask, MarketState, Order} from "../types/Repair.sol";
import {Epoch, Epochs} from "../types/Epoch.sol";

/// @notice The market's memory.
abstract contract Ledger is IRepairMarketEvents, IRepairMarketErrors {
    /// @dev The first variable of the contract: slot 0, so that its records are aligned.
    MarketState internal _state;

    function _ask(uint256 askId) internal view returns (Ask storage) {
        _requireId(_state.askCount, askId);
        return _state.asks[askId];
    }

    function _order(uint256 id) internal view returns (Order storage) {
        _requireId(_state.orderCount, id);
        return _state.orders[id];
    }

    /// @dev The `RepairMiner` that calls.
    function _callingMiner() internal view returns (uint32 minerId) {
        return _minerId(msg.sender);
    }

    function _minerId(address actor) internal view returns (uint32 minerId) {
        minerId = _state.minerIds[actor];
        if (minerId == 0) revert RepairMarket_UnknownMiner(actor);
    }

    /// @dev The current epoch as records hold it. Safe: 32 bits last until the year 6100.
    function _now() internal view returns (uint32) {
        return uint32(Epoch.unwrap(Epochs.current()));
    }

    /// @dev Padded bytes of all shards; a size that was checked at `addBid`.
    function _sizeOf(Order storage order) internal view returns (uint64) {
        // Safe: at most 2^63.
        return uint64(order.totalShards * PieceTree.paddedSize(order.shardHeight));
    }

    function _requireId(uint256 count, uint256 given) internal pure {
        if (given == 0 || given > count) revert RepairMarket_UnknownId(count, given);
    }

    /// @dev Money fits 96 bits: there will never be more than 2 × 10^27 attoFIL.
    function _amount(uint256 attoFil) internal pure returns (uint96) {
        if (attoFil > type(uint96).max) revert RepairMarket_AmountTooLarge(type(uint96).max, attoFil);
        // Safe: checked above.
        return uint96(attoFil);
    }
}

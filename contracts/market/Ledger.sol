// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarket} from "../interfaces/IRepairMarket.sol";
import {Ask, MarketState, Miner, Order, Placement} from "../types/Repair.sol";
import {Epoch, Epochs} from "../types/Epoch.sol";

/// @notice The market's memory, and its records as they are stored.
abstract contract Ledger is IRepairMarket {
    /// @dev The first variable of the contract: slot 0, so that its records are aligned.
    MarketState internal _state;

    /// @inheritdoc IRepairMarket
    function counts() external view returns (uint256 miners, uint256 asks, uint256 bids) {
        return (_state.minerCount, _state.askCount, _state.orderCount);
    }

    /// @inheritdoc IRepairMarket
    function minerIdOf(address actor) external view returns (uint256) {
        return _state.minerIds[actor];
    }

    /// @inheritdoc IRepairMarket
    function minerOf(uint256 minerId) external view returns (Miner memory) {
        _requireId(_state.minerCount, minerId);
        return _state.miners[minerId];
    }

    /// @inheritdoc IRepairMarket
    function askOf(uint256 askId) external view returns (Ask memory) {
        return _ask(askId);
    }

    /// @inheritdoc IRepairMarket
    function orderOf(uint256 id) external view returns (Order memory) {
        return _order(id);
    }

    /// @inheritdoc IRepairMarket
    function placementsOf(uint256 dealId) external view returns (Placement[] memory placements) {
        placements = new Placement[](_order(dealId).totalShards);
        for (uint256 i; i < placements.length; ++i) placements[i] = _state.placements[dealId][i];
    }

    /// @inheritdoc IRepairMarket
    function clientMiner(uint64 clientActor) external view returns (uint256 minerId) {
        return _state.clients[clientActor];
    }

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

    function _requireId(uint256 count, uint256 given) private pure {
        if (given == 0 || given > count) revert RepairMarket_UnknownId(count, given);
    }

    /// @dev The current epoch as records hold it. Safe: 32 bits last until the year 6100.
    function _now() internal view returns (uint32) {
        return uint32(Epoch.unwrap(Epochs.current()));
    }

    /// @dev Money fits 96 bits: there will never be more than 2 × 10^27 attoFIL.
    function _amount(uint256 attoFil) internal pure returns (uint96) {
        if (attoFil > type(uint96).max) revert RepairMarket_AmountTooLarge(type(uint96).max, attoFil);
        // Safe: checked above.
        return uint96(attoFil);
    }
}

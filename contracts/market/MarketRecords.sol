// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IMarketRecords} from "../interfaces/IMarketRecords.sol";
import {Ask, Miner, Order, Placement, RepairParameters} from "../types/Repair.sol";
import {Ledger} from "./Ledger.sol";
import {Part} from "./Part.sol";
import {Rules} from "./Rules.sol";

/// @notice The part of the market that shows its records and its rules. Run by `RepairMarket` on its own storage;
/// called directly it has none.
contract MarketRecords is Ledger, Part, IMarketRecords {
    constructor(RepairParameters memory parameters_) Rules(parameters_) {}

    /// @inheritdoc IMarketRecords
    function minerOf(uint256 minerId) external view returns (Miner memory) {
        _requireId(_state.minerCount, minerId);
        return _state.miners[minerId];
    }

    /// @inheritdoc IMarketRecords
    function askOf(uint256 askId) external view returns (Ask memory) {
        return _ask(askId);
    }

    /// @inheritdoc IMarketRecords
    function orderOf(uint256 id) external view returns (Order memory) {
        return _order(id);
    }

    /// @inheritdoc IMarketRecords
    function placementsOf(uint256 dealId) external view returns (Placement[] memory placements) {
        placements = new Placement[](_order(dealId).totalShards);
        for (uint256 i; i < placements.length; ++i) placements[i] = _state.placements[dealId][i].placement.unpack();
    }
}

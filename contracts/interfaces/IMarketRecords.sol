// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Ask, Miner, Order, Placement} from "../types/Repair.sol";

/// @title The market's records: a part of `IRepairMarket`
/// @notice As they are stored; ids from 1. What depends on time is the lens's to say.
interface IMarketRecords {
    function minerOf(uint256 minerId) external view returns (Miner memory);

    function askOf(uint256 askId) external view returns (Ask memory);

    function orderOf(uint256 id) external view returns (Order memory);

    /// @notice All n placements of a deal; those not made yet have kind None.
    function placementsOf(uint256 dealId) external view returns (Placement[] memory);
}

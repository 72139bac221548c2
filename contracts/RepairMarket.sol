// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IMarketCore} from "./interfaces/IMarketCore.sol";
import {IRepairRules} from "./interfaces/IRepairRules.sol";
import {IShardPlacing} from "./interfaces/IShardPlacing.sol";
import {IShardProving} from "./interfaces/IShardProving.sol";
import {Collateral} from "./market/Collateral.sol";
import {Credits} from "./market/Credits.sol";
import {Deals} from "./market/Deals.sol";
import {MarketRecords} from "./market/MarketRecords.sol";
import {Rules} from "./market/Rules.sol";
import {ShardPlacing} from "./market/ShardPlacing.sol";
import {ShardProving} from "./market/ShardProving.sol";
import {LossEvidence, RepairParameters, ShardPlacement} from "./types/Repair.sol";

/// @title A market for keeping erasure-coded data whole
/// @notice See `IRepairMarket`. Each part in `market/` does one thing; this joins them. What concerns shards is more
/// code than one contract may hold, so it lives in contracts of its own, fixed at deployment and run on this one's
/// storage:
///
///   Ledger ─┐          ┌─ Credits, Collateral ────────────────┐
///           ├─ Stakes ─┼─ OrderBook, Authorisations ── Deals ─┴─ RepairMarket ── delegatecall ─┐
///   Rules ──┘          └─ Lifecycle ─┬─ ShardPlacing (Placements) ◀────────────────────────────┤
///                                    └─ ShardProving (ShardProofs, Schedule) ◀─────────────────┤
///   Ledger, Rules ── MarketRecords ◀───────────────────────────────────────────────────────────┘
///
/// @dev The ledger is the first storage everywhere: it must begin at slot 0. Here two strings of `EIP712` follow it,
/// which stay empty because name and version are short; the other contracts have no storage besides.
contract RepairMarket is Credits, Collateral, Deals, IShardPlacing, IShardProving {
    ShardPlacing private immutable PLACING;
    address private immutable PROVING;
    address private immutable RECORDS;

    constructor(
        RepairParameters memory parameters_,
        ShardPlacing placing,
        ShardProving proving,
        MarketRecords records
    ) Rules(parameters_) EIP712("RepairMarket", "1") {
        bytes32 rules = keccak256(abi.encode(parameters_));
        _requireSameRules(rules, address(placing));
        _requireSameRules(rules, address(proving));
        _requireSameRules(rules, address(records));
        PLACING = placing;
        PROVING = address(proving);
        RECORDS = address(records);
    }

    /// @notice Answers `IMarketRecords` and `IRepairRules`: whatever is not here is a view of the records, or reverts.
    /// Takes no value.
    fallback() external {
        _run(RECORDS);
    }

    /// @inheritdoc IShardPlacing
    function placeShards(uint256, ShardPlacement[] calldata) external {
        _run(address(PLACING));
    }

    /// @inheritdoc IShardProving
    function proveRepair(uint256, uint8[] calldata, bytes[] calldata) external {
        _run(PROVING);
    }

    /// @inheritdoc IShardProving
    function reportLoss(uint256, uint8, bytes calldata) external {
        _run(PROVING);
    }

    /// @inheritdoc IShardProving
    function cure(uint256, uint8, bytes calldata) external {
        _run(PROVING);
    }

    /// @inheritdoc IShardProving
    function slashRepairMiner(address, uint256, LossEvidence[] calldata) external {
        _run(PROVING);
    }

    /// @inheritdoc IShardProving
    function settle(uint256) external {
        _run(PROVING);
    }

    /// @inheritdoc IMarketCore
    function parts() external view returns (address placing, address proving, address records) {
        return (address(PLACING), PROVING, RECORDS);
    }

    /// @inheritdoc IMarketCore
    function sectorContents() external view returns (address) {
        return address(PLACING.sectorContents());
    }

    /// @dev Runs the function that was called, in the part that holds its code, on this storage.
    function _run(address part) private {
        // Memory-safe: the function ends here, so what it overwrites is never read again. The part is one of the
        // three contracts that were given to the constructor; it has the same storage and the same rules.
        assembly ("memory-safe") {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), part, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) {
                revert(0, returndatasize())
            }
            return(0, returndatasize())
        }
    }

    function _requireSameRules(bytes32 rules, address part) private view {
        if (keccak256(abi.encode(IRepairRules(part).parameters())) != rules) revert RepairMarket_PartDiffers(part);
    }
}

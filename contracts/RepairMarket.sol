// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {ISectorContents} from "./interfaces/ISectorContents.sol";
import {Ledger} from "./market/Ledger.sol";
import {Proofs} from "./market/Proofs.sol";
import {Rules} from "./market/Rules.sol";
import {RepairParameters} from "./types/Repair.sol";

/// @notice See `IRepairMarket`. Each part in `market/` does one thing; this joins them.
///
///   Ledger ── Credits ─┬─ Collateral ── OrderBook ── Authorisations ── Deals ── Proofs
///              Rules ──┘                                    Schedule, ShardLedger
///
/// @dev Ledger comes first: its storage must begin at slot 0.
contract RepairMarket is Ledger, Proofs {
    constructor(
        RepairParameters memory parameters_,
        ISectorContents sectorContents_
    ) Rules(parameters_) EIP712("RepairMarket", "1") Proofs(sectorContents_) {}
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarketErrors} from "../interfaces/IRepairMarketErrors.sol";
import {RepairParameters} from "../types/Repair.sol";
import {Schedule} from "./Schedule.sol";

/// @notice The market's parameters: immutable, and checked together, since rules that are each sound may not be so in
/// sum.
abstract contract Rules is IRepairMarketErrors {
    uint256 internal constant ONE = 10_000;
    uint256 internal constant GIB = 1 << 30;

    /// @dev A sector is proven once in this many epochs; a fault shows no sooner and heals no sooner.
    uint32 private constant WINDOW_POST_PERIOD = 2_880;

    /// @dev Time to send transactions in, beyond what the network needs.
    uint32 private constant MARGIN = 120;

    uint96 internal immutable COLLATERAL_PER_GIB;
    uint96 internal immutable ACCEPTANCE_BOND;
    uint16 internal immutable STAKE_BPS;
    uint16 internal immutable STRIKE_BPS;
    uint8 internal immutable MAX_STRIKES;
    uint16 internal immutable REPORTER_BPS;
    uint16 internal immutable CLIENT_BPS;
    uint32 internal immutable PLACEMENT_WINDOW;
    uint32 internal immutable PROVING_PERIOD;
    uint32 internal immutable REPAIR_WINDOW;
    uint32 internal immutable STRIKE_PERIOD;
    uint32 internal immutable FINAL_WINDOW;
    uint32 internal immutable CLAIM_WINDOW;
    uint32 internal immutable MIN_DURATION;
    uint32 internal immutable MAX_DURATION;
    uint32 internal immutable MAX_BID_LIFETIME;
    uint32 internal immutable MAX_ASK_LIFETIME;

    constructor(RepairParameters memory p) {
        _checkShares(p);
        _checkTimes(p);
        COLLATERAL_PER_GIB = p.collateralPerGiB;
        ACCEPTANCE_BOND = p.acceptanceBond;
        STAKE_BPS = p.stakeBps;
        STRIKE_BPS = p.strikeBps;
        MAX_STRIKES = p.maxStrikes;
        REPORTER_BPS = p.reporterBps;
        CLIENT_BPS = p.clientBps;
        PLACEMENT_WINDOW = p.placementWindow;
        PROVING_PERIOD = p.provingPeriod;
        REPAIR_WINDOW = p.repairWindow;
        STRIKE_PERIOD = p.strikePeriod;
        FINAL_WINDOW = p.finalWindow;
        CLAIM_WINDOW = p.claimWindow;
        MIN_DURATION = p.minDuration;
        MAX_DURATION = p.maxDuration;
        MAX_BID_LIFETIME = p.maxBidLifetime;
        MAX_ASK_LIFETIME = p.maxAskLifetime;
    }

    function _parameters() internal view returns (RepairParameters memory) {
        return
            RepairParameters({
                collateralPerGiB: COLLATERAL_PER_GIB,
                acceptanceBond: ACCEPTANCE_BOND,
                stakeBps: STAKE_BPS,
                strikeBps: STRIKE_BPS,
                maxStrikes: MAX_STRIKES,
                reporterBps: REPORTER_BPS,
                clientBps: CLIENT_BPS,
                placementWindow: PLACEMENT_WINDOW,
                provingPeriod: PROVING_PERIOD,
                repairWindow: REPAIR_WINDOW,
                strikePeriod: STRIKE_PERIOD,
                finalWindow: FINAL_WINDOW,
                claimWindow: CLAIM_WINDOW,
                minDuration: MIN_DURATION,
                maxDuration: MAX_DURATION,
                maxBidLifetime: MAX_BID_LIFETIME,
                maxAskLifetime: MAX_ASK_LIFETIME
            });
    }

    function _periods() internal view returns (Schedule.Periods memory) {
        return
            Schedule.Periods({
                provingPeriod: PROVING_PERIOD,
                repairWindow: REPAIR_WINDOW,
                strikePeriod: STRIKE_PERIOD,
                finalWindow: FINAL_WINDOW
            });
    }

    function _checkShares(RepairParameters memory p) private pure {
        // Something is burnt, so that slashing oneself costs.
        _require(uint256(p.reporterBps) + p.clientBps < ONE, "reporter and client get less than all");
        _require(p.reporterBps > 0, "reporting pays");
        _require(p.maxStrikes > 0 && p.strikeBps > 0, "strikes cost");
        _require(uint256(p.maxStrikes) * p.strikeBps <= ONE, "strikes take no more than the stake");
        _require(p.stakeBps > 0 && p.stakeBps <= ONE, "stake is a share of the total");
        _require(p.collateralPerGiB > 0 && p.acceptanceBond > 0, "collateral is above zero");
    }

    function _checkTimes(RepairParameters memory p) private pure {
        uint32 heal = 2 * WINDOW_POST_PERIOD + MARGIN;
        _require(p.repairWindow >= heal, "a missed WindowPoSt heals within the repair window");
        _require(p.provingPeriod >= heal, "a missed WindowPoSt heals between proofs");
        _require(p.finalWindow >= WINDOW_POST_PERIOD, "the final window holds a WindowPoSt");
        _require(p.strikePeriod >= WINDOW_POST_PERIOD, "a strike can be answered");
        // Otherwise the deadline after a late proof could lie before the one that was shown without it.
        _require(p.strikePeriod <= p.provingPeriod, "a proof brings no strike nearer");
        _require(p.claimWindow >= WINDOW_POST_PERIOD, "a claim can be made");
        _require(p.placementWindow >= WINDOW_POST_PERIOD, "shards can be placed");
        // Otherwise the first proof would pay for the whole term.
        _require(p.minDuration > uint256(p.finalWindow) + p.provingPeriod, "a term needs more than one proof");
        _require(p.minDuration <= p.maxDuration, "some duration is allowed");
        _require(p.maxBidLifetime > 0 && p.maxAskLifetime > 0, "offers live");
        // Sums of an epoch and all of these stay within 32 bits for another thousand years.
        uint256 sum = uint256(p.maxDuration) + p.placementWindow + p.provingPeriod + p.repairWindow;
        sum += uint256(p.strikePeriod) * 2 + p.finalWindow + p.claimWindow + p.maxBidLifetime + p.maxAskLifetime;
        _require(sum < 1 << 30, "times are no longer than a thousand years");
    }

    function _require(bool holds, string memory rule) private pure {
        if (!holds) revert RepairMarket_BadParameters(rule);
    }
}

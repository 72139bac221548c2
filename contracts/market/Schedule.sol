// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Progress} from "../types/Repair.sol";

/// @notice Deadlines and strikes of a deal that has begun, as pure arithmetic.
///
/// Strikes fall at fixed epochs: the deadline d, then every strike period after it up to the deal's end, then once more
/// at end + finalWindow if the tail that nobody proved is longer than the final window. A strike is due when its epoch
/// has passed (now > d). Neither its epoch nor its size depends on who calls what, or when.
library Schedule {
    struct Periods {
        uint32 provingPeriod;
        uint32 repairWindow;
        uint32 strikePeriod;
        uint32 finalWindow;
    }

    uint32 internal constant NEVER = type(uint32).max;

    /// @notice The next epoch at which a strike falls if nothing is proven or cured.
    function deadlineOf(Progress memory p, uint32 end) internal pure returns (uint32) {
        // A repair window that ends after the deal is not a deadline: there is nothing left to repair for.
        if (p.marks == 0 || p.repairDeadline > end) return p.deadline;
        return p.repairDeadline < p.deadline ? p.repairDeadline : p.deadline;
    }

    /// @notice How many strikes are due at `time`, uncapped, and the epoch of the next.
    function strikesDue(
        Progress memory p,
        uint32 end,
        uint32 time,
        Periods memory t
    ) internal pure returns (uint32 count, uint32 next) {
        next = deadlineOf(p, end);
        if (next == NEVER || time <= next) return (0, next);
        if (next <= end) {
            uint32 last = time - 1 < end ? time - 1 : end;
            count = (last - next) / t.strikePeriod + 1;
            next += count * t.strikePeriod;
            if (next <= end) return (count, next);
            if (!tailTooLong(p, end, t)) return (count, NEVER);
            next = end + t.finalWindow;
            if (time <= next) return (count, next);
        }
        return (count + 1, NEVER);
    }

    /// @notice Takes note that strikes fell at `time`: deadlines advance in whole steps, and only proofs from now on
    /// count.
    function lapse(Progress memory p, uint32 time, uint32 next) internal pure {
        if (p.deadline < next) p.deadline = next;
        if (p.repairDeadline < next) p.repairDeadline = next;
        p.freshAfter = time;
        p.lapsed = true;
    }

    /// @notice All shards are proven up to `oldest`; the shortest-lived is bound until `shortest`. Returns the epochs
    /// that this earns: none of a lapse, and up to the end when the end is near enough.
    function advance(
        Progress memory p,
        uint32 end,
        uint32 oldest,
        uint32 shortest,
        Periods memory t
    ) internal pure returns (uint32 earnedEpochs, bool advanced) {
        if (oldest <= p.provenThrough || oldest < p.freshAfter || p.provenThrough >= end) return (0, false);
        uint32 proven = oldest < end ? oldest : end;
        uint32 covered = oldest + t.finalWindow >= end && shortest >= end ? end : proven;
        earnedEpochs = covered - (p.lapsed ? proven : p.provenThrough);
        p.provenThrough = covered;
        p.lapsed = false;
        if (!tailTooLong(p, end, t)) p.deadline = NEVER;
        else p.deadline = oldest + t.provingPeriod <= end ? oldest + t.provingPeriod : end + t.finalWindow;
        return (earnedEpochs, true);
    }

    /// @notice A shard was marked lost at `time`: the deal must be whole again within the repair window.
    function mark(Progress memory p, uint32 time, Periods memory t) internal pure {
        uint32 by = time + t.repairWindow;
        if (p.marks == 0 || by < p.repairDeadline) p.repairDeadline = by;
        ++p.marks;
    }

    /// @notice `cured` marks are gone; the oldest that remains was made at `oldestMark`. Each loss keeps its own
    /// window, and a deadline that strikes have moved does not move back.
    function cure(Progress memory p, uint8 cured, uint32 oldestMark, Periods memory t) internal pure {
        p.marks -= cured;
        if (p.marks == 0) p.repairDeadline = 0;
        else if (p.repairDeadline < oldestMark + t.repairWindow) p.repairDeadline = oldestMark + t.repairWindow;
    }

    /// @notice Whether more is unproven at the end than the final window excuses.
    function tailTooLong(Progress memory p, uint32 end, Periods memory t) internal pure returns (bool) {
        return p.provenThrough + t.finalWindow < end;
    }
}

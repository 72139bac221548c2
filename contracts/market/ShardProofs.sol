// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarketErrors} from "../interfaces/IRepairMarketErrors.sol";
import {IRepairMarketEvents} from "../interfaces/IRepairMarketEvents.sol";
import {MinerActor} from "../libraries/MinerActor.sol";
import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {PackedPlacement} from "../types/PackedPlacement.sol";
import {LossEvidence, MarketState, ShardSlot} from "../types/Repair.sol";

/// @notice What miner actors say of the sectors in which shards lie.
library ShardProofs {
    /// @param dealId whose shards
    /// @param time the current epoch
    /// @param provenThrough of the deal
    /// @param heldUntil the epoch for which the sectors must be bound to hold the shards
    struct ProofTerms {
        uint32 dealId;
        uint32 time;
        uint32 provenThrough;
        uint32 heldUntil;
        uint8 totalShards;
    }

    /// @param oldest the epoch through which all shards are proven; 0: not all
    /// @param shortest the epoch through which all of them are bound
    /// @param cured marks that the proof took away
    /// @param oldestMark of the marks that remain; 0: none
    struct ProofOutcome {
        uint32 oldest;
        uint32 shortest;
        uint8 cured;
        uint32 oldestMark;
    }

    /// @dev A proof of all shards at once is kept in the deal alone; a partial one in the slots of its shards.
    function prove(
        MarketState storage s,
        ProofTerms memory t,
        uint8[] calldata shards,
        bytes[] calldata locations
    ) internal returns (ProofOutcome memory outcome) {
        if (shards.length != locations.length) {
            revert IRepairMarketErrors.RepairMarket_LengthsDiffer(shards.length, locations.length);
        }
        ShardSlot[256] storage placements = s.placements[t.dealId];
        // Shards are below n and none is repeated, so as many as n are all of them.
        bool all = shards.length == t.totalShards;
        uint256 seen;
        outcome.shortest = type(uint32).max;
        for (uint256 i; i < shards.length; ++i) {
            uint8 shard = shards[i];
            if (shard >= t.totalShards) revert IRepairMarketErrors.RepairMarket_ShardOutOfRange(t.totalShards, shard);
            if (seen & (1 << shard) != 0) revert IRepairMarketErrors.RepairMarket_ShardRepeated(shard);
            seen |= 1 << shard;
            PackedPlacement p = placements[shard].placement;
            _requireActive(p, shard, t.heldUntil, locations[i]);
            if (p.validUntil() < outcome.shortest) outcome.shortest = p.validUntil();
        }
        // Written only now: a contract that writes between calls has its state stored anew at each of them.
        for (uint256 i; i < shards.length; ++i) {
            uint8 shard = shards[i];
            PackedPlacement p = placements[shard].placement;
            if (p.markedAt() != 0) {
                p = p.marked(0);
                // Safe: at most 255 shards.
                ++outcome.cured;
                emit IRepairMarketEvents.ShardCured(t.dealId, shard);
            } else if (all) {
                continue;
            }
            placements[shard].placement = p.proven(t.time);
        }
        if (all) outcome.oldest = t.time;
        else _survey(placements, t, outcome);
    }

    // ───────────────────────────── Loss and cure ─────────────────────────────

    /// @notice Marks a shard lost, on proof.
    function markLost(
        MarketState storage s,
        uint32 dealId,
        uint8 shard,
        uint32 time,
        bytes calldata location
    ) internal returns (SectorStatus status) {
        ShardSlot storage slot = s.placements[dealId][shard];
        PackedPlacement p = slot.placement;
        if (!p.exists()) revert IRepairMarketErrors.RepairMarket_ShardNotPlaced(shard);
        if (p.markedAt() != 0) revert IRepairMarketErrors.RepairMarket_AlreadyMarked(shard);
        if (p.validUntil() >= time) {
            (uint64 provider, uint64 sector) = (p.provider(), p.sector());
            if (MinerActor.isStatus(provider, sector, SectorStatus.Faulty, location)) status = SectorStatus.Faulty;
            else if (MinerActor.isStatus(provider, sector, SectorStatus.Dead, location)) status = SectorStatus.Dead;
            else revert IRepairMarketErrors.RepairMarket_NotProvenLost(shard);
        }
        slot.placement = p.marked(time);
    }

    /// @notice Takes a mark away, on proof that the sector is Active; returns the oldest mark that remains.
    function unmark(
        MarketState storage s,
        uint32 dealId,
        uint8 shard,
        uint32 time,
        uint32 heldUntil,
        uint8 totalShards,
        bytes calldata location
    ) internal returns (uint32 remaining) {
        ShardSlot[256] storage placements = s.placements[dealId];
        PackedPlacement p = placements[shard].placement;
        if (p.markedAt() == 0) revert IRepairMarketErrors.RepairMarket_NotMarked(shard);
        _requireActive(p, shard, heldUntil, location);
        placements[shard].placement = p.marked(0).proven(time);
        emit IRepairMarketEvents.ShardCured(dealId, shard);
        return oldestMark(placements, totalShards);
    }

    /// @notice Reverts unless every shard of the evidence, each named once, is marked, past its repair window, and
    /// Dead.
    function requireDead(
        MarketState storage s,
        uint32 dealId,
        uint32 time,
        uint32 repairWindow,
        LossEvidence[] calldata evidence
    ) internal view {
        uint256 seen;
        for (uint256 i; i < evidence.length; ++i) {
            uint8 shard = evidence[i].shard;
            if (seen & (1 << shard) != 0) revert IRepairMarketErrors.RepairMarket_ShardRepeated(shard);
            seen |= 1 << shard;
            PackedPlacement p = s.placements[dealId][shard].placement;
            if (p.markedAt() == 0) revert IRepairMarketErrors.RepairMarket_NotMarked(shard);
            if (time <= p.markedAt() + repairWindow) {
                revert IRepairMarketErrors.RepairMarket_RepairWindowOpen(
                    shard,
                    Epoch.wrap(p.markedAt() + repairWindow)
                );
            }
            if (!MinerActor.isStatus(p.provider(), p.sector(), SectorStatus.Dead, evidence[i].location)) {
                revert IRepairMarketErrors.RepairMarket_NotProvenLost(shard);
            }
        }
    }

    /// @notice The oldest of a deal's marks; 0: none.
    function oldestMark(ShardSlot[256] storage placements, uint8 totalShards) internal view returns (uint32 oldest) {
        for (uint256 i; i < totalShards; ++i) oldest = _olderMark(oldest, placements[i].placement);
    }

    // ───────────────────────────── Internals ─────────────────────────────

    /// @dev Over all shards of the deal: n is a term of the deal, nobody can make it grow.
    function _survey(ShardSlot[256] storage placements, ProofTerms memory t, ProofOutcome memory outcome) private view {
        uint256 count = t.totalShards;
        uint32 through = t.provenThrough;
        uint32 oldest = type(uint32).max;
        uint32 shortest = type(uint32).max;
        uint32 mark;
        for (uint256 i; i < count; ++i) {
            PackedPlacement p = placements[i].placement;
            uint32 provenAt = p.provenAt();
            // A proof of all shards covers each that has a place.
            if (provenAt != 0 && provenAt < through) provenAt = through;
            if (provenAt < oldest) oldest = provenAt;
            if (p.validUntil() < shortest) shortest = p.validUntil();
            mark = _olderMark(mark, p);
        }
        (outcome.oldest, outcome.shortest, outcome.oldestMark) = (oldest, shortest, mark);
    }

    function _requireActive(PackedPlacement p, uint8 shard, uint32 heldUntil, bytes calldata location) private view {
        if (!p.exists()) revert IRepairMarketErrors.RepairMarket_ShardNotPlaced(shard);
        if (p.validUntil() < heldUntil) {
            revert IRepairMarketErrors.RepairMarket_PastValidUntil(shard, Epoch.wrap(p.validUntil()));
        }
        if (!MinerActor.isStatus(p.provider(), p.sector(), SectorStatus.Active, location)) {
            revert IRepairMarketErrors.RepairMarket_NotProvenActive(shard);
        }
    }

    function _olderMark(uint32 mark, PackedPlacement p) private pure returns (uint32) {
        uint32 markedAt = p.markedAt();
        return markedAt != 0 && (mark == 0 || markedAt < mark) ? markedAt : mark;
    }
}

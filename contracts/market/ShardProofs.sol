// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarketEvents} from "../interfaces/IRepairMarketEvents.sol";
import {MinerActor} from "../libraries/MinerActor.sol";
import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {LossEvidence, MarketState, Placement, PlacementKind} from "../types/Repair.sol";

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
            revert IRepairMarketEvents.RepairMarket_LengthsDiffer(shards.length, locations.length);
        }
        Placement[256] storage placements = s.placements[t.dealId];
        // Shards are below n and none is repeated, so as many as n are all of them.
        bool all = shards.length == t.totalShards;
        uint256 seen;
        uint256 marked;
        outcome.shortest = type(uint32).max;
        for (uint256 i; i < shards.length; ++i) {
            uint8 shard = shards[i];
            if (shard >= t.totalShards) revert IRepairMarketEvents.RepairMarket_ShardOutOfRange(t.totalShards, shard);
            if (seen & (1 << shard) != 0) revert IRepairMarketEvents.RepairMarket_ShardRepeated(shard);
            seen |= 1 << shard;
            Placement memory p = placements[shard];
            _requireActive(p, shard, t.heldUntil, locations[i]);
            if (p.validUntil < outcome.shortest) outcome.shortest = p.validUntil;
            if (p.markedAt != 0) marked |= 1 << shard;
        }
        // Written only now: a contract that writes between calls has its state stored anew at each of them.
        for (uint256 i; i < shards.length; ++i) {
            uint8 shard = shards[i];
            if (marked & (1 << shard) != 0) {
                placements[shard].markedAt = 0;
                // Safe: at most 255 shards.
                ++outcome.cured;
                emit IRepairMarketEvents.ShardCured(t.dealId, shard);
            }
            if (!all || marked & (1 << shard) != 0) placements[shard].provenAt = t.time;
        }
        if (all) outcome.oldest = t.time;
        else _survey(placements, t, outcome);
    }

    /// @dev Over all shards of the deal: n is a term of the deal, nobody can make it grow.
    function _survey(Placement[256] storage placements, ProofTerms memory t, ProofOutcome memory outcome) private view {
        outcome.oldest = type(uint32).max;
        outcome.shortest = type(uint32).max;
        for (uint256 i; i < t.totalShards; ++i) {
            Placement memory p = placements[i];
            uint32 provenAt = p.kind == PlacementKind.None ? 0 : p.provenAt;
            if (provenAt != 0 && provenAt < t.provenThrough) provenAt = t.provenThrough;
            if (provenAt < outcome.oldest) outcome.oldest = provenAt;
            if (p.validUntil < outcome.shortest) outcome.shortest = p.validUntil;
            if (p.markedAt != 0 && (outcome.oldestMark == 0 || p.markedAt < outcome.oldestMark)) {
                outcome.oldestMark = p.markedAt;
            }
        }
    }

    function _requireActive(Placement memory p, uint8 shard, uint32 heldUntil, bytes calldata location) private view {
        if (p.kind == PlacementKind.None) revert IRepairMarketEvents.RepairMarket_ShardNotPlaced(shard);
        if (p.validUntil < heldUntil) {
            revert IRepairMarketEvents.RepairMarket_PastValidUntil(shard, Epoch.wrap(p.validUntil));
        }
        if (!MinerActor.isStatus(p.provider, p.sector, SectorStatus.Active, location)) {
            revert IRepairMarketEvents.RepairMarket_NotProvenActive(shard);
        }
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
        Placement storage stored = s.placements[dealId][shard];
        Placement memory p = stored;
        if (p.kind == PlacementKind.None) revert IRepairMarketEvents.RepairMarket_ShardNotPlaced(shard);
        if (p.markedAt != 0) revert IRepairMarketEvents.RepairMarket_AlreadyMarked(shard);
        if (p.validUntil >= time) {
            if (MinerActor.isStatus(p.provider, p.sector, SectorStatus.Faulty, location)) status = SectorStatus.Faulty;
            else if (MinerActor.isStatus(p.provider, p.sector, SectorStatus.Dead, location)) status = SectorStatus.Dead;
            else revert IRepairMarketEvents.RepairMarket_NotProvenLost(shard);
        }
        stored.markedAt = time;
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
        Placement[256] storage placements = s.placements[dealId];
        Placement memory p = placements[shard];
        if (p.markedAt == 0) revert IRepairMarketEvents.RepairMarket_NotMarked(shard);
        _requireActive(p, shard, heldUntil, location);
        placements[shard].markedAt = 0;
        placements[shard].provenAt = time;
        emit IRepairMarketEvents.ShardCured(dealId, shard);
        return oldestMark(placements, totalShards);
    }

    /// @notice Reverts unless every shard of the evidence, each named once, is marked, past its repair window, and Dead.
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
            if (seen & (1 << shard) != 0) revert IRepairMarketEvents.RepairMarket_ShardRepeated(shard);
            seen |= 1 << shard;
            Placement memory p = s.placements[dealId][shard];
            if (p.markedAt == 0) revert IRepairMarketEvents.RepairMarket_NotMarked(shard);
            if (time <= p.markedAt + repairWindow) {
                revert IRepairMarketEvents.RepairMarket_RepairWindowOpen(shard, Epoch.wrap(p.markedAt + repairWindow));
            }
            if (!MinerActor.isStatus(p.provider, p.sector, SectorStatus.Dead, evidence[i].location)) {
                revert IRepairMarketEvents.RepairMarket_NotProvenLost(shard);
            }
        }
    }

    /// @notice The oldest of a deal's marks; 0: none.
    function oldestMark(Placement[256] storage placements, uint8 totalShards) internal view returns (uint32 oldest) {
        for (uint256 i; i < totalShards; ++i) {
            uint32 markedAt = placements[i].markedAt;
            if (markedAt != 0 && (oldest == 0 || markedAt < oldest)) oldest = markedAt;
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IRepairMarket} from "../interfaces/IRepairMarket.sol";
import {ISectorContents} from "../interfaces/ISectorContents.sol";
import {MarketActor} from "../libraries/MarketActor.sol";
import {MinerActor} from "../libraries/MinerActor.sol";
import {PieceTree} from "../libraries/PieceTree.sol";
import {DealState, SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {Piece} from "../types/Piece.sol";
import {
    LossEvidence,
    MarketState,
    Order,
    Placement,
    PlacementKind,
    RepairState,
    ShardPlacement
} from "../types/Repair.sol";

/// @notice Where the shards of deals lie, and what Filecoin says of it. A library of its own contract: all that the market
/// asks of built-in actors about shards is here, once per transaction and not once per shard.
/// @dev External functions run in the market's context (delegatecall), on its storage.
library ShardLedger {
    /// @dev A sector's claims may be dropped in its last 30 days, and its pieces with them: neither a notice nor a verified
    /// deal is believed there.
    uint64 internal constant DROP_WINDOW = 86_400;

    /// @param dealId whose shards
    /// @param time the current epoch
    /// @param droot,drootHeight,shardHeight the encoded data
    /// @param repairMiner its actor, for the payload of notices
    /// @param miner its id, for the clients of f05 deals
    struct PlacementTerms {
        uint32 dealId;
        uint32 time;
        bytes32 droot;
        uint8 drootHeight;
        uint8 shardHeight;
        uint8 totalShards;
        uint8 maxShardsPerProvider;
        bytes32 providersRoot;
        address repairMiner;
        uint32 miner;
        ISectorContents sectorContents;
    }

    /// @param placed shards that had no place before
    /// @param cured marks that the new places took away
    /// @param oldestMark of the marks that remain; 0: none
    struct PlacementOutcome {
        uint8 placed;
        uint8 cured;
        uint32 oldestMark;
    }

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

    // ───────────────────────────── Placing ─────────────────────────────

    function place(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement[] calldata given
    ) external returns (PlacementOutcome memory outcome) {
        Placement[256] storage placements = s.placements[t.dealId];
        uint256[] memory copies = _copies(placements, t.totalShards);
        Epoch[] memory notices = _notices(t, given);
        for (uint256 i; i < given.length; ++i) {
            ShardPlacement calldata p = given[i];
            uint32 validUntil = _validUntil(s, t, p, notices[i]);
            if (validUntil <= t.time) _refuse(p, IRepairMarket.PlacementFault.TermTooShort);
            _claimCopy(s, t, p, copies);
            if (!MinerActor.isStatus(p.provider, p.sector, SectorStatus.Active, p.location)) {
                _refuse(p, IRepairMarket.PlacementFault.NotProvenActive);
            }
            Placement memory former = placements[p.shard];
            // Safe: at most 255 shards, each counted once: it has a place from here on.
            if (former.kind == PlacementKind.None) ++outcome.placed;
            if (former.markedAt != 0) {
                ++outcome.cured;
                emit IRepairMarket.ShardCured(t.dealId, p.shard);
            }
            // Safe: _claimCopy checked the ranges of provider and deal id.
            placements[p.shard] = Placement({
                provider: uint40(p.provider),
                sector: p.sector,
                dealId: uint48(p.dealId),
                validUntil: validUntil,
                provenAt: t.time,
                markedAt: 0,
                kind: p.kind
            });
            emit IRepairMarket.ShardPlaced(
                t.dealId,
                p.shard,
                p.provider,
                p.sector,
                p.kind,
                p.dealId,
                Epoch.wrap(validUntil),
                p.shardRoot
            );
        }
        if (outcome.cured != 0) outcome.oldestMark = _oldestMark(placements, t.totalShards);
    }

    /// @dev Where each shard lies, as provider << 64 | sector; 0: nowhere.
    function _copies(Placement[256] storage placements, uint8 count) private view returns (uint256[] memory copies) {
        copies = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            Placement memory p = placements[i];
            if (p.kind != PlacementKind.None) copies[i] = (uint256(p.provider) << 64) | p.sector;
        }
    }

    /// @dev Checks everything but the sector's status and the uniqueness of the copy.
    function _validUntil(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement calldata p,
        Epoch notice
    ) private view returns (uint32) {
        if (p.shard >= t.totalShards) revert IRepairMarket.RepairMarket_ShardOutOfRange(t.totalShards, p.shard);
        if (p.kind == PlacementKind.None) _refuse(p, IRepairMarket.PlacementFault.BadKind);
        if (p.inData.index != p.shard) _refuse(p, IRepairMarket.PlacementFault.IndexDiffers);
        if (!PieceTree.holds(t.droot, t.drootHeight, p.shardRoot, t.shardHeight, p.inData)) {
            _refuse(p, IRepairMarket.PlacementFault.NotInData);
        }
        if (!PieceTree.holds(p.pieceRoot, p.pieceHeight, p.shardRoot, t.shardHeight, p.inPiece)) {
            _refuse(p, IRepairMarket.PlacementFault.NotInPiece);
        }
        if (t.providersRoot != 0) {
            bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(p.provider))));
            if (!MerkleProof.verifyCalldata(p.allowed, t.providersRoot, leaf)) {
                _refuse(p, IRepairMarket.PlacementFault.ProviderNotAllowed);
            }
        }
        uint64 until = p.kind == PlacementKind.Deal ? _dealEnd(s, t, p) : _noticeEnd(p, notice);
        // Safe: capped to the type's range.
        return until < type(uint32).max ? uint32(until) : type(uint32).max;
    }

    /// @dev An f05 deal: active, of this provider, in this sector, holding this piece, made by a client of this miner.
    function _dealEnd(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement calldata p
    ) private view returns (uint64) {
        (DealState state, uint64 sector, ) = MarketActor.sectorOf(p.dealId);
        if (state != DealState.Active) _refuse(p, IRepairMarket.PlacementFault.DealNotActive);
        (bool ok, uint64 provider) = MarketActor.providerOf(p.dealId);
        if (!ok) _refuse(p, IRepairMarket.PlacementFault.DealUnreadable);
        if (provider != p.provider || sector != p.sector) _refuse(p, IRepairMarket.PlacementFault.DealDiffers);
        Piece memory piece;
        (ok, piece) = MarketActor.commitmentOf(p.dealId);
        if (!ok) _refuse(p, IRepairMarket.PlacementFault.DealUnreadable);
        if (piece.root != p.pieceRoot || piece.height != p.pieceHeight) {
            _refuse(p, IRepairMarket.PlacementFault.DealDiffers);
        }
        uint64 client;
        (ok, client) = MarketActor.clientOf(p.dealId);
        if (!ok) _refuse(p, IRepairMarket.PlacementFault.DealUnreadable);
        if (s.clients[client] != t.miner) _refuse(p, IRepairMarket.PlacementFault.ForeignClient);
        Epoch end;
        (ok, , end) = MarketActor.termOf(p.dealId);
        if (!ok) _refuse(p, IRepairMarket.PlacementFault.DealUnreadable);
        bool verified = true;
        if (p.fullTerm) {
            (ok, verified) = MarketActor.verifiedOf(p.dealId);
            if (!ok) _refuse(p, IRepairMarket.PlacementFault.DealUnreadable);
        }
        return verified ? _lessDropWindow(Epoch.unwrap(end)) : Epoch.unwrap(end);
    }

    function _noticeEnd(ShardPlacement calldata p, Epoch notice) private pure returns (uint64) {
        if (Epoch.unwrap(notice) == 0) _refuse(p, IRepairMarket.PlacementFault.NoNotice);
        return _lessDropWindow(Epoch.unwrap(notice));
    }

    function _lessDropWindow(uint64 end) private pure returns (uint64) {
        return end > DROP_WINDOW ? end - DROP_WINDOW : 0;
    }

    /// @dev What the sectors said of these pieces, for this market and this miner; one call for all.
    function _notices(
        PlacementTerms memory t,
        ShardPlacement[] calldata given
    ) private view returns (Epoch[] memory notices) {
        ISectorContents.SectorPiece[] memory pieces = new ISectorContents.SectorPiece[](given.length);
        bool any;
        for (uint256 i; i < given.length; ++i) {
            ShardPlacement calldata p = given[i];
            if (p.kind != PlacementKind.Notice) continue;
            any = true;
            pieces[i] = ISectorContents.SectorPiece(p.provider, p.sector, p.pieceRoot, p.pieceHeight);
        }
        if (!any) return new Epoch[](given.length);
        // In a library's delegatecall, address(this) is the market.
        return t.sectorContents.commitmentsOf(pieces, keccak256(abi.encode(address(this), t.repairMiner)));
    }

    /// @dev One sealed copy backs one live shard of one deal; one deal has one shard a sector, and few a provider.
    function _claimCopy(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement calldata p,
        uint256[] memory copies
    ) private {
        if (p.provider == 0 || p.provider > type(uint40).max || p.dealId > type(uint48).max) {
            _refuse(p, IRepairMarket.PlacementFault.OutOfRange);
        }
        uint256 copy = (uint256(p.provider) << 64) | p.sector;
        uint256 onProvider = 1;
        for (uint256 i; i < copies.length; ++i) {
            if (i == p.shard) continue;
            if (copies[i] == copy) _refuse(p, IRepairMarket.PlacementFault.SectorTaken);
            if (copies[i] >> 64 == p.provider) ++onProvider;
        }
        if (onProvider > t.maxShardsPerProvider) _refuse(p, IRepairMarket.PlacementFault.TooManyOnProvider);
        copies[p.shard] = copy;

        bytes32 key = keccak256(abi.encodePacked(p.provider, p.sector, p.shardRoot));
        uint256 claim = (uint256(t.dealId) << 8) | p.shard;
        uint256 former = s.copies[key];
        if (former == claim) return;
        if (former != 0 && _stillBacks(s, former, p)) {
            // Safe: the lowest byte is the shard.
            revert IRepairMarket.RepairMarket_CopyInUse(p.shard, former >> 8, uint8(former));
        }
        s.copies[key] = claim;
    }

    /// @dev A claim is void once its deal ended or its shard lies elsewhere; nothing need be deleted for that.
    function _stillBacks(MarketState storage s, uint256 claim, ShardPlacement calldata p) private view returns (bool) {
        RepairState state = s.orders[claim >> 8].state;
        if (state != RepairState.Placing && state != RepairState.Active) return false;
        // Safe: the lowest byte is the shard.
        Placement storage other = s.placements[claim >> 8][uint8(claim)];
        return other.provider == p.provider && other.sector == p.sector;
    }

    function _refuse(ShardPlacement calldata p, IRepairMarket.PlacementFault fault) private pure {
        revert IRepairMarket.RepairMarket_PlacementInvalid(p.shard, fault);
    }

    // ───────────────────────────── Proving ─────────────────────────────

    /// @dev A proof of all shards at once is kept in the deal alone; a partial one in the slots of its shards.
    function prove(
        MarketState storage s,
        ProofTerms memory t,
        uint8[] calldata shards,
        bytes[] calldata locations
    ) external returns (ProofOutcome memory outcome) {
        if (shards.length != locations.length) {
            revert IRepairMarket.RepairMarket_LengthsDiffer(shards.length, locations.length);
        }
        Placement[256] storage placements = s.placements[t.dealId];
        // Shards are below n and none is repeated, so as many as n are all of them.
        bool all = shards.length == t.totalShards;
        uint256 seen;
        outcome.shortest = type(uint32).max;
        for (uint256 i; i < shards.length; ++i) {
            uint8 shard = shards[i];
            if (shard >= t.totalShards) revert IRepairMarket.RepairMarket_ShardOutOfRange(t.totalShards, shard);
            if (seen & (1 << shard) != 0) revert IRepairMarket.RepairMarket_ShardRepeated(shard);
            seen |= 1 << shard;
            Placement storage stored = placements[shard];
            Placement memory p = stored;
            _requireActive(p, shard, t.heldUntil, locations[i]);
            if (p.validUntil < outcome.shortest) outcome.shortest = p.validUntil;
            if (p.markedAt != 0) {
                stored.markedAt = 0;
                // Safe: at most 255 shards.
                ++outcome.cured;
                emit IRepairMarket.ShardCured(t.dealId, shard);
            }
            if (!all) stored.provenAt = t.time;
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
        if (p.kind == PlacementKind.None) revert IRepairMarket.RepairMarket_ShardNotPlaced(shard);
        if (p.validUntil < heldUntil) {
            revert IRepairMarket.RepairMarket_PastValidUntil(shard, Epoch.wrap(p.validUntil));
        }
        if (!MinerActor.isStatus(p.provider, p.sector, SectorStatus.Active, location)) {
            revert IRepairMarket.RepairMarket_NotProvenActive(shard);
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
    ) external returns (SectorStatus status) {
        Placement storage stored = s.placements[dealId][shard];
        Placement memory p = stored;
        if (p.kind == PlacementKind.None) revert IRepairMarket.RepairMarket_ShardNotPlaced(shard);
        if (p.markedAt != 0) revert IRepairMarket.RepairMarket_AlreadyMarked(shard);
        if (p.validUntil >= time) {
            if (MinerActor.isStatus(p.provider, p.sector, SectorStatus.Faulty, location)) status = SectorStatus.Faulty;
            else if (MinerActor.isStatus(p.provider, p.sector, SectorStatus.Dead, location)) status = SectorStatus.Dead;
            else revert IRepairMarket.RepairMarket_NotProvenLost(shard);
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
    ) external returns (uint32 oldestMark) {
        Placement[256] storage placements = s.placements[dealId];
        Placement memory p = placements[shard];
        if (p.markedAt == 0) revert IRepairMarket.RepairMarket_NotMarked(shard);
        _requireActive(p, shard, heldUntil, location);
        placements[shard].markedAt = 0;
        placements[shard].provenAt = time;
        emit IRepairMarket.ShardCured(dealId, shard);
        return _oldestMark(placements, totalShards);
    }

    /// @notice Reverts unless every shard of the evidence, each named once, is marked, past its repair window, and Dead.
    function requireDead(
        MarketState storage s,
        uint32 dealId,
        uint32 time,
        uint32 repairWindow,
        LossEvidence[] calldata evidence
    ) external view {
        uint256 seen;
        for (uint256 i; i < evidence.length; ++i) {
            uint8 shard = evidence[i].shard;
            if (seen & (1 << shard) != 0) revert IRepairMarket.RepairMarket_ShardRepeated(shard);
            seen |= 1 << shard;
            Placement memory p = s.placements[dealId][shard];
            if (p.markedAt == 0) revert IRepairMarket.RepairMarket_NotMarked(shard);
            if (time <= p.markedAt + repairWindow) {
                revert IRepairMarket.RepairMarket_RepairWindowOpen(shard, Epoch.wrap(p.markedAt + repairWindow));
            }
            if (!MinerActor.isStatus(p.provider, p.sector, SectorStatus.Dead, evidence[i].location)) {
                revert IRepairMarket.RepairMarket_NotProvenLost(shard);
            }
        }
    }

    function _oldestMark(Placement[256] storage placements, uint8 totalShards) private view returns (uint32 oldest) {
        for (uint256 i; i < totalShards; ++i) {
            uint32 markedAt = placements[i].markedAt;
            if (markedAt != 0 && (oldest == 0 || markedAt < oldest)) oldest = markedAt;
        }
    }
}

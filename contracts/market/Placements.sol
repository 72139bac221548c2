// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {IRepairMarketErrors} from "../interfaces/IRepairMarketErrors.sol";
import {IRepairMarketEvents} from "../interfaces/IRepairMarketEvents.sol";
import {ISectorContents} from "../interfaces/ISectorContents.sol";
import {MarketActor} from "../libraries/MarketActor.sol";
import {MinerActor} from "../libraries/MinerActor.sol";
import {PieceTree} from "../libraries/PieceTree.sol";
import {DealState, SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {Piece} from "../types/Piece.sol";
import {PackedPlacement, PackedPlacements} from "../types/PackedPlacement.sol";
import {PlacementFault} from "../types/PlacementFault.sol";
import {MarketState, PlacementKind, RepairState, ShardPlacement, ShardSlot} from "../types/Repair.sol";
import {ShardProofs} from "./ShardProofs.sol";

/// @notice Where the shards of deals lie, and what f05, `SectorContents` and miner actors say to it.
library Placements {
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

    /// @dev A sector's claims may be dropped in its last 30 days, and its pieces with them: neither a notice nor a
    /// verified deal is believed there.
    uint64 internal constant DROP_WINDOW = 86_400;

    function place(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement[] calldata given
    ) internal returns (PlacementOutcome memory outcome) {
        ShardSlot[256] storage placements = s.placements[t.dealId];
        uint32[] memory validUntil = _believed(s, t, given);
        uint256[] memory copies = _copies(placements, t.totalShards);
        for (uint256 i; i < given.length; ++i) {
            ShardPlacement calldata p = given[i];
            (uint8 shard, uint32 until) = (p.shard, validUntil[i]);
            _claimCopy(s, t, p, copies);
            PackedPlacement former = placements[shard].placement;
            // Safe: at most 255 shards, each counted once: it has a place from here on.
            if (!former.exists()) ++outcome.placed;
            if (former.markedAt() != 0) {
                ++outcome.cured;
                emit IRepairMarketEvents.ShardCured(t.dealId, shard);
            }
            // Safe: _claimCopy checked the ranges of provider and deal id.
            placements[shard].placement = PackedPlacements.pack(copies[shard], uint48(p.dealId), until, t.time, p.kind);
            _emitPlaced(t.dealId, p, until);
        }
        if (outcome.cured != 0) outcome.oldestMark = ShardProofs.oldestMark(placements, t.totalShards);
    }

    function _emitPlaced(uint32 dealId, ShardPlacement calldata p, uint32 validUntil) private {
        emit IRepairMarketEvents.ShardPlaced(
            dealId,
            p.shard,
            p.provider,
            p.sector,
            p.kind,
            p.dealId,
            Epoch.wrap(validUntil),
            p.shardRoot
        );
    }

    /// @dev One sealed copy backs one live shard of one deal; one deal has one shard a sector, and few a provider.
    function _claimCopy(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement calldata p,
        uint256[] memory copies
    ) private {
        (uint8 shard, uint64 provider, uint64 sector) = (p.shard, p.provider, p.sector);
        if (provider == 0 || provider > type(uint40).max || p.dealId > type(uint48).max) {
            _refuse(p, PlacementFault.OutOfRange);
        }
        uint256 copy = (uint256(provider) << 64) | sector;
        // Its former place does not count.
        copies[shard] = 0;
        (bool taken, uint256 others) = _others(copies, copy);
        if (taken) _refuse(p, PlacementFault.SectorTaken);
        if (others >= t.maxShardsPerProvider) _refuse(p, PlacementFault.TooManyOnProvider);
        copies[shard] = copy;

        bytes32 key = keccak256(abi.encodePacked(provider, sector, p.shardRoot));
        uint256 claim = (uint256(t.dealId) << 8) | shard;
        uint256 former = s.copies[key];
        if (former == claim) return;
        if (former != 0 && _stillBacks(s, former, copy)) {
            // Safe: the lowest byte is the shard.
            revert IRepairMarketErrors.RepairMarket_CopyInUse(shard, former >> 8, uint8(former));
        }
        s.copies[key] = claim;
    }

    /// @dev The last epoch for which each placement counts, after everything has been asked about it. Nothing is
    /// written before: a contract that writes between calls has its state stored anew at each of them.
    function _believed(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement[] calldata given
    ) private view returns (uint32[] memory validUntil) {
        validUntil = new uint32[](given.length);
        Epoch[] memory notices = _notices(t, given);
        for (uint256 i; i < given.length; ++i) {
            ShardPlacement calldata p = given[i];
            validUntil[i] = _validUntil(s, t, p, notices[i]);
            if (validUntil[i] <= t.time) _refuse(p, PlacementFault.TermTooShort);
            if (!MinerActor.isStatus(p.provider, p.sector, SectorStatus.Active, p.location)) {
                _refuse(p, PlacementFault.NotProvenActive);
            }
        }
    }

    /// @dev Where each shard lies, as provider << 64 | sector; 0: nowhere.
    function _copies(ShardSlot[256] storage placements, uint256 count) private view returns (uint256[] memory copies) {
        copies = new uint256[](count);
        for (uint256 i; i < count; ++i) copies[i] = placements[i].placement.copy();
    }

    /// @dev Checks everything but the sector's status and the uniqueness of the copy.
    function _validUntil(
        MarketState storage s,
        PlacementTerms memory t,
        ShardPlacement calldata p,
        Epoch notice
    ) private view returns (uint32) {
        if (p.shard >= t.totalShards) revert IRepairMarketErrors.RepairMarket_ShardOutOfRange(t.totalShards, p.shard);
        if (p.kind == PlacementKind.None) _refuse(p, PlacementFault.BadKind);
        if (p.inData.index != p.shard) _refuse(p, PlacementFault.IndexDiffers);
        if (!PieceTree.holds(t.droot, t.drootHeight, p.shardRoot, t.shardHeight, p.inData)) {
            _refuse(p, PlacementFault.NotInData);
        }
        if (!PieceTree.holds(p.pieceRoot, p.pieceHeight, p.shardRoot, t.shardHeight, p.inPiece)) {
            _refuse(p, PlacementFault.NotInPiece);
        }
        if (t.providersRoot != 0) {
            bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(p.provider))));
            if (!MerkleProof.verifyCalldata(p.allowed, t.providersRoot, leaf)) {
                _refuse(p, PlacementFault.ProviderNotAllowed);
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
        uint64 dealId = p.dealId;
        (DealState state, uint64 sector, ) = MarketActor.sectorOf(dealId);
        if (state != DealState.Active) _refuse(p, PlacementFault.DealNotActive);
        (bool ok, uint64 provider) = MarketActor.providerOf(dealId);
        if (!ok) _refuse(p, PlacementFault.DealUnreadable);
        if (provider != p.provider || sector != p.sector) _refuse(p, PlacementFault.DealDiffers);
        Piece memory piece;
        (ok, piece) = MarketActor.commitmentOf(dealId);
        if (!ok) _refuse(p, PlacementFault.DealUnreadable);
        if (piece.root != p.pieceRoot || piece.height != p.pieceHeight) {
            _refuse(p, PlacementFault.DealDiffers);
        }
        uint64 client;
        (ok, client) = MarketActor.clientOf(dealId);
        if (!ok) _refuse(p, PlacementFault.DealUnreadable);
        if (s.clients[client] != t.miner) _refuse(p, PlacementFault.ForeignClient);
        Epoch end;
        (ok, , end) = MarketActor.termOf(dealId);
        if (!ok) _refuse(p, PlacementFault.DealUnreadable);
        bool verified = true;
        if (p.fullTerm) {
            (ok, verified) = MarketActor.verifiedOf(dealId);
            if (!ok) _refuse(p, PlacementFault.DealUnreadable);
        }
        return verified ? _lessDropWindow(Epoch.unwrap(end)) : Epoch.unwrap(end);
    }

    /// @dev What the sectors said of these pieces, for this market and this miner; one call for all.
    function _notices(
        PlacementTerms memory t,
        ShardPlacement[] calldata given
    ) private view returns (Epoch[] memory notices) {
        ISectorContents.SectorPiece[] memory pieces;
        for (uint256 i; i < given.length; ++i) {
            ShardPlacement calldata p = given[i];
            if (p.kind != PlacementKind.Notice) continue;
            if (pieces.length == 0) pieces = new ISectorContents.SectorPiece[](given.length);
            pieces[i] = ISectorContents.SectorPiece(p.provider, p.sector, p.pieceRoot, p.pieceHeight);
        }
        if (pieces.length == 0) return new Epoch[](given.length);
        // This code is run by delegatecall from the market: address(this) is the market.
        return t.sectorContents.commitmentsOf(pieces, keccak256(abi.encode(address(this), t.repairMiner)));
    }

    /// @dev A claim is void once its deal ended or its shard lies elsewhere; nothing need be deleted for that.
    function _stillBacks(MarketState storage s, uint256 claim, uint256 copy) private view returns (bool) {
        RepairState state = s.orders[claim >> 8].state;
        if (state != RepairState.Placing && state != RepairState.Active) return false;
        // Safe: the lowest byte is the shard.
        return s.placements[claim >> 8][uint8(claim)].placement.copy() == copy;
    }

    function _noticeEnd(ShardPlacement calldata p, Epoch notice) private pure returns (uint64) {
        if (Epoch.unwrap(notice) == 0) _refuse(p, PlacementFault.NoNotice);
        return _lessDropWindow(Epoch.unwrap(notice));
    }

    function _lessDropWindow(uint64 end) private pure returns (uint64) {
        return end > DROP_WINDOW ? end - DROP_WINDOW : 0;
    }

    /// @dev Whether another shard lies in this sector, and how many with this provider.
    function _others(uint256[] memory copies, uint256 copy) private pure returns (bool taken, uint256 count) {
        uint256 provider = copy >> 64;
        // Memory-safe: reads the elements of `copies`, which follow its length. This runs n times for every shard
        // placed; Solidity's check of each index would be half of it.
        assembly ("memory-safe") {
            let at := copies
            for {
                let left := mload(copies)
            } left {
                left := sub(left, 1)
            } {
                at := add(at, 0x20)
                let other := mload(at)
                if eq(shr(64, other), provider) {
                    count := add(count, 1)
                    if eq(other, copy) {
                        taken := 1
                    }
                }
            }
        }
    }

    function _refuse(ShardPlacement calldata p, PlacementFault fault) private pure {
        revert IRepairMarketErrors.RepairMarket_PlacementInvalid(p.shard, fault);
    }
}

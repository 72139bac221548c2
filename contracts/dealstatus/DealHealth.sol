// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IDealStatus} from "../interfaces/IDealStatus.sol";
import {IDealStatusErrors} from "../interfaces/IDealStatusErrors.sol";
import {ActorCall} from "../libraries/ActorCall.sol";
import {MinerActor} from "../libraries/MinerActor.sol";
import {PieceCid} from "../libraries/PieceCid.sol";
import {DealState, SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {ListedDeal} from "../types/ListedDeal.sol";
import {RequestState} from "../types/RequestState.sol";
import {DealLedger} from "./DealLedger.sol";

/// @title How deals are doing
/// @notice The views of DealStatus that ask actors. None of them loops without a bound, none is spoiled by a single
/// dead deal, and none takes a lack of gas for an answer.
/// @dev Its code runs on the storage of DealStatus, by delegatecall; its own is empty. See `IDealStatus` for each view.
/// An actor that runs out of gas ends with exit 7, and its caller goes on with the 1/64 it kept back. So a read
/// begins only while there is far more gas than it can need, and lists without a cursor revert rather than lose
/// entries.
contract DealHealth is DealLedger {
    /// @dev Where `inspect` stands, and what it has.
    /// @param pages the pages to return; the first `count` are filled
    /// @param deals how many deals those hold
    struct Walk {
        uint256 index;
        uint256 height;
        uint256 offset;
        IDealStatus.PieceDeals[] pages;
        uint256 count;
        uint256 deals;
    }

    /// @dev Gas on Filecoin, where GetDealSector was measured at 3.4 million with deal ids as on mainnet. More than
    /// three times a generous 5 million, since the actor gets 63/64 of what is left and its trees grow deeper.
    uint256 private constant READ_RESERVE = 16_000_000;

    /// @dev GenerateSectorLocation costs 0.7 million for every deadline and partition before the sector's: this is for
    /// the largest miners, which have some 1 400 partitions.
    uint256 private constant LOCATE_RESERVE = 1_500_000_000;

    /// @dev What it takes to return a deal already read.
    uint256 private constant ENCODE_RESERVE = 500_000;

    /// @dev Instead of a number of epochs: the renew threshold of the piece's oldest live RaaS request.
    uint256 private constant OWN_TERMS = type(uint256).max;

    /// @dev A cursor of `inspect`: index of the CID, height, offset in the piece's list.
    uint256 private constant CURSOR_CID = 72;
    uint256 private constant CURSOR_HEIGHT = 64;

    /// @notice See `IDealStatus.getActiveDeals`.
    function getActiveDeals(bytes calldata cid) external view returns (IDealStatus.Deal[] memory deals) {
        (deals, ) = _activeWithin(_pieceIdsOf(cid), type(uint64).max);
    }

    /// @notice See `IDealStatus.getExpiringDeals`.
    function getExpiringDeals(
        bytes calldata cid,
        uint64 epochs
    ) external view returns (IDealStatus.Deal[] memory deals) {
        (deals, ) = _activeWithin(_pieceIdsOf(cid), epochs);
    }

    /// @notice See `IDealStatus.getExpiringDeals`.
    function getExpiringDeals(bytes calldata cid) external view returns (IDealStatus.Deal[] memory deals) {
        bool terms;
        (deals, terms) = _activeWithin(_pieceIdsOf(cid), OWN_TERMS);
        if (!terms) revert IDealStatusErrors.DealStatus_NoTerms(cid);
    }

    /// @notice See `IDealStatus.getExpiringDeals`.
    function getExpiringDeals(uint256 requestId) external view returns (IDealStatus.Deal[] memory deals) {
        RequestRecord storage request = _request(requestId);
        if (!request.raas) revert IDealStatusErrors.DealStatus_NotRaaS(requestId);
        if (request.state == RequestState.Cancelled)
            revert IDealStatusErrors.DealStatus_RequestNotOpen(requestId, request.state);
        uint32[] memory pieceIds = new uint32[](1);
        pieceIds[0] = request.piece;
        (deals, ) = _activeWithin(pieceIds, request.renewThreshold);
    }

    /// @notice See `IDealStatus.getFaultyDeals`.
    function getFaultyDeals(
        bytes calldata cid,
        uint64 start,
        uint64 count
    ) external view returns (IDealStatus.FaultyDeal[] memory deals, uint64 next) {
        uint32[] memory pieceIds = _pieceIdsOf(cid);
        // At least one, so that 0 always means the end.
        ListedDeal[] memory listed = _page(
            pieceIds,
            start,
            count == 0
                ? 1
                : count > PAGE
                    ? PAGE
                    : count
        );
        deals = new IDealStatus.FaultyDeal[](listed.length);
        uint256 found;
        uint256 read;
        while (read < listed.length && gasleft() >= LOCATE_RESERVE + found * ENCODE_RESERVE) {
            if (_readFault(listed[read], deals[found])) ++found;
            ++read;
        }
        if (read == 0 && listed.length != 0) revert IDealStatusErrors.DealStatus_GasShort(LOCATE_RESERVE, gasleft());
        // Memory-safe: shortens the array to what was found, at most what was allocated.
        assembly ("memory-safe") {
            mstore(deals, found)
        }
        // Safe: no further than the number of deals.
        if (start + read < _dealCount(pieceIds)) next = uint64(start + read);
    }

    // ───────────────────────────── Inspection ─────────────────────────────

    /// @notice See `IDealStatus.inspect`.
    function inspect(
        bytes[] calldata cids,
        uint256 cursor
    ) external view returns (IDealStatus.PieceDeals[] memory pages, uint256 next) {
        Walk memory walk;
        walk.index = cursor >> CURSOR_CID;
        // Safe: the parts of the cursor are cut out of it.
        walk.height = uint8(cursor >> CURSOR_HEIGHT);
        walk.offset = uint64(cursor);
        walk.pages = new IDealStatus.PieceDeals[](walk.index < cids.length ? cids.length - walk.index : 0);
        while (walk.index < cids.length && _inspectCid(walk, cids[walk.index])) {
            ++walk.index;
            walk.height = 0;
        }
        if (walk.index < cids.length) {
            next = (walk.index << CURSOR_CID) | (walk.height << CURSOR_HEIGHT) | walk.offset;
            if (next == cursor) revert IDealStatusErrors.DealStatus_GasShort(READ_RESERVE, gasleft());
        }
        pages = walk.pages;
        uint256 count = walk.count;
        // Memory-safe: shortens the array to what was filled, at most what was allocated.
        assembly ("memory-safe") {
            mstore(pages, count)
        }
    }

    /// @dev Inspects the pieces that a CID names, from where `walk` stands.
    /// Not `done` when gas is short; `walk` then says where to go on.
    function _inspectCid(Walk memory walk, bytes calldata cid) private view returns (bool done) {
        (bytes32 root, uint8 height, ) = PieceCid.parse(cid);
        uint32[MAX_PIECE_HEIGHT + 1] storage pieceIds = _pieceIds[root];
        uint256 last = height == 0 || height > MAX_PIECE_HEIGHT ? MAX_PIECE_HEIGHT : height;
        for (uint256 h = walk.height < height ? height : walk.height; h <= last; ++h) {
            if (_isGasShort(walk)) return false;
            uint32 pieceId = pieceIds[h];
            if (pieceId != 0 && !_inspectPiece(walk, _record(pieceId))) return false;
            // Moves only with what is done, so that a cursor that did not move says that nothing was.
            walk.height = h + 1;
            walk.offset = 0;
        }
        return true;
    }

    /// @dev Appends pages with the deals of one piece, from `walk.offset`.
    function _inspectPiece(Walk memory walk, PieceRecord storage record) private view returns (bool done) {
        uint256 total = record.dealCount;
        do {
            uint256 left = total > walk.offset ? total - walk.offset : 0;
            IDealStatus.DealInfo[] memory deals = new IDealStatus.DealInfo[](left < PAGE ? left : PAGE);
            uint256 read;
            while (read < deals.length && !_isGasShort(walk)) {
                _fill(deals[read], record.deals[walk.offset + read]);
                ++read;
                ++walk.deals;
            }
            if (read == 0 && left != 0) return false;
            // Memory-safe: shortens the array to what was read, at most what was allocated.
            assembly ("memory-safe") {
                mstore(deals, read)
            }
            // Safe: lists have fewer than 2^32 entries; an offset beyond them comes from a made-up cursor of 64 bits.
            _append(
                walk,
                IDealStatus.PieceDeals(
                    walk.index,
                    record.root,
                    record.height,
                    uint64(walk.offset),
                    uint64(total),
                    deals
                )
            );
            walk.offset += read;
        } while (walk.offset < total);
        return true;
    }

    function _fill(IDealStatus.DealInfo memory info, ListedDeal deal) private view {
        info.dealId = deal.dealId();
        info.providerId = deal.provider();
        info.marketActorId = deal.marketActor();
        info.end = deal.end();
        (info.state, info.sector, ) = _stateOf(deal);
    }

    function _isGasShort(Walk memory walk) private view returns (bool) {
        return gasleft() < READ_RESERVE + walk.deals * ENCODE_RESERVE;
    }

    // ───────────────────────────── Internals ─────────────────────────────

    /// @dev Of the first `PAGE` deals of several pieces, those that are active and end within `epochs`. An unreadable
    /// deal cannot be said to be active, and is left out, unless it is unreadable for lack of gas: then so is the list.
    /// `terms`: with OWN_TERMS, whether any of the pieces has such terms; those that have none are passed over.
    function _activeWithin(
        uint32[] memory pieceIds,
        uint256 epochs
    ) private view returns (IDealStatus.Deal[] memory deals, bool terms) {
        uint256 total = _dealCount(pieceIds);
        deals = new IDealStatus.Deal[](total < PAGE ? total : PAGE);
        uint256 found;
        uint256 read;
        for (uint256 i; i < pieceIds.length; ++i) {
            PieceRecord storage record = _record(pieceIds[i]);
            uint256 horizon = epochs;
            if (epochs == OWN_TERMS) {
                if (record.oldest == 0) continue;
                horizon = _requests[record.oldest - 1].renewThreshold;
                terms = true;
            }
            // Safe: epochs and thresholds are below 2^64.
            horizon += block.number;
            uint256 count = record.dealCount;
            for (uint256 k; k < count && read < PAGE; ++k) {
                ListedDeal deal = record.deals[k];
                ++read;
                if (_isActive(deal, found) && Epoch.unwrap(deal.end()) <= horizon) {
                    deals[found++] = IDealStatus.Deal(deal.dealId(), deal.provider());
                }
            }
        }
        // Memory-safe: shortens the array to what was found, at most what was allocated.
        assembly ("memory-safe") {
            mstore(deals, found)
        }
    }

    function _isActive(ListedDeal deal, uint256 found) private view returns (bool) {
        uint256 reserve = READ_RESERVE + found * ENCODE_RESERVE;
        if (gasleft() < reserve) revert IDealStatusErrors.DealStatus_GasShort(reserve, gasleft());
        (DealState state, , int256 exitCode) = _stateOf(deal);
        if (exitCode == ActorCall.OUT_OF_GAS || exitCode == ActorCall.NO_ANSWER) {
            revert IDealStatusErrors.DealStatus_DealUnreadable(deal.dealId(), exitCode);
        }
        return state == DealState.Active;
    }

    /// @dev Whether the deal's sector is proven Faulty or Dead. Where it is comes from a search; what it is, from the
    /// proof alone.
    function _readFault(ListedDeal deal, IDealStatus.FaultyDeal memory fault) private view returns (bool faulty) {
        (DealState state, uint64 sector, int256 exitCode) = _stateOf(deal);
        if (state == DealState.Unreadable) revert IDealStatusErrors.DealStatus_DealUnreadable(deal.dealId(), exitCode);
        if (state != DealState.Active) return false;
        (bool ok, SectorStatus status, bytes memory location) = MinerActor.locate(deal.provider(), sector);
        if (!ok) revert IDealStatusErrors.DealStatus_SectorUnreadable(deal.provider(), sector);
        if (status == SectorStatus.Active) return false;
        if (!MinerActor.isStatus(deal.provider(), sector, status, location)) return false;
        fault.dealId = deal.dealId();
        fault.providerId = deal.provider();
        fault.marketActorId = deal.marketActor();
        fault.sector = sector;
        fault.status = status;
        fault.location = location;
        return true;
    }

    /// @dev A v1 CID may have a page for each height, so the array may have to grow.
    function _append(Walk memory walk, IDealStatus.PieceDeals memory page) private pure {
        if (walk.count == walk.pages.length) {
            IDealStatus.PieceDeals[] memory pages = new IDealStatus.PieceDeals[](2 * walk.count);
            for (uint256 i; i < walk.count; ++i) pages[i] = walk.pages[i];
            walk.pages = pages;
        }
        walk.pages[walk.count++] = page;
    }
}

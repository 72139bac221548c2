// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IDealStatusErrors} from "../interfaces/IDealStatusErrors.sol";
import {MarketActor} from "../libraries/MarketActor.sol";
import {PieceCid} from "../libraries/PieceCid.sol";
import {DealState} from "../types/Deals.sol";
import {Epoch, Epochs} from "../types/Epoch.sol";
import {ListedDeal} from "../types/ListedDeal.sol";
import {Piece} from "../types/Piece.sol";
import {RequestState} from "../types/RequestState.sol";

/// @notice What DealStatus keeps, and how: pieces, requests, and the deals listed for each piece.
/// @dev Filecoin charges for groups of 64 aligned slots written, far more than for slots (docs/gas.md). So a piece and
/// its first 27 deals share a group, requests stand in sequence, and every list needs one more group for a new entry
/// however long it is. docs/storage.md says which function writes which group, and counts on slots 0 to 3 being what
/// they are.
abstract contract DealLedger {
    using SafeCast for uint256;

    // ───────────────────────────── Types ─────────────────────────────

    /// @dev 2^32 slots: two for the record itself, then one for each deal. The array of records begins 35 slots into a
    /// group (`keccak256(0)` modulo 64), and so does each record: 29 slots of it lie in that group.
    /// @param oldest first of the piece's live RaaS requests, 0 if there is none; `newest` the last
    struct PieceRecord {
        bytes32 root;
        uint8 height;
        uint32 dealCount;
        uint32 oldest;
        uint32 newest;
        ListedDeal[2 ** 32 - 2] deals;
    }

    /// @dev Two slots; a plain request leaves the second empty.
    /// @param older the live RaaS request for the same piece before this one, 0 if it is the oldest; `newer` likewise
    struct RequestRecord {
        address client;
        uint32 piece;
        uint40 submittedAt;
        RequestState state;
        bool raas;
        uint32 replicationTarget;
        uint32 repairThreshold;
        uint32 renewThreshold;
        uint32 older;
        uint32 newer;
    }

    // ───────────────────────────── Constants ─────────────────────────────

    /// @dev See `IDealStatus.MAX_PAGE`.
    uint64 internal constant PAGE = 100;

    /// @dev The largest piece is a 64 GiB sector: 2^31 leaves.
    uint8 internal constant MAX_PIECE_HEIGHT = 31;

    // ───────────────────────────── Storage ─────────────────────────────

    /// @dev Piece ids count from 1.
    PieceRecord[] internal _pieces;

    /// @dev Request ids count from 1.
    RequestRecord[] internal _requests;

    /// @dev Piece ids of a root, by height; four slots.
    mapping(bytes32 root => uint32[MAX_PIECE_HEIGHT + 1]) internal _pieceIds;

    /// @dev Position of a listed deal in its piece's list, counted from 1, by `_keyOf`.
    mapping(uint256 key => uint32) internal _positions;

    // ───────────────────────────── What writes ─────────────────────────────

    /// @dev The id of a piece, given one if it is new.
    function _pieceIdOf(Piece memory piece) internal returns (uint32 pieceId) {
        uint32[MAX_PIECE_HEIGHT + 1] storage ids = _pieceIds[piece.root];
        pieceId = ids[piece.height];
        if (pieceId != 0) return pieceId;
        PieceRecord storage record = _pieces.push();
        pieceId = _pieces.length.toUint32();
        record.root = piece.root;
        record.height = piece.height;
        ids[piece.height] = pieceId;
    }

    /// @dev Appends a deal to a piece's list; it must not be there.
    function _list(uint32 pieceId, ListedDeal deal) internal {
        uint256 key = _keyOf(pieceId, deal);
        if (_positions[key] != 0) revert IDealStatusErrors.DealStatus_AlreadyListed(deal.marketActor(), deal.dealId());
        PieceRecord storage record = _record(pieceId);
        uint32 count = record.dealCount;
        record.deals[count] = deal;
        record.dealCount = count + 1;
        _positions[key] = count + 1;
    }

    /// @dev Takes the deal at `position` (from 1) out of a piece's list; the last one moves into its place.
    function _unlist(uint32 pieceId, uint32 position, ListedDeal deal) internal {
        PieceRecord storage record = _record(pieceId);
        uint32 count = record.dealCount;
        delete _positions[_keyOf(pieceId, deal)];
        if (position != count) {
            ListedDeal last = record.deals[count - 1];
            record.deals[position - 1] = last;
            _positions[_keyOf(pieceId, last)] = position;
        }
        record.deals[count - 1] = ListedDeal.wrap(0);
        record.dealCount = count - 1;
    }

    /// @dev Makes a RaaS request the newest live one of its piece.
    function _enqueue(uint32 id, RequestRecord storage request) internal {
        PieceRecord storage record = _record(request.piece);
        uint32 newest = record.newest;
        if (newest == 0) {
            record.oldest = id;
        } else {
            request.older = newest;
            _requests[newest - 1].newer = id;
        }
        record.newest = id;
    }

    /// @dev Takes a RaaS request out of the live ones of its piece.
    function _dequeue(RequestRecord storage request) internal {
        PieceRecord storage record = _record(request.piece);
        (uint32 older, uint32 newer) = (request.older, request.newer);
        if (older == 0) record.oldest = newer;
        else _requests[older - 1].newer = newer;
        if (newer == 0) record.newest = older;
        else _requests[newer - 1].older = older;
        (request.older, request.newer) = (0, 0);
    }

    // ───────────────────────────── What reads ─────────────────────────────

    function _record(uint32 pieceId) internal view returns (PieceRecord storage) {
        return _pieces[pieceId - 1];
    }

    /// @dev The known pieces that a CID names: at most one for v2, one for each height for v1.
    function _pieceIdsOf(bytes calldata cid) internal view returns (uint32[] memory pieceIds) {
        (bytes32 root, uint8 height, ) = PieceCid.parse(cid);
        pieceIds = new uint32[](height == 0 ? MAX_PIECE_HEIGHT + 1 : 1);
        uint256 found;
        uint256 last = height == 0 ? MAX_PIECE_HEIGHT : height;
        for (uint256 h = height; h <= last && h <= MAX_PIECE_HEIGHT; ++h) {
            uint32 pieceId = _pieceIds[root][h];
            if (pieceId != 0) pieceIds[found++] = pieceId;
        }
        // Memory-safe: shortens the array to what was found, at most what was allocated.
        assembly ("memory-safe") {
            mstore(pieceIds, found)
        }
    }

    function _dealCount(uint32[] memory pieceIds) internal view returns (uint256 total) {
        for (uint256 i; i < pieceIds.length; ++i) total += _record(pieceIds[i]).dealCount;
    }

    /// @dev Up to `count` deals from position `start` of the lists of several pieces, one list after the other.
    function _page(
        uint32[] memory pieceIds,
        uint256 start,
        uint256 count
    ) internal view returns (ListedDeal[] memory page) {
        page = new ListedDeal[](_pageLength(_dealCount(pieceIds), start, count));
        uint256 filled;
        for (uint256 i; filled < page.length; ++i) {
            PieceRecord storage record = _record(pieceIds[i]);
            uint256 total = record.dealCount;
            for (; start < total && filled < page.length; ++start) page[filled++] = record.deals[start];
            start = start < total ? 0 : start - total;
        }
    }

    /// @dev What a listed deal is now. What its actor says is set against the time: f05 still calls a deal active after
    /// its end until it is settled, and published after its start has passed without it.
    /// `sector` is where it is sealed, if Active or Ended; `exitCode` the actor's, for errors.
    function _stateOf(ListedDeal deal) internal view returns (DealState state, uint64 sector, int256 exitCode) {
        // A sector was Active when it was listed. Nothing cheap tells whether it still is: `getFaultyDeals` searches
        // for it.
        if (deal.isSector()) return (_atTime(DealState.Active, deal.start(), deal.end()), deal.dealId(), 0);
        (state, sector, exitCode) = MarketActor.sectorOf(deal.dealId());
        state = _atTime(state, deal.start(), deal.end());
    }

    function _atTime(DealState state, Epoch start, Epoch end) internal view returns (DealState) {
        if (state == DealState.Active && Epochs.current() >= end) return DealState.Ended;
        if (state == DealState.Published && Epochs.current() > start) return DealState.Gone;
        return state;
    }

    function _request(uint256 id) internal view returns (RequestRecord storage) {
        if (id == 0 || id > _requests.length) revert IDealStatusErrors.DealStatus_UnknownRequest(id);
        return _requests[id - 1];
    }

    // ───────────────────────────── Arithmetic ─────────────────────────────

    /// @dev f05's deal ids name a deal by themselves; a sector number only with its provider.
    function _keyOf(uint32 pieceId, ListedDeal deal) internal pure returns (uint256 key) {
        key = (uint256(pieceId) << 192) | deal.dealId();
        if (deal.isSector()) key |= (1 << 128) | (uint256(deal.provider()) << 64);
    }

    function _pageLength(uint256 total, uint256 start, uint256 count) internal pure returns (uint256) {
        if (start >= total) return 0;
        // Safe: `start` is below `total`.
        unchecked {
            return count < total - start ? count : total - start;
        }
    }
}

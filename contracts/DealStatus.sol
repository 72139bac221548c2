// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {AsksHealth} from "./dealstatus/AsksHealth.sol";
import {DealLedger} from "./dealstatus/DealLedger.sol";
import {IDealStatus} from "./interfaces/IDealStatus.sol";
import {ISectorContents} from "./interfaces/ISectorContents.sol";
import {ActorCall} from "./libraries/ActorCall.sol";
import {DataSegment} from "./libraries/DataSegment.sol";
import {MarketActor} from "./libraries/MarketActor.sol";
import {MinerActor} from "./libraries/MinerActor.sol";
import {PieceCid} from "./libraries/PieceCid.sol";
import {PieceTree} from "./libraries/PieceTree.sol";
import {DealState, SectorStatus} from "./types/Deals.sol";
import {Epoch, Epochs} from "./types/Epoch.sol";
import {InclusionAuxData, InclusionProof, InclusionVerifierData} from "./types/Inclusion.sol";
import {ListedDeal, ListedDeals} from "./types/ListedDeal.sol";
import {Piece} from "./types/Piece.sol";
import {RequestState} from "./types/RequestState.sol";

/// @title Which deals hold a piece, and how they are doing
/// @notice See `IDealStatus`. What is kept, and how, is in `DealLedger`. The views that ask actors have their code in a
/// second contract, made here and fixed for ever: each KB of code costs every transaction that enters it.
contract DealStatus is DealLedger, AsksHealth, IDealStatus {
    using SafeCast for uint256;

    /// @inheritdoc IDealStatus
    uint64 public constant MAX_PAGE = PAGE;

    /// @inheritdoc IDealStatus
    uint32 public constant MAX_REPLICATION = 100;

    /// @notice The longest term of a deal, 1278 days, bounds the thresholds.
    uint64 public constant MAX_THRESHOLD = 1278 * 2880;

    /// @notice In bytes; it is only ever in an event, and the FEVM takes 8 KiB of those.
    uint256 public constant MAX_FETCH_LINK = 2048;

    /// @inheritdoc IDealStatus
    uint64 public immutable maxPending;

    /// @notice Vouches for pieces that were onboarded directly.
    ISectorContents public immutable sectorContents;

    constructor(uint64 maxPending_, ISectorContents sectorContents_) {
        maxPending = maxPending_;
        sectorContents = sectorContents_;
    }

    // ───────────────────────────── Requests ─────────────────────────────

    /// @inheritdoc IDealStatus
    function submit(bytes calldata cid) external returns (uint256 id) {
        return _submit(cid, _pieceOf(cid), "");
    }

    /// @inheritdoc IDealStatus
    function submit(bytes calldata cid, bytes calldata fetchLink) external payable returns (uint256 id) {
        _refuseValue();
        return _submit(cid, _pieceOf(cid), fetchLink);
    }

    /// @inheritdoc IDealStatus
    function submit(bytes calldata cid, uint64 paddedSize, bytes calldata fetchLink) external returns (uint256 id) {
        return _submit(cid, _pieceOf(cid, paddedSize), fetchLink);
    }

    /// @inheritdoc IDealStatus
    function submitRaaS(
        bytes calldata cid,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external returns (uint256 id) {
        Terms memory terms = _terms(replicationTarget, repairThreshold, renewThreshold);
        return _submitRaaS(cid, _pieceOf(cid), "", terms);
    }

    /// @inheritdoc IDealStatus
    function submitRaaS(
        bytes calldata cid,
        bytes calldata fetchLink,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external payable returns (uint256 id) {
        _refuseValue();
        Terms memory terms = _terms(replicationTarget, repairThreshold, renewThreshold);
        return _submitRaaS(cid, _pieceOf(cid), fetchLink, terms);
    }

    /// @inheritdoc IDealStatus
    function submitRaaS(
        bytes calldata cid,
        uint64 paddedSize,
        bytes calldata fetchLink,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external returns (uint256 id) {
        Terms memory terms = _terms(replicationTarget, repairThreshold, renewThreshold);
        return _submitRaaS(cid, _pieceOf(cid, paddedSize), fetchLink, terms);
    }

    /// @inheritdoc IDealStatus
    function updateTerms(
        uint256 id,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external {
        RequestRecord storage request = _ownRequest(id);
        if (!request.raas) revert DealStatus_NotRaaS(id);
        if (request.state == RequestState.Cancelled) revert DealStatus_RequestNotOpen(id, request.state);
        _setTerms(request, _terms(replicationTarget, repairThreshold, renewThreshold));
        emit TermsUpdated(id, replicationTarget, repairThreshold, renewThreshold);
    }

    /// @inheritdoc IDealStatus
    function cancelRequest(uint256 id) external {
        RequestRecord storage request = _ownRequest(id);
        bool live = request.state == RequestState.Open || (request.raas && request.state == RequestState.Completed);
        if (!live) revert DealStatus_RequestNotOpen(id, request.state);
        request.state = RequestState.Cancelled;
        if (request.raas) _dequeue(request);
        emit RequestCancelled(id);
    }

    // ───────────────────────────── Deals ─────────────────────────────

    /// @inheritdoc IDealStatus
    function complete(
        uint256 id,
        uint64 dealId,
        uint64 minerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) external returns (InclusionAuxData memory) {
        return _complete(id, ListedDeals.MARKET, dealId, minerId, proof, data);
    }

    /// @inheritdoc IDealStatus
    function complete(
        uint256 id,
        uint64 marketActorId,
        uint64 dealId,
        uint64 providerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) external returns (InclusionAuxData memory) {
        return _complete(id, marketActorId, dealId, providerId, proof, data);
    }

    /// @inheritdoc IDealStatus
    function prune(bytes calldata cid, MarketDeal[] calldata deals) external {
        Piece memory piece = _pieceOf(cid);
        uint32 pieceId = _pieceIds[piece.root][piece.height];
        for (uint256 i; i < deals.length; ++i) {
            (uint32 position, ListedDeal deal) = _find(pieceId, deals[i]);
            (DealState state, , int256 exitCode) = _stateOf(deal);
            if (state == DealState.Unreadable) revert DealStatus_DealUnreadable(deal.dealId(), exitCode);
            if (state != DealState.Gone && state != DealState.Ended) {
                revert DealStatus_StillLive(deal.dealId(), state);
            }
            _unlist(pieceId, position, deal);
            emit DealPruned(piece.root, deal.provider(), deal.dealId(), piece.height, deal.marketActor(), state);
        }
    }

    // ───────────────────────────── Requests and pieces ─────────────────────────────

    /// @inheritdoc IDealStatus
    function requestOf(uint256 id) external view returns (Request memory) {
        RequestRecord storage request = _request(id);
        PieceRecord storage piece = _record(request.piece);
        return
            Request({
                client: request.client,
                state: request.state,
                raas: request.raas,
                root: piece.root,
                height: piece.height,
                submittedAt: Epoch.wrap(request.submittedAt),
                terms: Terms({
                    replicationTarget: request.replicationTarget,
                    repairThreshold: request.repairThreshold,
                    renewThreshold: request.renewThreshold
                })
            });
    }

    /// @inheritdoc IDealStatus
    function requestCount() external view returns (uint256) {
        return _requests.length;
    }

    /// @inheritdoc IDealStatus
    function pieceCount() external view returns (uint256) {
        return _pieces.length;
    }

    /// @inheritdoc IDealStatus
    function getAllCIDs() external view returns (bytes[] memory) {
        return getAllCIDs(0, PAGE);
    }

    // ───────────────────────────── Lists of deals ─────────────────────────────

    /// @inheritdoc IDealStatus
    function getAllDeals(bytes calldata cid) external view returns (Deal[] memory deals) {
        ListedDeal[] memory listed = _page(_pieceIdsOf(cid), 0, PAGE);
        deals = new Deal[](listed.length);
        for (uint256 i; i < listed.length; ++i) {
            deals[i] = Deal(listed[i].dealId(), listed[i].provider());
        }
    }

    /// @inheritdoc IDealStatus
    function getAllDeals(
        bytes calldata cid,
        uint64 startIndex,
        uint64 count
    ) external view returns (MarketDeal[] memory deals) {
        ListedDeal[] memory listed = _page(_pieceIdsOf(cid), startIndex, count);
        deals = new MarketDeal[](listed.length);
        for (uint256 i; i < listed.length; ++i) {
            deals[i] = MarketDeal(listed[i].dealId(), listed[i].provider(), listed[i].marketActor());
        }
    }

    // ───────────────────────────── How deals are doing ─────────────────────────────

    /// @inheritdoc IDealStatus
    function getActiveDeals(bytes calldata) external view returns (Deal[] memory deals) {
        _askHealth();
        return deals;
    }

    /// @inheritdoc IDealStatus
    function getExpiringDeals(bytes calldata, uint64) external view returns (Deal[] memory deals) {
        _askHealth();
        return deals;
    }

    /// @inheritdoc IDealStatus
    function getExpiringDeals(bytes calldata) external view returns (Deal[] memory deals) {
        _askHealth();
        return deals;
    }

    /// @inheritdoc IDealStatus
    function getExpiringDeals(uint256) external view returns (Deal[] memory deals) {
        _askHealth();
        return deals;
    }

    /// @inheritdoc IDealStatus
    function getFaultyDeals(
        bytes calldata,
        uint64,
        uint64
    ) external view returns (FaultyDeal[] memory deals, uint64 next) {
        _askHealth();
        return (deals, next);
    }

    /// @inheritdoc IDealStatus
    function inspect(bytes[] calldata, uint256) external view returns (PieceDeals[] memory pieces, uint256 next) {
        _askHealth();
        return (pieces, next);
    }

    // ───────────────────────────── Pages ─────────────────────────────

    /// @inheritdoc IDealStatus
    function getAllCIDs(uint64 startIndex, uint64 count) public view returns (bytes[] memory cids) {
        cids = new bytes[](_pageLength(_pieces.length, startIndex, count));
        for (uint256 i; i < cids.length; ++i) {
            PieceRecord storage piece = _pieces[startIndex + i];
            cids[i] = PieceCid.toV2(piece.root, piece.height, 0);
        }
    }

    // ───────────────────────────── Internals: what writes ─────────────────────────────

    function _submit(bytes calldata cid, Piece memory piece, bytes memory fetchLink) private returns (uint256 id) {
        (id, ) = _open(piece);
        emit SubmitAggregatorRequest(id, cid);
        _announce(id, piece, fetchLink);
    }

    function _submitRaaS(
        bytes calldata cid,
        Piece memory piece,
        bytes memory fetchLink,
        Terms memory terms
    ) private returns (uint256 id) {
        RequestRecord storage request;
        (id, request) = _open(piece);
        request.raas = true;
        _setTerms(request, terms);
        _enqueue(id.toUint32(), request);
        emit SubmitAggregatorRequestWithRaaS(
            id,
            cid,
            terms.replicationTarget,
            terms.repairThreshold,
            terms.renewThreshold
        );
        _announce(id, piece, fetchLink);
    }

    function _open(Piece memory piece) private returns (uint256 id, RequestRecord storage request) {
        uint32 pieceId = _pieceIdOf(piece);
        request = _requests.push();
        id = _requests.length;
        request.client = msg.sender;
        request.piece = pieceId;
        request.submittedAt = block.number.toUint40();
        request.state = RequestState.Open;
    }

    function _announce(uint256 id, Piece memory piece, bytes memory fetchLink) private {
        if (fetchLink.length > MAX_FETCH_LINK) revert DealStatus_FetchLinkTooLong(MAX_FETCH_LINK, fetchLink.length);
        emit RequestOpened(id, msg.sender, piece.root, piece.height, fetchLink);
    }

    function _setTerms(RequestRecord storage request, Terms memory terms) private {
        request.replicationTarget = terms.replicationTarget;
        // Safe: at most MAX_THRESHOLD.
        request.repairThreshold = uint32(terms.repairThreshold);
        request.renewThreshold = uint32(terms.renewThreshold);
    }

    /// @dev The contract has no owner who could return it.
    function _refuseValue() private {
        if (msg.value != 0) revert DealStatus_ValueRefused(msg.value);
    }

    /// @dev Checks everything: the request is open, `data` names its piece, the proof leads from the piece to an
    /// aggregate, an actor vouches that the deal holds this aggregate and is live, and it is not listed yet.
    function _complete(
        uint256 id,
        uint64 marketActorId,
        uint64 dealId,
        uint64 providerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) private returns (InclusionAuxData memory) {
        RequestRecord storage request = _request(id);
        if (request.state != RequestState.Open) revert DealStatus_RequestNotOpen(id, request.state);
        uint32 pieceId = request.piece;
        Piece memory piece = _requested(pieceId, data);
        Piece memory aggregate = DataSegment.aggregateOf(piece, proof);
        ListedDeal deal = _vouchedFor(marketActorId, dealId, providerId, aggregate);

        request.state = RequestState.Completed;
        _list(pieceId, deal);
        emit CompleteAggregatorRequest(id, dealId);
        emit DealListed(piece.root, providerId, dealId, piece.height, marketActorId, deal.end());
        // Safe: an actor holds an aggregate of this height, at most 2^63 bytes.
        return InclusionAuxData(PieceCid.toV1(aggregate.root), uint64(PieceTree.paddedSize(aggregate.height)));
    }

    // ───────────────────────────── Internals: what reads and asks ─────────────────────────────

    function _ownRequest(uint256 id) private view returns (RequestRecord storage request) {
        request = _request(id);
        if (request.client != msg.sender) revert DealStatus_NotClient(id, request.client, msg.sender);
    }

    /// @dev The requested piece, if `data` is what was requested.
    function _requested(uint32 pieceId, InclusionVerifierData calldata data) private view returns (Piece memory piece) {
        PieceRecord storage record = _record(pieceId);
        (piece.root, piece.height) = (record.root, record.height);
        (bytes32 root, uint8 named, ) = PieceCid.parse(data.commPc);
        uint8 height = PieceTree.heightOf(data.sizePc);
        if (root != piece.root || height != piece.height || (named != 0 && named != height)) {
            revert DealStatus_WrongPiece(piece.root, piece.height, root, named == 0 ? height : named);
        }
    }

    /// @dev The deal as it will be listed, if the actor that keeps it vouches for all of it. Each kind of market has
    /// its own voucher.
    function _vouchedFor(
        uint64 marketActorId,
        uint64 dealId,
        uint64 providerId,
        Piece memory aggregate
    ) private view returns (ListedDeal) {
        if (marketActorId == ListedDeals.MARKET) return _vouchedForByMarket(dealId, providerId, aggregate);
        if (marketActorId == providerId) return _vouchedForBySector(dealId, providerId, aggregate);
        revert DealStatus_UnsupportedMarket(marketActorId);
    }

    function _vouchedForByMarket(
        uint64 dealId,
        uint64 providerId,
        Piece memory aggregate
    ) private view returns (ListedDeal) {
        (DealState state, , int256 exitCode) = MarketActor.sectorOf(dealId);
        // A deal that was never published or is gone has no other answers either.
        _requireLive(dealId, state, exitCode);
        (bool ok, Piece memory held) = MarketActor.commitmentOf(dealId);
        _requireRead(ok, dealId);
        if (held.root != aggregate.root || held.height != aggregate.height) {
            revert DealStatus_WrongCommitment(dealId, held.root, held.height, aggregate.root, aggregate.height);
        }
        uint64 provider;
        (ok, provider) = MarketActor.providerOf(dealId);
        _requireRead(ok, dealId);
        if (provider != providerId) revert DealStatus_WrongProvider(dealId, provider, providerId);
        Epoch start;
        Epoch end;
        (ok, start, end) = MarketActor.termOf(dealId);
        _requireRead(ok, dealId);
        state = _atTime(state, start, end);
        _requireLive(dealId, state, exitCode);
        Epoch latest = Epochs.current().plus(maxPending);
        if (state == DealState.Published && start > latest) revert DealStatus_DealStartsTooLate(dealId, latest, start);
        return
            ListedDeals.pack(
                dealId,
                provider,
                uint256(Epoch.unwrap(start)).toUint40(),
                uint256(Epoch.unwrap(end)).toUint40(),
                false
            );
    }

    /// @dev The sector itself said that it holds the piece, is committed beyond now, and is Active. Finding it takes a
    /// search, paid by whoever completes.
    function _vouchedForBySector(
        uint64 sector,
        uint64 provider,
        Piece memory aggregate
    ) private view returns (ListedDeal) {
        Epoch end = sectorContents.commitmentOf(
            ISectorContents.SectorPiece({
                provider: provider,
                sector: sector,
                root: aggregate.root,
                height: aggregate.height
            })
        );
        if (Epoch.unwrap(end) == 0) {
            revert DealStatus_NoNotice(provider, sector, aggregate.root, aggregate.height);
        }
        if (Epochs.current() >= end) revert DealStatus_DealNotLive(sector, DealState.Ended);
        (, , bytes memory location) = MinerActor.locate(provider, sector);
        if (!MinerActor.isStatus(provider, sector, SectorStatus.Active, location)) {
            revert DealStatus_SectorNotActive(provider, sector);
        }
        // The term began before now; when, the notice does not say.
        uint40 start = uint256(Epoch.unwrap(Epochs.current())).toUint40();
        return ListedDeals.pack(sector, provider, start, uint256(Epoch.unwrap(end)).toUint40(), true);
    }

    /// @dev A listed deal and its position, counted from 1.
    function _find(uint32 pieceId, MarketDeal calldata named) private view returns (uint32 position, ListedDeal deal) {
        bool sector = named.marketActorId == named.providerId && named.marketActorId != ListedDeals.MARKET;
        if (sector || named.marketActorId == ListedDeals.MARKET) {
            deal = ListedDeals.pack(named.dealId, named.providerId, 0, 0, sector);
            position = _positions[_keyOf(pieceId, deal)];
        }
        if (position != 0) deal = _record(pieceId).deals[position - 1];
        if (position == 0 || deal.provider() != named.providerId) {
            revert DealStatus_NotListed(named.marketActorId, named.providerId, named.dealId);
        }
    }

    // ───────────────────────────── Internals: arguments and answers ─────────────────────────────

    function _terms(
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) private pure returns (Terms memory) {
        if (replicationTarget == 0 || replicationTarget > MAX_REPLICATION) {
            revert DealStatus_ReplicationTargetOutOfRange(1, MAX_REPLICATION, replicationTarget);
        }
        if (repairThreshold > MAX_THRESHOLD) {
            revert DealStatus_RepairThresholdOutOfRange(MAX_THRESHOLD, repairThreshold);
        }
        if (renewThreshold > MAX_THRESHOLD) revert DealStatus_RenewThresholdOutOfRange(MAX_THRESHOLD, renewThreshold);
        // Safe: within the bounds just checked.
        return Terms(uint32(replicationTarget), uint64(repairThreshold), uint64(renewThreshold));
    }

    /// @dev The piece that a CID names by itself.
    function _pieceOf(bytes calldata cid) private pure returns (Piece memory) {
        (bytes32 root, uint8 height, ) = PieceCid.parse(cid);
        if (height == 0) revert DealStatus_PieceSizeUnknown(cid);
        return _bounded(root, height);
    }

    /// @dev The piece that a CID and a size name; a v2 CID must agree with it.
    function _pieceOf(bytes calldata cid, uint64 paddedSize) private pure returns (Piece memory) {
        (bytes32 root, uint8 named, ) = PieceCid.parse(cid);
        uint8 height = PieceTree.heightOf(paddedSize);
        if (named != 0 && named != height) revert DealStatus_WrongPiece(root, named, root, height);
        return _bounded(root, height);
    }

    function _bounded(bytes32 root, uint8 height) private pure returns (Piece memory) {
        if (height > MAX_PIECE_HEIGHT) revert DealStatus_PieceTooLarge(MAX_PIECE_HEIGHT, height);
        return Piece(root, height);
    }

    function _requireLive(uint64 dealId, DealState state, int256 exitCode) private pure {
        if (state == DealState.Unreadable) revert DealStatus_DealUnreadable(dealId, exitCode);
        if (state != DealState.Active && state != DealState.Published) revert DealStatus_DealNotLive(dealId, state);
    }

    function _requireRead(bool ok, uint64 dealId) private pure {
        if (!ok) revert DealStatus_DealUnreadable(dealId, ActorCall.NO_ANSWER);
    }
}

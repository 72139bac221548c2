// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DealState, SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {InclusionAuxData, InclusionProof, InclusionVerifierData} from "../types/Inclusion.sol";
import {RequestState} from "../types/RequestState.sol";
import {IDealStatusErrors} from "./IDealStatusErrors.sol";

/// @title Which deals hold a piece, and how they are doing
/// @notice Requests for storage (FRC-0087 and its first implementation, both ABIs), the deals that answered them, and
/// views over their state as the built-in actors tell it. Nobody owns it, and nobody can change its rules.
/// Sizes are padded bytes, times are epochs, `cid` arguments are the bytes of a piece CID: v2 (FRC-0069), or v1 with
/// or without a leading 0x00.
interface IDealStatus is IDealStatusErrors {
    // ───────────────────────────── Types ─────────────────────────────

    /// @notice What a RaaS request asks for. Terms belong to the request and are changed by its client alone.
    /// @param replicationTarget copies on distinct providers, 1 to `MAX_REPLICATION`
    /// @param repairThreshold epochs a deal may be unproven before it is stored anew
    /// @param renewThreshold epochs before a deal's end at which it is replaced
    struct Terms {
        uint32 replicationTarget;
        uint64 repairThreshold;
        uint64 renewThreshold;
    }

    /// @notice A request as `requestOf` returns it.
    /// @param client who submitted it, who may update and cancel it
    /// @param state see `RequestState`
    /// @param raas true when it carries terms
    /// @param root the piece's root
    /// @param height the piece's height
    /// @param submittedAt epoch of submission
    /// @param terms zero for a plain request
    struct Request {
        address client;
        RequestState state;
        bool raas;
        bytes32 root;
        uint8 height;
        Epoch submittedAt;
        Terms terms;
    }

    /// @notice A deal as the first implementation returned it.
    struct Deal {
        uint64 dealId;
        uint64 minerId;
    }

    /// @notice A deal as FRC-0087 returns it. `marketActorId` is 5 for f05, or the provider's own id for a sector
    /// onboarded directly; `dealId` is then the sector number.
    struct MarketDeal {
        uint64 dealId;
        uint64 providerId;
        uint64 marketActorId;
    }

    /// @notice A deal and how it is doing. Ids are named as in `MarketDeal`.
    /// @param sector where it is sealed; 0 unless `state` is Active or Ended
    /// @param state as the actor that keeps the deal tells it, at the current epoch
    /// @param end the epoch at which it ends (start + duration)
    struct DealInfo {
        uint64 dealId;
        uint64 providerId;
        uint64 marketActorId;
        uint64 sector;
        DealState state;
        Epoch end;
    }

    /// @notice One page of one piece's deals.
    /// @param cidIndex which of the given CIDs it answers; a v1 CID is answered once for each height that it has
    /// @param offset position of `deals[0]` in the piece's list
    /// @param total deals listed for the piece
    struct PieceDeals {
        uint256 cidIndex;
        bytes32 root;
        uint8 height;
        uint64 offset;
        uint64 total;
        DealInfo[] deals;
    }

    /// @notice A deal whose sector is proven Faulty or Dead, with the location that proves it (`aux` of FIP-0112).
    struct FaultyDeal {
        uint64 dealId;
        uint64 providerId;
        uint64 marketActorId;
        uint64 sector;
        SectorStatus status;
        bytes location;
    }

    // ───────────────────────────── Events ─────────────────────────────

    /// @notice A plain request was submitted (FRC-0087). `RequestOpened` follows.
    /// @param id the request's, from 1
    /// @param cid the piece CID as the client gave it
    event SubmitAggregatorRequest(uint256 indexed id, bytes cid);

    /// @notice A RaaS request was submitted (FRC-0087). `RequestOpened` follows.
    /// @param id the request's, from 1
    /// @param cid the piece CID as the client gave it
    /// @param _replication_target copies on distinct providers
    /// @param _repair_threshold epochs a deal may be unproven before it is stored anew
    /// @param _renew_threshold epochs before a deal's end at which it is replaced
    event SubmitAggregatorRequestWithRaaS(
        uint256 indexed id,
        bytes cid,
        uint256 _replication_target,
        uint256 _repair_threshold,
        uint256 _renew_threshold
    );

    /// @notice A request was completed by this deal (FRC-0087). `DealListed` follows.
    /// @param id the request's
    /// @param dealId f05's deal id, or the sector number for direct onboarding
    event CompleteAggregatorRequest(uint256 indexed id, uint64 indexed dealId);

    /// @notice What the standard's two events of submission leave out; emitted after each of them.
    /// @param id the request's
    /// @param client who submitted it
    /// @param root the piece's root
    /// @param height the piece's height: 2^height × 32 padded bytes
    /// @param fetchLink where the bytes can be had, as the client gave it; empty if it gave none
    event RequestOpened(
        uint256 indexed id,
        address indexed client,
        bytes32 indexed root,
        uint8 height,
        bytes fetchLink
    );

    /// @notice A client changed the terms of its RaaS request.
    /// @param id the request's
    /// @param replicationTarget copies on distinct providers
    /// @param repairThreshold epochs a deal may be unproven before it is stored anew
    /// @param renewThreshold epochs before a deal's end at which it is replaced
    event TermsUpdated(uint256 indexed id, uint256 replicationTarget, uint256 repairThreshold, uint256 renewThreshold);

    /// @notice A client cancelled its request.
    /// @param id the request's
    event RequestCancelled(uint256 indexed id);

    /// @notice A deal came onto a piece's list.
    /// @param root the piece's root
    /// @param providerId the provider's actor id
    /// @param dealId f05's deal id, or the sector number for direct onboarding
    /// @param height the piece's height
    /// @param marketActorId 5, or `providerId` for a sector
    /// @param end the epoch at which the deal ends, or through which the sector was committed
    event DealListed(
        bytes32 indexed root,
        uint64 indexed providerId,
        uint64 indexed dealId,
        uint8 height,
        uint64 marketActorId,
        Epoch end
    );

    /// @notice A deal left a piece's list.
    /// @param root the piece's root
    /// @param providerId the provider's actor id
    /// @param dealId f05's deal id, or the sector number for direct onboarding
    /// @param height the piece's height
    /// @param marketActorId 5, or `providerId` for a sector
    /// @param state why: Gone or Ended
    event DealPruned(
        bytes32 indexed root,
        uint64 indexed providerId,
        uint64 indexed dealId,
        uint8 height,
        uint64 marketActorId,
        DealState state
    );

    // ───────────────────────────── Requests ─────────────────────────────

    /// @notice Asks aggregators for one deal of the piece. Anyone may call.
    /// Reverts when `cid` is no piece CID (`PieceCid_Unsupported`), is v1 (`DealStatus_PieceSizeUnknown`), or names
    /// more than 64 GiB (`DealStatus_PieceTooLarge`).
    /// @param cid v2 piece CID, in bytes
    /// @return id the request's, from 1
    function submit(bytes calldata cid) external returns (uint256 id);

    /// @notice As `submit(cid)`, and says where the bytes can be had. Payable for the standard's ABI alone. Anyone may
    /// call.
    /// Reverts as `submit(cid)`, with any value (`DealStatus_ValueRefused`), and when the link has more than 2048 bytes
    /// (`DealStatus_FetchLinkTooLong`).
    /// @param cid v2 piece CID, in bytes
    /// @param fetchLink a URL in bytes, at most 2048; it is kept in `RequestOpened` alone
    /// @return id the request's, from 1
    function submit(bytes calldata cid, bytes calldata fetchLink) external payable returns (uint256 id);

    /// @notice As `submit(cid)` for a v1 CID, which does not tell its size. Anyone may call.
    /// Reverts when `cid` is no piece CID (`PieceCid_Unsupported`), when the size is no piece's
    /// (`PieceTree_SizeNotPiece`), is above 64 GiB (`DealStatus_PieceTooLarge`) or is not that of a v2 CID
    /// (`DealStatus_WrongPiece`), and when the link has more than 2048 bytes (`DealStatus_FetchLinkTooLong`).
    /// @param cid piece CID v1 or v2, in bytes
    /// @param paddedSize padded bytes of the piece: a power of two, at least 128
    /// @param fetchLink a URL in bytes, at most 2048; empty: none
    /// @return id the request's, from 1
    function submit(bytes calldata cid, uint64 paddedSize, bytes calldata fetchLink) external returns (uint256 id);

    /// @notice Asks for one deal now and for the piece to be kept as the terms say until the client cancels. Anyone may
    /// call.
    /// Reverts as `submit(cid)`, and when a term is out of range (`DealStatus_ReplicationTargetOutOfRange`,
    /// `DealStatus_RepairThresholdOutOfRange`, `DealStatus_RenewThresholdOutOfRange`).
    /// @param cid v2 piece CID, in bytes
    /// @param replicationTarget copies on distinct providers, 1 to `MAX_REPLICATION`
    /// @param repairThreshold epochs a deal may be unproven before it is stored anew, at most 1278 days
    /// @param renewThreshold epochs before a deal's end at which it is replaced, at most 1278 days
    /// @return id the request's, from 1
    function submitRaaS(
        bytes calldata cid,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external returns (uint256 id);

    /// @notice As the form without a link, and says where the bytes can be had. Payable for the standard's ABI alone.
    /// Anyone may call.
    /// Reverts as the form without a link, with any value (`DealStatus_ValueRefused`), and when the link has more than
    /// 2048 bytes (`DealStatus_FetchLinkTooLong`).
    /// @param cid v2 piece CID, in bytes
    /// @param fetchLink a URL in bytes, at most 2048; it is kept in `RequestOpened` alone
    /// @param replicationTarget copies on distinct providers, 1 to `MAX_REPLICATION`
    /// @param repairThreshold epochs a deal may be unproven before it is stored anew, at most 1278 days
    /// @param renewThreshold epochs before a deal's end at which it is replaced, at most 1278 days
    /// @return id the request's, from 1
    function submitRaaS(
        bytes calldata cid,
        bytes calldata fetchLink,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external payable returns (uint256 id);

    /// @notice As the form without a link, for a v1 CID, which does not tell its size. Anyone may call.
    /// Reverts as `submit(cid, paddedSize, fetchLink)`, and when a term is out of range
    /// (`DealStatus_ReplicationTargetOutOfRange`, `DealStatus_RepairThresholdOutOfRange`,
    /// `DealStatus_RenewThresholdOutOfRange`).
    /// @param cid piece CID v1 or v2, in bytes
    /// @param paddedSize padded bytes of the piece: a power of two, at least 128
    /// @param fetchLink a URL in bytes, at most 2048; empty: none
    /// @param replicationTarget copies on distinct providers, 1 to `MAX_REPLICATION`
    /// @param repairThreshold epochs a deal may be unproven before it is stored anew, at most 1278 days
    /// @param renewThreshold epochs before a deal's end at which it is replaced, at most 1278 days
    /// @return id the request's, from 1
    function submitRaaS(
        bytes calldata cid,
        uint64 paddedSize,
        bytes calldata fetchLink,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external returns (uint256 id);

    /// @notice Changes the terms of a live RaaS request. Its client only.
    /// Reverts when there is no such request (`DealStatus_UnknownRequest`), the caller is not its client
    /// (`DealStatus_NotClient`), it is a plain one (`DealStatus_NotRaaS`) or cancelled (`DealStatus_RequestNotOpen`),
    /// and when a term is out of range, as in `submitRaaS`.
    /// @param id the request's
    /// @param replicationTarget copies on distinct providers, 1 to `MAX_REPLICATION`
    /// @param repairThreshold epochs a deal may be unproven before it is stored anew, at most 1278 days
    /// @param renewThreshold epochs before a deal's end at which it is replaced, at most 1278 days
    function updateTerms(
        uint256 id,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external;

    /// @notice Ends a request: it can no longer complete, and its terms no longer live. Its client only.
    /// Reverts when there is no such request (`DealStatus_UnknownRequest`), the caller is not its client
    /// (`DealStatus_NotClient`), or it is over: cancelled, or a plain one that completed (`DealStatus_RequestNotOpen`).
    /// @param id the request's
    function cancelRequest(uint256 id) external;

    /// @notice Lists an f05 deal that holds the requested piece and closes the request. Anyone may call: everything is
    /// checked against the market actor.
    /// Reverts when
    /// - there is no such request (`DealStatus_UnknownRequest`) or it is not open (`DealStatus_RequestNotOpen`);
    /// - `data` is malformed (`PieceCid_Unsupported`, `PieceTree_SizeNotPiece`) or names another piece
    ///   (`DealStatus_WrongPiece`);
    /// - the proof does not lead from the piece to an aggregate (the errors of `DataSegment`);
    /// - f05 could not be read (`DealStatus_DealUnreadable`), or says that the deal is neither published nor active
    ///   (`DealStatus_DealNotLive`), is another provider's (`DealStatus_WrongProvider`), holds another piece
    ///   (`DealStatus_WrongCommitment`), or starts more than `maxPending` epochs from now
    ///   (`DealStatus_DealStartsTooLate`);
    /// - the deal is on the piece's list already (`DealStatus_AlreadyListed`).
    /// @param id the request's
    /// @param dealId f05's deal id
    /// @param minerId the provider's actor id
    /// @param proof from the piece to the aggregate that the deal holds; two empty paths: the piece is the whole deal
    /// @param data the requested piece: its CID (v1 or v2) and padded size
    /// @return the aggregate: its CID v1 and padded size
    function complete(
        uint256 id,
        uint64 dealId,
        uint64 minerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) external returns (InclusionAuxData memory);

    /// @notice As the form without a market, with the market named. For a sector that was onboarded directly,
    /// `SectorContents` and the provider's miner actor are asked in place of f05; finding the sector takes a search,
    /// which the caller pays for. Anyone may call.
    /// Reverts as that form; when `marketActorId` is neither 5 nor `providerId` (`DealStatus_UnsupportedMarket`); and
    /// for a sector, when it never said that it holds the piece (`DealStatus_NoNotice`), its commitment is over
    /// (`DealStatus_DealNotLive`), or it is not proven Active (`DealStatus_SectorNotActive`).
    /// @param id the request's
    /// @param marketActorId 5 for f05, or `providerId` for a sector onboarded directly
    /// @param dealId f05's deal id, or the sector number
    /// @param providerId the provider's actor id
    /// @param proof from the piece to the aggregate; two empty paths: the piece is the whole deal
    /// @param data the requested piece: its CID (v1 or v2) and padded size
    /// @return the aggregate: its CID v1 and padded size
    function complete(
        uint256 id,
        uint64 marketActorId,
        uint64 dealId,
        uint64 providerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) external returns (InclusionAuxData memory);

    /// @notice Removes deals that are Gone or Ended from a piece's list. Anyone may call.
    /// Reverts, and removes none, when `cid` names no piece (as in `submit`), or when one of the deals is not on its
    /// list (`DealStatus_NotListed`), cannot be read (`DealStatus_DealUnreadable`) or is still live
    /// (`DealStatus_StillLive`).
    /// @param cid v2 piece CID, in bytes
    /// @param deals as `getAllDeals(cid, startIndex, count)` names them
    function prune(bytes calldata cid, MarketDeal[] calldata deals) external;

    // ───────────────────────────── Views ─────────────────────────────

    /// @notice A request. Anyone may call.
    /// Reverts when there is none with this id (`DealStatus_UnknownRequest`).
    /// @param id the request's, from 1
    /// @return the request, its terms zero if it is a plain one
    function requestOf(uint256 id) external view returns (Request memory);

    /// @notice How many requests were ever submitted: the id of the newest. Anyone may call; never reverts.
    /// @return how many
    function requestCount() external view returns (uint256);

    /// @notice How many pieces were ever requested. Anyone may call; never reverts.
    /// @return how many
    function pieceCount() external view returns (uint256);

    /// @notice The first `MAX_PAGE` pieces ever requested. Anyone may call; never reverts.
    /// @return their piece CIDs v2, in bytes, in the order of their first request
    function getAllCIDs() external view returns (bytes[] memory);

    /// @notice A page of the pieces ever requested. Anyone may call; beyond the last piece the page is empty.
    /// @param startIndex position of the first, from 0
    /// @param count how many at most
    /// @return their piece CIDs v2, in bytes, in the order of their first request
    function getAllCIDs(uint64 startIndex, uint64 count) external view returns (bytes[] memory);

    /// @notice The first `MAX_PAGE` deals listed for the piece, whatever their state; asks no actor. Anyone may call.
    /// Reverts when `cid` is no piece CID (`PieceCid_Unsupported`).
    /// @param cid piece CID in bytes; a v1 CID answers for every height that was requested with this root
    /// @return the deals, in the order of the list
    function getAllDeals(bytes calldata cid) external view returns (Deal[] memory);

    /// @notice A page of the deals listed for the piece, whatever their state; asks no actor. Anyone may call.
    /// Reverts when `cid` is no piece CID (`PieceCid_Unsupported`).
    /// @param cid piece CID in bytes; a v1 CID answers for every height that was requested with this root
    /// @param startIndex position of the first, from 0
    /// @param count how many at most
    /// @return the deals, in the order of the list
    function getAllDeals(
        bytes calldata cid,
        uint64 startIndex,
        uint64 count
    ) external view returns (MarketDeal[] memory);

    /// @notice Those of the first `MAX_PAGE` deals that are active and not past their end. Anyone may call.
    /// Reverts when `cid` is no piece CID (`PieceCid_Unsupported`), and rather than leave out a deal for lack of gas
    /// (`DealStatus_GasShort`, `DealStatus_DealUnreadable`).
    /// @param cid piece CID in bytes; a v1 CID answers for every height that was requested with this root
    /// @return the deals, in the order of the list
    function getActiveDeals(bytes calldata cid) external view returns (Deal[] memory);

    /// @notice Those of the first `MAX_PAGE` deals that are active and end within `epochs` epochs. Anyone may call.
    /// Reverts as `getActiveDeals`.
    /// @param cid piece CID in bytes; a v1 CID answers for every height that was requested with this root
    /// @param epochs from now
    /// @return the deals, in the order of the list
    function getExpiringDeals(bytes calldata cid, uint64 epochs) external view returns (Deal[] memory);

    /// @notice Those of the first `MAX_PAGE` deals that are active and end within the renew threshold of the piece's
    /// oldest live RaaS request. Anyone may call.
    /// Reverts as `getActiveDeals`, and when the piece has no live RaaS request (`DealStatus_NoTerms`).
    /// @param cid piece CID in bytes; a v1 CID answers for every height that has a live RaaS request
    /// @return the deals, in the order of the list
    function getExpiringDeals(bytes calldata cid) external view returns (Deal[] memory);

    /// @notice Those of the first `MAX_PAGE` deals of the request's piece that are active and end within the request's
    /// own renew threshold. Anyone may call.
    /// Reverts when there is no such request (`DealStatus_UnknownRequest`), it is a plain one (`DealStatus_NotRaaS`) or
    /// cancelled (`DealStatus_RequestNotOpen`), and for lack of gas as `getActiveDeals`.
    /// @param requestId a RaaS request's
    /// @return the deals, in the order of the list
    function getExpiringDeals(uint256 requestId) external view returns (Deal[] memory);

    /// @notice Deals whose sectors are proven Faulty or Dead. Searches partitions: meant for `eth_call`, by anyone.
    /// Reverts when `cid` is no piece CID (`PieceCid_Unsupported`), there is not gas enough for one search
    /// (`DealStatus_GasShort`), or a deal or sector could not be read (`DealStatus_DealUnreadable`,
    /// `DealStatus_SectorUnreadable`).
    /// @param cid piece CID in bytes; a v1 CID answers for every height that was requested with this root
    /// @param start position in the list, from 0
    /// @param count how many deals to look at, 1 to `MAX_PAGE`; what lies outside counts as the nearer of the two
    /// @return deals those that are Faulty or Dead, with the location that proves it
    /// @return next position to go on with; 0 when the list is done
    function getFaultyDeals(
        bytes calldata cid,
        uint64 start,
        uint64 count
    ) external view returns (FaultyDeal[] memory deals, uint64 next);

    /// @notice Every deal of every given piece. Stops before gas is short: call again with `next` until it is 0. Anyone
    /// may call.
    /// Reverts when one of `cids` is no piece CID (`PieceCid_Unsupported`), or gas is short before anything was read
    /// (`DealStatus_GasShort`).
    /// @param cids piece CIDs in bytes, the same in each call
    /// @param cursor 0, then `next` of the call before
    /// @return pieces a page or more for each known piece
    /// @return next where to go on; 0 when all is done
    function inspect(
        bytes[] calldata cids,
        uint256 cursor
    ) external view returns (PieceDeals[] memory pieces, uint256 next);

    /// @notice The longest list that a view without a page returns. Anyone may call; never reverts.
    /// @return in deals, or in pieces
    function MAX_PAGE() external view returns (uint64);

    /// @notice The largest replication target. Anyone may call; never reverts.
    /// @return in copies
    function MAX_REPLICATION() external view returns (uint32);

    /// @notice How far away the start of a published deal may be at `complete`. Anyone may call; never reverts.
    /// @return in epochs
    function maxPending() external view returns (uint64);
}

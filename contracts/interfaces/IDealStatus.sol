// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DealState, SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {InclusionAuxData, InclusionProof, InclusionVerifierData} from "../types/Inclusion.sol";
import {RequestState} from "../types/RequestState.sol";
import {IDealStatusErrors} from "./IDealStatusErrors.sol";

/// @title Which deals hold a piece, and how they are doing
/// @notice Requests for storage (FRC-0087 and its first implementation, both ABIs), the deals that answered them, and
/// views over their state as the built-in actors tell it. Nobody owns it; nothing in it can be changed by decree.
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

    /// @param end the epoch at which it ends (start + duration)
    /// @param sector where it is sealed; 0 unless `state` is Active or Ended
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

    event SubmitAggregatorRequest(uint256 indexed id, bytes cid);
    event SubmitAggregatorRequestWithRaaS(
        uint256 indexed id,
        bytes cid,
        uint256 _replication_target,
        uint256 _repair_threshold,
        uint256 _renew_threshold
    );
    event CompleteAggregatorRequest(uint256 indexed id, uint64 indexed dealId);
    /// @notice What the events of the standard leave out. Emitted with each of the two above.
    event RequestOpened(
        uint256 indexed id,
        address indexed client,
        bytes32 indexed root,
        uint8 height,
        bytes fetchLink
    );
    event TermsUpdated(uint256 indexed id, uint256 replicationTarget, uint256 repairThreshold, uint256 renewThreshold);
    event RequestCancelled(uint256 indexed id);
    event DealListed(
        bytes32 indexed root,
        uint64 indexed providerId,
        uint64 indexed dealId,
        uint8 height,
        uint64 marketActorId,
        Epoch end
    );
    event DealPruned(
        bytes32 indexed root,
        uint64 indexed providerId,
        uint64 indexed dealId,
        uint8 height,
        uint64 marketActorId,
        DealState state
    );

    // ───────────────────────────── Requests ─────────────────────────────

    /// @notice Asks aggregators for one deal of the piece. Anyone may call. Returns the request's id, from 1.
    function submit(bytes calldata cid) external returns (uint256 id);

    /// @notice As above; `fetchLink` says where the bytes can be had.
    function submit(bytes calldata cid, bytes calldata fetchLink) external payable returns (uint256 id);

    /// @notice As above for a v1 CID, whose size is given: a power of two, at least 128.
    function submit(bytes calldata cid, uint64 paddedSize, bytes calldata fetchLink) external returns (uint256 id);

    /// @notice Asks for one deal now and for the piece to be kept as the terms say until the client cancels.
    function submitRaaS(
        bytes calldata cid,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external returns (uint256 id);

    function submitRaaS(
        bytes calldata cid,
        bytes calldata fetchLink,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external payable returns (uint256 id);

    function submitRaaS(
        bytes calldata cid,
        uint64 paddedSize,
        bytes calldata fetchLink,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external returns (uint256 id);

    /// @notice Changes the terms of a live RaaS request. Its client only.
    function updateTerms(
        uint256 id,
        uint256 replicationTarget,
        uint256 repairThreshold,
        uint256 renewThreshold
    ) external;

    /// @notice Ends a request: it can no longer complete, and its terms no longer live. Its client only.
    function cancelRequest(uint256 id) external;

    /// @notice Lists an f05 deal that holds the requested piece and closes the request. Anyone may call: everything is
    /// checked against the market actor (rules in the contract).
    function complete(
        uint256 id,
        uint64 dealId,
        uint64 minerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) external returns (InclusionAuxData memory);

    /// @notice As above with the market named: 5, or `providerId` for a sector onboarded directly (`dealId` is then its
    /// sector number).
    function complete(
        uint256 id,
        uint64 marketActorId,
        uint64 dealId,
        uint64 providerId,
        InclusionProof calldata proof,
        InclusionVerifierData calldata data
    ) external returns (InclusionAuxData memory);

    /// @notice Removes deals that are Gone or Ended from a piece's list; reverts when one of them is neither. Anyone may
    /// call.
    function prune(bytes calldata cid, MarketDeal[] calldata deals) external;

    // ───────────────────────────── Views ─────────────────────────────

    /// @notice The request; reverts when there is none.
    function requestOf(uint256 id) external view returns (Request memory);

    function requestCount() external view returns (uint256);

    /// @notice Pieces ever requested.
    function pieceCount() external view returns (uint256);

    /// @notice The first `MAX_PAGE` pieces ever requested, as piece CIDs v2.
    function getAllCIDs() external view returns (bytes[] memory);

    function getAllCIDs(uint64 startIndex, uint64 count) external view returns (bytes[] memory);

    /// @notice The first `MAX_PAGE` deals listed for the piece, whatever their state.
    function getAllDeals(bytes calldata cid) external view returns (Deal[] memory);

    function getAllDeals(
        bytes calldata cid,
        uint64 startIndex,
        uint64 count
    ) external view returns (MarketDeal[] memory);

    /// @notice Those of the first `MAX_PAGE` deals that are active and not past their end.
    function getActiveDeals(bytes calldata cid) external view returns (Deal[] memory);

    /// @notice Those of the first `MAX_PAGE` deals that are active and end within `epochs` epochs.
    function getExpiringDeals(bytes calldata cid, uint64 epochs) external view returns (Deal[] memory);

    /// @notice As above with the renew threshold of the piece's oldest live RaaS request.
    function getExpiringDeals(bytes calldata cid) external view returns (Deal[] memory);

    /// @notice As above with the request's own threshold.
    function getExpiringDeals(uint256 requestId) external view returns (Deal[] memory);

    /// @notice Deals from position `start` whose sectors are proven Faulty or Dead; `next` is 0 when the list is done.
    /// Searches partitions: meant for `eth_call`.
    function getFaultyDeals(
        bytes calldata cid,
        uint64 start,
        uint64 count
    ) external view returns (FaultyDeal[] memory deals, uint64 next);

    /// @notice Every deal of every given piece. Stops before gas is short: call again with `next` until it is 0.
    function inspect(
        bytes[] calldata cids,
        uint256 cursor
    ) external view returns (PieceDeals[] memory pieces, uint256 next);

    function MAX_PAGE() external view returns (uint64);

    function MAX_REPLICATION() external view returns (uint32);

    /// @notice How many epochs away the start of a published deal may be at `complete`.
    function maxPending() external view returns (uint64);
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DealState} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {RequestState} from "../types/RequestState.sol";

/// @title Why DealStatus refuses: its errors
/// @notice What is expected comes before what was given. Besides these, functions that take a CID revert with
/// `PieceCid_Unsupported`, functions that take a size with `PieceTree_SizeNotPiece`, and `complete` with the errors of
/// `DataSegment` when the inclusion proof is wrong.
interface IDealStatusErrors {
    // ───────────────────────────── Arguments ─────────────────────────────

    /// @notice A v1 piece CID does not say how large the piece is: pass a v2 CID, or use the overload with
    /// `paddedSize`.
    error DealStatus_PieceSizeUnknown(bytes cid);

    /// @notice The largest piece that a sector holds is 64 GiB: height 31.
    error DealStatus_PieceTooLarge(uint8 maxHeight, uint8 height);

    /// @notice The v2 CID or the size does not name the piece that was asked for.
    error DealStatus_WrongPiece(bytes32 root, uint8 height, bytes32 givenRoot, uint8 givenHeight);

    /// @notice The call carried `value` attoFIL; nothing here takes money, so call again with none.
    error DealStatus_ValueRefused(uint256 value);

    /// @notice The replication target, in copies, lies outside `min` to `max`.
    error DealStatus_ReplicationTargetOutOfRange(uint256 min, uint256 max, uint256 given);

    /// @notice The repair threshold, in epochs, is above `max`.
    error DealStatus_RepairThresholdOutOfRange(uint256 max, uint256 given);

    /// @notice The renew threshold, in epochs, is above `max`.
    error DealStatus_RenewThresholdOutOfRange(uint256 max, uint256 given);

    /// @notice The fetch link has `given` bytes, `max` are allowed.
    error DealStatus_FetchLinkTooLong(uint256 max, uint256 given);

    // ───────────────────────────── Requests ─────────────────────────────

    /// @notice There is no request with this id; ids count from 1 to `requestCount`.
    error DealStatus_UnknownRequest(uint256 id);

    /// @notice The request's state does not allow this: `complete` needs an open one, `cancelRequest` one that is not
    /// over, terms one that was not cancelled.
    error DealStatus_RequestNotOpen(uint256 id, RequestState state);

    /// @notice The request is a plain one and has no terms.
    error DealStatus_NotRaaS(uint256 id);

    /// @notice Only the request's client may do this.
    error DealStatus_NotClient(uint256 id, address client, address caller);

    /// @notice No RaaS request for the piece is live, so it has no renew threshold: give one in epochs.
    error DealStatus_NoTerms(bytes cid);

    // ───────────────────────────── Deals ─────────────────────────────

    /// @notice `marketActorId` is neither 5 nor the provider's own id.
    error DealStatus_UnsupportedMarket(uint64 marketActorId);

    /// @notice No sector of this number told `SectorContents` that it holds the piece.
    error DealStatus_NoNotice(uint64 provider, uint64 sector, bytes32 root, uint8 height);

    /// @notice The provider does not prove the sector Active.
    error DealStatus_SectorNotActive(uint64 provider, uint64 sector);

    /// @notice f05 gave no answer that tells anything about the deal. `exitCode` is f05's own if above 0, a syscall
    /// error if below, and `type(int256).min` when an answer had the wrong shape.
    error DealStatus_DealUnreadable(uint64 dealId, int256 exitCode);

    /// @notice The deal (or, for direct onboarding, the sector) is neither published nor active.
    error DealStatus_DealNotLive(uint64 dealId, DealState state);

    /// @notice A published deal may start `maxPending` epochs from now at the latest.
    error DealStatus_DealStartsTooLate(uint64 dealId, Epoch latest, Epoch start);

    /// @notice f05 names another provider for the deal than the caller.
    error DealStatus_WrongProvider(uint64 dealId, uint64 provider, uint64 given);

    /// @notice The deal holds a piece other than the aggregate to which the proof leads.
    error DealStatus_WrongCommitment(uint64 dealId, bytes32 root, uint8 height, bytes32 givenRoot, uint8 givenHeight);

    /// @notice The deal is on the piece's list already.
    error DealStatus_AlreadyListed(uint64 marketActorId, uint64 dealId);

    /// @notice The deal is not on the piece's list.
    error DealStatus_NotListed(uint64 marketActorId, uint64 providerId, uint64 dealId);

    /// @notice The deal is neither Gone nor Ended, so it stays on the list.
    error DealStatus_StillLive(uint64 dealId, DealState state);

    // ───────────────────────────── Views ─────────────────────────────

    /// @notice Too little gas to read from actors without mistaking a lack of gas for an answer: give more, or ask
    /// less.
    error DealStatus_GasShort(uint256 reserve, uint256 left);

    /// @notice The provider did not say where the sector is; nothing is known of it.
    error DealStatus_SectorUnreadable(uint64 providerId, uint64 sector);
}

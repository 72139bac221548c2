// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DealState} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {RequestState} from "../types/RequestState.sol";

/// @title Why DealStatus refuses: its errors
interface IDealStatusErrors {
    /// @notice A v1 piece CID does not say how large the piece is: pass a v2 CID, or use the overload with `paddedSize`.
    error DealStatus_PieceSizeUnknown(bytes cid);
    error DealStatus_ValueRefused(uint256 value);
    error DealStatus_ReplicationTargetOutOfRange(uint256 min, uint256 max, uint256 given);
    error DealStatus_RepairThresholdOutOfRange(uint256 max, uint256 given);
    error DealStatus_RenewThresholdOutOfRange(uint256 max, uint256 given);
    error DealStatus_FetchLinkTooLong(uint256 max, uint256 given);
    error DealStatus_UnknownRequest(uint256 id);
    error DealStatus_RequestNotOpen(uint256 id, RequestState state);
    error DealStatus_NotRaaS(uint256 id);
    error DealStatus_NotClient(uint256 id, address client, address caller);
    error DealStatus_WrongPiece(bytes32 root, uint8 height, bytes32 givenRoot, uint8 givenHeight);
    error DealStatus_UnsupportedMarket(uint64 marketActorId);
    /// @notice No sector of this number told `SectorContents` that it holds the piece.
    error DealStatus_NoNotice(uint64 provider, uint64 sector, bytes32 root, uint8 height);
    error DealStatus_SectorNotActive(uint64 provider, uint64 sector);
    error DealStatus_DealUnreadable(uint64 dealId, int256 exitCode);
    error DealStatus_DealNotLive(uint64 dealId, DealState state);
    error DealStatus_DealStartsTooLate(uint64 dealId, Epoch latest, Epoch start);
    error DealStatus_WrongProvider(uint64 dealId, uint64 provider, uint64 given);
    error DealStatus_WrongCommitment(uint64 dealId, bytes32 root, uint8 height, bytes32 givenRoot, uint8 givenHeight);
    error DealStatus_AlreadyListed(uint64 marketActorId, uint64 dealId);
    error DealStatus_NotListed(uint64 marketActorId, uint64 providerId, uint64 dealId);
    error DealStatus_StillLive(uint64 dealId, DealState state);
    /// @notice No RaaS request for the piece is live, so it has no renew threshold: give one in epochs.
    error DealStatus_NoTerms(bytes cid);
    /// @notice The largest piece that a sector holds is 64 GiB: height 31.
    error DealStatus_PieceTooLarge(uint8 maxHeight, uint8 height);
    /// @notice Too little gas to read from actors without mistaking a lack of gas for an answer: give more, or ask less.
    error DealStatus_GasShort(uint256 reserve, uint256 left);
    /// @notice The provider did not say where the sector is; nothing is known of it.
    error DealStatus_SectorUnreadable(uint64 providerId, uint64 sector);
}

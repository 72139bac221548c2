// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {CodingParams, FailureReason, PlacementKind, Progress, RepairState} from "../types/Repair.sol";

/// @title What the repair market says: its events and errors
interface IRepairMarketEvents {
    // ───────────────────────────── Events ─────────────────────────────
    // Together they hold all state: it can be rebuilt from logs alone.

    event MinerCreated(
        uint256 indexed minerId,
        address indexed actor,
        address indexed owner,
        uint64 pledge,
        uint96 collateral,
        bytes pubkey,
        bytes peerId
    );
    event CollateralAdded(uint256 indexed minerId, uint96 amount);
    event CollateralWithdrawn(uint256 indexed minerId, uint96 amount);
    /// @notice f05 deals of this client actor count for this miner from now on.
    event ClientRegistered(uint64 indexed clientActor, uint256 indexed minerId);

    event AskAdded(uint256 indexed askId, uint256 indexed minerId, uint96 price, uint64 size, Epoch expiry);
    event AskCancelled(uint256 indexed askId);
    event BidAdded(
        uint256 indexed bidId,
        address indexed client,
        bytes32 indexed droot,
        uint96 price,
        uint64 size,
        uint32 duration,
        Epoch expiry,
        CodingParams params,
        bytes32 providersRoot,
        uint96 deposit
    );
    event BidCancelled(uint256 indexed bidId);
    event BidExpired(uint256 indexed bidId);
    event BidApproved(uint256 indexed bidId, uint256 indexed askId, bytes32 digest);

    /// @notice A bid became a deal. `refund` is what its total at the ask's price is below the deposit.
    event DealAdded(
        uint256 indexed dealId,
        uint256 indexed minerId,
        uint256 indexed askId,
        uint96 total,
        uint96 refund,
        uint96 stake,
        Epoch placementDeadline
    );
    event ShardPlaced(
        uint256 indexed dealId,
        uint8 indexed shard,
        uint64 indexed provider,
        uint64 sector,
        PlacementKind kind,
        uint64 f05DealId,
        Epoch validUntil,
        bytes32 shardRoot
    );
    /// @notice These shards were proven at this epoch.
    event ShardsProven(uint256 indexed dealId, uint8[] shards);
    event DealStarted(uint256 indexed dealId, Epoch start, Epoch end);
    event LossReported(uint256 indexed dealId, uint8 indexed shard, address indexed reporter, SectorStatus status);
    event ShardCured(uint256 indexed dealId, uint8 indexed shard);
    /// @notice Where the deal stands now; emitted whenever its times, marks or strikes change.
    event ProgressChanged(uint256 indexed dealId, Progress progress, uint32 provenEpochs);
    event DealFailed(uint256 indexed dealId, FailureReason reason);
    event DealFinished(uint256 indexed dealId);
    /// @notice The deal is closed: the miner's last earnings, the client's refund, the stake released to the miner.
    event DealClosed(uint256 indexed dealId, uint96 earned, uint96 refund, uint96 stakeReleased);
    event EarningsWithdrawn(uint256 indexed dealId, uint96 amount);

    /// @notice Taken from a miner. `bidId` is the deal, or the bid of a broken acceptance.
    event Slashed(uint256 indexed bidId, uint256 indexed minerId, uint96 amount, uint96 toClient, uint96 burnt);
    event AcceptanceBroken(uint256 indexed bidId, uint256 indexed minerId, bytes32 digest);

    event Credited(address indexed account, uint256 amount);
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    event BurnFlushed(uint256 amount);

    // ───────────────────────────── Errors ─────────────────────────────

    error RepairMarket_BadParameters(string rule);
    error RepairMarket_PartDiffers(address part);
    error RepairMarket_AmountTooLarge(uint256 max, uint256 given);
    error RepairMarket_AmountZero();
    error RepairMarket_WrongValue(uint256 due, uint256 given);
    error RepairMarket_PledgeZero();
    error RepairMarket_UnknownMiner(address actor);
    error RepairMarket_UnknownId(uint256 count, uint256 given);
    error RepairMarket_UnknownActor(address account);
    error RepairMarket_NotMiner(address miner, address caller);
    error RepairMarket_NotClient(address client, address caller);
    error RepairMarket_WrongMiner(address miner, address given);
    error RepairMarket_CollateralShort(uint256 needed, uint256 free);
    error RepairMarket_LifetimeOutOfRange(uint256 max, uint256 given);
    error RepairMarket_DurationOutOfRange(uint256 min, uint256 max, uint256 given);
    error RepairMarket_BadCoding(uint8 dataShards, uint8 totalShards, uint8 maxShardsPerProvider);
    error RepairMarket_SizeNotShards(uint256 size, uint8 totalShards);
    error RepairMarket_PayloadTooLarge(uint256 max, uint256 given);
    error RepairMarket_DrootZero();
    error RepairMarket_AskNotOpen(uint256 askId);
    error RepairMarket_AskExpired(Epoch expiry);
    error RepairMarket_BidExpired(Epoch expiry);
    error RepairMarket_BidNotExpired(Epoch expiry);
    error RepairMarket_WrongState(uint256 id, RepairState state);
    error RepairMarket_PriceTooHigh(uint256 bidPrice, uint256 askPrice);
    error RepairMarket_AskTooSmall(uint256 offered, uint256 needed);
    error RepairMarket_PledgeExceeded(uint256 free, uint256 needed);
    error RepairMarket_NotAuthorised(bytes32 digest);
    error RepairMarket_AlreadyApproved(bytes32 digest);
    error RepairMarket_PlacementDeadlineMissed(Epoch deadline);
    error RepairMarket_DealOver(Epoch lastProof);
    error RepairMarket_ShardOutOfRange(uint8 totalShards, uint8 given);
    error RepairMarket_LengthsDiffer(uint256 shards, uint256 locations);
    error RepairMarket_ShardRepeated(uint8 shard);
    error RepairMarket_ShardNotPlaced(uint8 shard);
    error RepairMarket_PlacementInvalid(uint8 shard, PlacementFault fault);
    error RepairMarket_CopyInUse(uint8 shard, uint256 byDeal, uint8 byShard);
    error RepairMarket_PastValidUntil(uint8 shard, Epoch validUntil);
    error RepairMarket_NotProvenActive(uint8 shard);
    error RepairMarket_NotProvenLost(uint8 shard);
    error RepairMarket_AlreadyMarked(uint8 shard);
    error RepairMarket_NotMarked(uint8 shard);
    error RepairMarket_RepairWindowOpen(uint8 shard, Epoch until);
    error RepairMarket_StillRecoverable(uint256 lost, uint256 spare);
    error RepairMarket_NothingToSlash(Epoch nextDeadline);
    error RepairMarket_NotOver(Epoch settleAfter);
    error RepairMarket_NothingToWithdraw();
    error RepairMarket_PaymentFailed(address to, uint256 amount);
    error RepairMarket_NoClaim(Epoch from, Epoch to);
    error RepairMarket_AcceptanceKept(Epoch closedAt);
    error RepairMarket_AcceptanceTooLong(Epoch expiry, uint64 deadline);
    error RepairMarket_NotBound(address signer);
    error RepairMarket_AlreadySlashed(bytes32 digest);

    /// @notice What is wrong with a placement, in the order of the checks.
    enum PlacementFault {
        None,
        BadKind,
        IndexDiffers,
        NotInData,
        NotInPiece,
        ProviderNotAllowed,
        DealUnreadable,
        DealNotActive,
        DealDiffers,
        ForeignClient,
        NoNotice,
        TermTooShort,
        NotProvenActive,
        OutOfRange,
        SectorTaken,
        TooManyOnProvider
    }
}

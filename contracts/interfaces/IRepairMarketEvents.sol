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
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {CodingParams, FailureReason, PlacementKind, Progress} from "../types/Repair.sol";

/// @title What the repair market says: its events
/// @notice Together they hold all state: it can be rebuilt from logs alone. Prices are attoFIL per GiB and epoch, sizes
/// padded bytes, money attoFIL; ids count from 1. A bid and the deal that fills it have one id.
interface IRepairMarketEvents {
    // ───────────────────────────── Repair miners ─────────────────────────────

    /// @notice A repair miner was made.
    /// @param minerId its id
    /// @param actor its `RepairMiner`
    /// @param owner who made it; never changes
    /// @param pledge padded bytes that its open deals may have in all
    /// @param collateral what it starts with, attoFIL
    /// @param pubkey its worker's key, as given
    /// @param peerId where it is found, as given
    event MinerCreated(
        uint256 indexed minerId,
        address indexed actor,
        address indexed owner,
        uint64 pledge,
        uint96 collateral,
        bytes pubkey,
        bytes peerId
    );

    /// @notice Somebody added to a miner's collateral.
    /// @param minerId whose
    /// @param amount attoFIL
    event CollateralAdded(uint256 indexed minerId, uint96 amount);

    /// @notice A miner took free collateral out; it became its owner's credit.
    /// @param minerId whose
    /// @param amount attoFIL
    event CollateralWithdrawn(uint256 indexed minerId, uint96 amount);

    /// @notice f05 deals of this client actor count for this miner from now on.
    /// @param clientActor the client's actor id
    /// @param minerId the miner's id
    event ClientRegistered(uint64 indexed clientActor, uint256 indexed minerId);

    // ───────────────────────────── The order book ─────────────────────────────

    /// @notice A miner offers storage.
    /// @param askId the ask's id
    /// @param minerId who offers
    /// @param price attoFIL per GiB and epoch
    /// @param size padded bytes
    /// @param expiry last epoch at which the ask can fill a bid
    event AskAdded(uint256 indexed askId, uint256 indexed minerId, uint96 price, uint64 size, Epoch expiry);

    /// @notice A miner took its ask back.
    /// @param askId the ask's id
    event AskCancelled(uint256 indexed askId);

    /// @notice A client asks for storage and has paid for it.
    /// @param bidId the bid's id
    /// @param client who asks
    /// @param droot root of the tree over the shards
    /// @param price attoFIL per GiB and epoch, at most
    /// @param size padded bytes of all n shards
    /// @param duration of the term, epochs
    /// @param expiry last epoch at which the bid can be filled
    /// @param params how the data is encoded
    /// @param providersRoot Merkle root of the provider ids that may hold shards; 0: any may
    /// @param deposit what the client paid, attoFIL
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

    /// @notice A client took its bid back; the deposit became its credit.
    /// @param bidId the bid's id
    event BidCancelled(uint256 indexed bidId);

    /// @notice A bid past its expiry was closed; the deposit became its client's credit.
    /// @param bidId the bid's id
    event BidExpired(uint256 indexed bidId);

    /// @notice A client agreed on chain that this ask may fill its bid.
    /// @param bidId the bid's id
    /// @param askId the ask's id
    /// @param digest `authorisationDigest(askId, bidId)`
    event BidApproved(uint256 indexed bidId, uint256 indexed askId, bytes32 digest);

    // ───────────────────────────── Deals ─────────────────────────────

    /// @notice A bid became a deal.
    /// @param dealId the deal's id, which is the bid's
    /// @param minerId who keeps the data
    /// @param askId at whose price
    /// @param total what the deal pays when all of it is proven, attoFIL
    /// @param refund by how much that is below the deposit, attoFIL; it became the client's credit
    /// @param stake what the miner put up, attoFIL
    /// @param placementDeadline last epoch for the first proof of all shards
    event DealAdded(
        uint256 indexed dealId,
        uint256 indexed minerId,
        uint256 indexed askId,
        uint96 total,
        uint96 refund,
        uint96 stake,
        Epoch placementDeadline
    );

    /// @notice A shard lies in this sector from now on, and was proven there at this epoch.
    /// @param dealId whose shard
    /// @param shard its index, from 0
    /// @param provider the provider's actor id
    /// @param sector the sector's number
    /// @param kind Deal or Notice
    /// @param f05DealId the f05 deal, if `kind` is Deal
    /// @param validUntil last epoch for which the sector is bound to hold it
    /// @param shardRoot the shard's piece root
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
    /// @param dealId whose shards
    /// @param shards their indexes, from 0; none: it was only looked whether the proofs there suffice
    event ShardsProven(uint256 indexed dealId, uint8[] shards);

    /// @notice All shards were proven for the first time: the term begins.
    /// @param dealId the deal's id
    /// @param start this epoch
    /// @param end the last epoch of the term: `start` + duration
    event DealStarted(uint256 indexed dealId, Epoch start, Epoch end);

    /// @notice A shard was marked lost.
    /// @param dealId whose shard
    /// @param shard its index, from 0
    /// @param reporter who said so
    /// @param status what was proven: Faulty or Dead; Unproven: the placement is past its validity
    event LossReported(uint256 indexed dealId, uint8 indexed shard, address indexed reporter, SectorStatus status);

    /// @notice A shard is no longer marked lost.
    /// @param dealId whose shard
    /// @param shard its index, from 0
    event ShardCured(uint256 indexed dealId, uint8 indexed shard);

    /// @notice Where the deal stands now; emitted whenever its times, marks or strikes change.
    /// @param dealId the deal's id
    /// @param progress its times, marks and strikes
    /// @param provenEpochs epochs that are paid for
    event ProgressChanged(uint256 indexed dealId, Progress progress, uint32 provenEpochs);

    /// @notice A deal failed; `Slashed` and `DealClosed` follow.
    /// @param dealId the deal's id
    /// @param reason why
    event DealFailed(uint256 indexed dealId, FailureReason reason);

    /// @notice A deal reached its end and was settled; `DealClosed` follows.
    /// @param dealId the deal's id
    event DealFinished(uint256 indexed dealId);

    /// @notice The deal is closed; nothing of its total is left.
    /// @param dealId the deal's id
    /// @param earned the miner's last earnings, attoFIL; they became its owner's credit
    /// @param refund what was not earned, attoFIL; it became the client's credit
    /// @param stakeReleased what was left of the stake, attoFIL; it is the miner's free collateral again
    event DealClosed(uint256 indexed dealId, uint96 earned, uint96 refund, uint96 stakeReleased);

    /// @notice What a deal had earned became the owner's credit.
    /// @param dealId the deal's id
    /// @param amount attoFIL
    event EarningsWithdrawn(uint256 indexed dealId, uint96 amount);

    // ───────────────────────────── Slashing ─────────────────────────────

    /// @notice Collateral was taken from a miner. What neither the client gets nor is burnt is the reporters'.
    /// @param bidId the deal, or the bid of a broken acceptance
    /// @param minerId whose collateral
    /// @param amount attoFIL in all
    /// @param toClient of that, the client's credit
    /// @param burnt of that, what waits for `flushBurn`
    event Slashed(uint256 indexed bidId, uint256 indexed minerId, uint96 amount, uint96 toClient, uint96 burnt);

    /// @notice A worker did not fill a bid that it had promised to fill; `Slashed` follows.
    /// @param bidId the bid's id
    /// @param minerId whose worker
    /// @param digest of what it signed
    event AcceptanceBroken(uint256 indexed bidId, uint256 indexed minerId, bytes32 digest);

    // ───────────────────────────── Money ─────────────────────────────

    /// @notice The market owes an account more than before.
    /// @param account whose credit
    /// @param amount attoFIL more
    event Credited(address indexed account, uint256 amount);

    /// @notice An account took its whole credit.
    /// @param account whose credit
    /// @param to who was paid
    /// @param amount attoFIL
    event Withdrawn(address indexed account, address indexed to, uint256 amount);

    /// @notice What was slashed to be burnt was sent to f099.
    /// @param amount attoFIL
    event BurnFlushed(uint256 amount);
}

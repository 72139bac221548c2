// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    Acceptance,
    Ask,
    CodingParams,
    FailureReason,
    LossEvidence,
    Miner,
    Order,
    Placement,
    PlacementKind,
    Progress,
    RepairParameters,
    RepairState,
    ShardPlacement
} from "../types/Repair.sol";
import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";

/// @title A market for keeping erasure-coded data whole
/// @notice A client pays once; a bonded repair miner keeps every shard in a proven sector; anyone can catch it failing.
/// Nobody owns it, nothing in it can be paused or changed. Money is attoFIL, times are epochs, sizes are padded bytes.
/// Everything it pays out becomes a credit that its owner withdraws. A bid and the deal that fills it have one id.
interface IRepairMarket {
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
        OutOfRange,
        SectorTaken,
        TooManyOnProvider,
        NotProvenActive
    }

    // ───────────────────────────── Repair miners ─────────────────────────────

    /// @notice Makes a `RepairMiner` for the caller, its owner. Value: at least the collateral for `pledge` and the
    /// acceptance bond (`collateralDue`); all of it becomes the miner's collateral. Anyone may call.
    /// @param pubkey secp256k1, 64 bytes or 65 with the prefix 0x04; the worker starts as its address
    /// @param pledge padded bytes that its open deals may have in all
    /// @param peerId where it is found; kept in the event alone
    function createRepairMiner(
        bytes calldata pubkey,
        uint64 pledge,
        bytes calldata peerId
    ) external payable returns (address actor);

    /// @notice Adds the value to a miner's collateral. Anyone may.
    function addCollateral(address miner) external payable;

    /// @notice Credits the owner with collateral that stands behind nothing: not behind a stake, nor the acceptance bond
    /// while an ask of the miner could still have been accepted. Called by the `RepairMiner` for its owner.
    function withdrawCollateral(uint256 amount) external;

    /// @notice The calling actor says that the f05 deals of which it is the client are `miner`'s. Only the actor itself can
    /// say so, so nobody can take another's; an actor serves one miner, the last it named.
    function registerClient(address miner) external;

    // ───────────────────────────── The order book ─────────────────────────────

    /// @notice Offers `size` bytes at `price` attoFIL per GiB and epoch for `expiry` epochs. Reserves nothing: `addDeal`
    /// checks what is free. Called by a `RepairMiner` of this market.
    function addRepairAsk(uint256 price, uint256 size, uint64 expiry) external returns (uint256 askId);

    /// @notice Withdraws an ask. Its `RepairMiner` only.
    function cancelAsk(uint256 askId) external;

    /// @notice Asks for `size` = n × shard bytes to be kept for `time` epochs at no more than `price` attoFIL per GiB and
    /// epoch. Value must equal `quoteBid(price, size, time)`. Anyone may call.
    /// @param droot root of the SHA-256 tree over the n shards, zero pieces up to the next power of two
    /// @param expiry epochs from now, within which the bid can be filled (the last one included)
    function addBid(
        bytes32 droot,
        uint256 price,
        uint256 size,
        uint64 time,
        uint64 expiry,
        CodingParams calldata params
    ) external payable returns (uint256 bidId);

    /// @notice As above; only providers under `providersRoot` may hold shards. A leaf is
    /// `keccak256(bytes.concat(keccak256(abi.encode(uint64 provider))))`, pairs are sorted.
    function addBid(
        bytes32 droot,
        uint256 price,
        uint256 size,
        uint64 time,
        uint64 expiry,
        CodingParams calldata params,
        bytes32 providersRoot
    ) external payable returns (uint256 bidId);

    /// @notice Takes an unfilled bid back, also after its expiry; the deposit becomes a credit. Its client only.
    function cancelBid(uint256 bidId) external;

    /// @notice Closes an unfilled bid past its expiry; the deposit becomes the client's credit. Anyone may call.
    function expireBid(uint256 bidId) external;

    /// @notice Authorises `addDeal(askId, bidId)` on chain, for clients that cannot sign EIP-712 data (multisigs, native
    /// accounts). Cannot be taken back, except by cancelling the bid. Its client only.
    function approveBid(uint256 bidId, uint256 askId) external;

    // ───────────────────────────── Deals ─────────────────────────────

    /// @notice Fills a bid at the ask's price; the difference is credited to the client; the stake is locked. The ask's
    /// `RepairMiner` only.
    /// @param bidOwnerSig over `authorisationDigest(askId, bidId)`, by the client's key or its ERC-1271 wallet; ignored when
    /// the client approved on chain
    function addDeal(uint256 askId, uint256 bidId, bytes calldata bidOwnerSig) external returns (uint256 dealId);

    /// @notice Says where shards lie and proves it, any number at a time; also how a shard is moved or renewed, which cures
    /// it. A placement counts as that shard's proof. The deal's `RepairMiner` only.
    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external;

    /// @notice Proves that these shards' sectors are Active now. The deal is proven through the epoch at which the last of
    /// all its shards was; the first time, that begins its term. Cures marked shards. With strikes due, they fall first.
    /// Anyone may call.
    /// @param shards each once; none: only looks whether the proofs there are suffice
    /// @param locations of their sectors, made just before
    function proveRepair(uint256 dealId, uint8[] calldata shards, bytes[] calldata locations) external;

    /// @notice Marks a shard lost: its sector is Faulty or Dead, or its placement is past its validity. The repair window
    /// begins. Anyone may call; the first reporter shares in what is slashed for it.
    function reportLoss(uint256 dealId, uint8 shard, bytes calldata location) external;

    /// @notice Takes a mark away: the shard's sector is Active again. With strikes due, they fall first. Anyone may call.
    function cure(uint256 dealId, uint8 shard, bytes calldata location) external;

    /// @notice Slashes what is due: the whole stake if the placement deadline passed; a strike for each missed deadline,
    /// with the last one the rest; the whole stake on evidence that more than n − k marked shards, whose repair windows are
    /// over, are Dead. Anyone may call, for the reporter's share.
    function slashRepairMiner(address miner, uint256 dealId, LossEvidence[] calldata evidence) external;

    /// @notice Slashes the acceptance bond of a worker that promised to fill a bid by an epoch E and did not, though the bid
    /// was open until E. Anyone may call from E + 1 to E + claimWindow.
    function slashBrokenAcceptance(Acceptance calldata acceptance, bytes calldata workerSig) external;

    /// @notice Closes a deal after its end: pays what was proven, refunds the rest, releases the stake. With strikes due,
    /// they fall first. Before `end + finalWindow` only if the deal is proven to its end. Anyone may call.
    function settle(uint256 dealId) external;

    // ───────────────────────────── Money ─────────────────────────────

    /// @notice Credits the owner of the deal's miner with what is earned and not yet withdrawn. Anyone may call.
    function withdrawEarnings(uint256 dealId) external;

    /// @notice Pays the caller's whole credit to `to`: an account, a contract, or any native actor by its masked id.
    function withdraw(address to) external;

    /// @notice Sends what was slashed to be burnt to f099. Anyone may call.
    function flushBurn() external;

    // ───────────────────────────── Views ─────────────────────────────

    function parameters() external view returns (RepairParameters memory);

    function repairMinerImplementation() external view returns (address);

    function sectorContents() external view returns (address);

    /// @notice What `addBid` must be paid: `price × size × time / 2^30`, rounded up.
    function quoteBid(uint256 price, uint256 size, uint256 time) external pure returns (uint256);

    /// @notice What `createRepairMiner` must be paid at least.
    function collateralDue(uint64 pledge) external view returns (uint256);

    /// @notice What a client signs so that `askId` may fill `bidId`: every economic field of both, this contract, this chain.
    function authorisationDigest(uint256 askId, uint256 bidId) external view returns (bytes32);

    /// @notice What a worker signs to bind itself.
    function acceptanceDigest(Acceptance calldata acceptance) external view returns (bytes32);

    /// @notice The epoch at which the client approved `addDeal(askId, bidId)` on chain; 0: it did not.
    function approvedAt(uint256 askId, uint256 bidId) external view returns (Epoch);

    function counts() external view returns (uint256 miners, uint256 asks, uint256 bids);

    /// @notice A miner's id; 0: none of this market.
    function minerIdOf(address actor) external view returns (uint256);

    /// @notice Records as they are stored; ids from 1. Time-dependent views are the lens's.
    function minerOf(uint256 minerId) external view returns (Miner memory);

    function askOf(uint256 askId) external view returns (Ask memory);

    function orderOf(uint256 id) external view returns (Order memory);

    /// @notice All n placements of a deal; those not made yet have kind None.
    function placementsOf(uint256 dealId) external view returns (Placement[] memory);

    /// @notice The miner for which an actor's f05 deals count; 0: none.
    function clientMiner(uint64 clientActor) external view returns (uint256 minerId);

    function creditOf(address account) external view returns (uint256);

    /// @notice Slashed and waiting for `flushBurn`.
    function unburnt() external view returns (uint256);
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Earnings} from "../libraries/Earnings.sol";
import {ProofData} from "./Inclusion.sol";
import {PackedPlacement} from "./PackedPlacement.sol";

/// @notice The life of a bid and of the deal that fills it; both have one id.
///
///   Open ──addDeal──▶ Placing ──first proof of all n──▶ Active ◀──cure, proof, new placement──┐
///     │                  │ placement deadline             │ reportLoss                         │
///     ▼                  ▼                                ▼                                    │
///   Cancelled,         Failed ◀──last strike, data loss── Repairing ───────────────────────────┘
///   Expired                                               │ end, settle (from Active too)
///                                                         ▼
///                                                       Finished
///
/// Time passes in views: an Open bid past its expiry reads as Expired, an Active deal with a shard marked lost as
/// Repairing; neither is ever stored for that reason alone.
enum RepairState {
    None,
    Open,
    Cancelled,
    Expired,
    Placing,
    Active,
    Repairing,
    Failed,
    Finished
}

enum AskState {
    None,
    Open,
    Cancelled,
    Filled
}

/// @notice How a shard is held: nowhere, by an f05 deal, or by a sector that told `SectorContents` so.
enum PlacementKind {
    None,
    Deal,
    Notice
}

/// @notice Why a deal failed.
enum FailureReason {
    PlacementMissed,
    StrikesExhausted,
    DataLost
}

/// @notice How the data is encoded (systematic Reed–Solomon over GF(2^8), docs/protocol.md).
/// @param dataShards k, at least 1: any k shards give the data back
/// @param totalShards n, above k, at most 255
/// @param maxShardsPerProvider how many shards of the deal one provider id may hold, 1 to n
/// @param payloadSize bytes of the data before encoding, at most k × 127/128 of a shard's padded size
struct CodingParams {
    uint8 dataShards;
    uint8 totalShards;
    uint8 maxShardsPerProvider;
    uint64 payloadSize;
}

/// @notice Where a deal stands in time. Epochs fit 32 bits until the year 6100; `type(uint32).max` is never.
/// @param start first proof of all shards; 0 while Placing
/// @param deadline Placing: by when all shards must be proven; then: by when the next proof of all is due
/// @param repairDeadline while shards are marked lost: by when the first of them must be cured
/// @param provenThrough all shards were proven up to this epoch
/// @param freshAfter proofs before this epoch do not count any more: strikes were taken at it
/// @param marks shards marked lost
/// @param strikes strikes taken
/// @param placed shards placed at least once
/// @param lapsed a deadline was missed and no proof has come since
struct Progress {
    uint32 start;
    uint32 deadline;
    uint32 repairDeadline;
    uint32 provenThrough;
    uint32 freshAfter;
    uint8 marks;
    uint8 strikes;
    uint8 placed;
    bool lapsed;
}

/// @notice A bid and, once filled, its deal: eight neighbouring slots, eight records to a storage group of the FVM.
/// @param expiry last epoch at which the bid can be filled
/// @param price the bid's: attoFIL per GiB and epoch, at most
/// @param deposit what the client paid in: the total at the bid's price
/// @param closedAt epoch at which the bid was filled or cancelled, and so left the order book; 0: neither, also when it
/// expired. It says nothing about the end of the deal
/// @param miner,ask,previousDeal,dealPrice of the deal: the miner's id, the ask's id, the miner's deal before this one
/// (0: none), the ask's price
/// @param pay what the miner earns
/// @param reporter who first reported a loss since the deal was last without a mark
/// @param stake what is left of the miner's stake
/// @param providersRoot Merkle root of the provider ids that may hold shards; 0: any
struct Order {
    address client;
    RepairState state;
    uint8 dataShards;
    uint8 totalShards;
    uint8 maxShardsPerProvider;
    uint8 shardHeight;
    uint32 expiry;
    bytes32 droot;
    uint96 price;
    uint96 deposit;
    uint32 duration;
    uint32 closedAt;
    uint64 payloadSize;
    uint32 miner;
    uint32 ask;
    uint32 previousDeal;
    uint96 dealPrice;
    Progress progress;
    Earnings.Account pay;
    address reporter;
    uint96 stake;
    bytes32 providersRoot;
}

/// @notice Where a shard lies.
/// @param dealId the f05 deal, if `kind` is Deal
/// @param validUntil last epoch for which the sector is bound to hold the shard
/// @param provenAt last epoch at which this shard alone was proven (a proof of all shards stands in the deal)
/// @param markedAt epoch at which its loss was reported; 0: not marked
struct Placement {
    uint40 provider;
    uint64 sector;
    uint48 dealId;
    uint32 validUntil;
    uint32 provenAt;
    uint32 markedAt;
    PlacementKind kind;
}

/// @notice One slot for each shard, and one left free behind it: two neighbours in use would cost the FVM a tree node
/// of their own. A group of 64 slots then holds 32 shards, without any further node (docs/gas.md).
struct ShardSlot {
    PackedPlacement placement;
    uint256 free;
}

/// @param price attoFIL per GiB and epoch
/// @param size padded bytes still on offer
/// @param expiry last epoch at which it can fill a bid
struct Ask {
    uint32 miner;
    uint96 price;
    uint64 size;
    uint32 expiry;
    AskState state;
}

/// @param actor its `RepairMiner`
/// @param lastDeal its newest deal; each deal names the one before it
/// @param dealCount deals ever made
/// @param collateral all that it has here, attoFIL
/// @param locked of that, the stakes of its open deals
/// @param pledge padded bytes it may take on
/// @param used padded bytes of its open deals
/// @param lockedUntil last epoch at which the acceptance bond must stay
/// @param power padded bytes of its deals that have begun: an upper bound of what is provably held
struct Miner {
    address actor;
    uint32 lastDeal;
    uint32 dealCount;
    address owner;
    uint96 collateral;
    uint96 locked;
    uint64 pledge;
    uint64 used;
    uint32 lockedUntil;
    uint64 power;
}

/// @notice Everything the market remembers. Slots 0 to 63 are one storage group of the FVM; records with ids in
/// sequence lie side by side, aligned so that none straddles two groups, and the shards of a deal begin one.
/// @dev Ids start at 1 and index the arrays, which are as long as ids can be: no length slots, no hashing.
struct MarketState {
    uint32 minerCount;
    uint32 askCount;
    uint32 orderCount;
    uint96 unburnt;
    mapping(address actor => uint32 id) minerIds;
    mapping(address account => uint256 attoFil) credits;
    /// key of (provider, sector, shard root) → order id << 8 | shard; void once that shard lies elsewhere or its deal
    /// ended
    mapping(bytes32 copyKey => uint256 backed) copies;
    mapping(bytes32 digest => uint32 epoch) approvals;
    mapping(uint64 clientActor => uint32 miner) clients;
    mapping(bytes32 bidAndMiner => bool slashed) brokenAcceptances;
    uint256[57] reserved;
    Miner[4294967296] miners;
    Ask[4294967296] asks;
    Order[4294967296] orders;
    ShardSlot[256][4294967296] placements;
}

/// @notice A shard and where it lies, with all that proves it.
/// @param shard index, below n
/// @param shardRoot the shard's piece root
/// @param inData path from the shard to droot; its index is the shard's
/// @param kind Deal or Notice
/// @param provider miner actor id; for a deal f05 is asked and must agree
/// @param sector sector number; for a deal f05 is asked and must agree
/// @param dealId the f05 deal; 0 for a notice
/// @param pieceRoot,pieceHeight the deal's or sector's piece
/// @param inPiece path from the shard to the piece
/// @param location the sector's location (FIP-0112), made just before
/// @param fullTerm deal: count on it to its end, if f05 says that it is not verified; otherwise 86 400 epochs less
/// @param allowed Merkle proof that the provider is on the bid's list, if it has one
struct ShardPlacement {
    uint8 shard;
    bytes32 shardRoot;
    ProofData inData;
    PlacementKind kind;
    uint64 provider;
    uint64 sector;
    uint64 dealId;
    bytes32 pieceRoot;
    uint8 pieceHeight;
    ProofData inPiece;
    bytes location;
    bool fullTerm;
    bytes32[] allowed;
}

/// @notice That a shard's sector is Dead.
struct LossEvidence {
    uint8 shard;
    bytes location;
}

/// @notice A worker's binding promise to fill `bidId` from `askId` by `deadline` (EIP-712).
/// @param deadline at most the expiry of the bid and of the ask
/// @param authorisation the client's signature over `authorisationDigest(askId, bidId)`; empty: it was approved on
/// chain
struct Acceptance {
    uint256 bidId;
    uint256 askId;
    address miner;
    uint64 deadline;
    bytes authorisation;
}

/// @notice Rules of a market, fixed at its deployment and checked together. Money in attoFIL, times in epochs, shares
/// in hundredths of a percent.
/// @param collateralPerGiB stake for each GiB
/// @param acceptanceBond what a broken acceptance costs
/// @param stakeBps stake as a share of a deal's total, when that is more
/// @param strikeBps a strike, as a share of the stake
/// @param maxStrikes the last one takes the rest
/// @param reporterBps,clientBps shares of what is slashed; the remainder, above zero, is burnt
/// @param placementWindow from `addDeal` to the first proof of all shards
/// @param provingPeriod between proofs
/// @param repairWindow from a report of loss to its cure
/// @param strikePeriod between strikes while nothing is proven
/// @param finalWindow before and after the end, a proof covers to the end
/// @param claimWindow after its deadline, for so long a broken acceptance can be slashed
/// @param minDuration,maxDuration of a deal's term
/// @param maxBidLifetime,maxAskLifetime for how long an offer can be filled
struct RepairParameters {
    uint96 collateralPerGiB;
    uint96 acceptanceBond;
    uint16 stakeBps;
    uint16 strikeBps;
    uint8 maxStrikes;
    uint16 reporterBps;
    uint16 clientBps;
    uint32 placementWindow;
    uint32 provingPeriod;
    uint32 repairWindow;
    uint32 strikePeriod;
    uint32 finalWindow;
    uint32 claimWindow;
    uint32 minDuration;
    uint32 maxDuration;
    uint32 maxBidLifetime;
    uint32 maxAskLifetime;
}

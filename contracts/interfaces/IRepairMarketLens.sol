// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {Ask, Miner, Order, Placement, RepairParameters, RepairState} from "../types/Repair.sol";
import {IRepairMarket} from "./IRepairMarket.sol";

/// @title The repair market as people and programs want to see it
/// @notice Reads `RepairMarket` and, where it says so, miner actors. Holds nothing, changes nothing. Lists are paged: they
/// begin with id `start` (1 is the first), have no holes, and `next` is 0 when there is no more.
interface IRepairMarketLens {
    /// @param open it can fill a bid now
    struct AskView {
        uint256 askId;
        address repairMiner;
        Ask ask;
        bool open;
    }

    /// @param state as of now
    /// @param size padded bytes of all shards
    struct BidView {
        uint256 bidId;
        RepairState state;
        uint64 size;
        Order order;
    }

    /// @param state as of now
    /// @param end 0 until its term has begun
    /// @param deadline epoch of the next strike, or by which it must be placed; `type(uint64).max`: none is left
    /// @param strikesDue what a slash would take now, in strikes
    /// @param earned,withdrawable,refundable attoFIL; refundable is what the client would get if it ended now
    struct DealView {
        uint256 dealId;
        RepairState state;
        address repairMiner;
        address client;
        uint64 size;
        Epoch start;
        Epoch end;
        Epoch deadline;
        Epoch provenThrough;
        uint32 strikesDue;
        uint96 total;
        uint96 earned;
        uint96 withdrawable;
        uint96 refundable;
        uint96 stake;
        Order order;
    }

    /// @param status of its sector, as its miner actor proves it; Unproven: unplaced, or the actor gave no answer
    /// @param location proves it; ready for a transaction, as long as the sector is not moved
    /// @param held Active and within its validity
    struct ShardHealth {
        uint8 shard;
        Placement placement;
        SectorStatus status;
        bytes location;
        bool held;
    }

    /// @param held shards that are
    /// @param needed shards that give the data back
    /// @param providers distinct ones that hold shards
    struct Health {
        uint256 held;
        uint256 needed;
        uint256 total;
        uint256 providers;
        ShardHealth[] shards;
    }

    error RepairMarketLens_NotDeal(uint256 id, RepairState state);

    function market() external view returns (IRepairMarket);

    function parameters() external view returns (RepairParameters memory);

    function quoteBid(uint256 price, uint256 size, uint256 time) external view returns (uint256);

    function miners(uint256 start, uint256 count) external view returns (Miner[] memory page, uint256 next);

    function asks(uint256 start, uint256 count) external view returns (AskView[] memory page, uint256 next);

    /// @notice Bids, filled or not.
    function bids(uint256 start, uint256 count) external view returns (BidView[] memory page, uint256 next);

    /// @notice The bids among `count` ids from `start` that became deals.
    function deals(uint256 start, uint256 count) external view returns (DealView[] memory page, uint256 next);

    /// @notice A miner's deals, the newest first; `start` 0 is the newest, then the `next` of the page before.
    function dealsOf(
        address repairMiner,
        uint256 start,
        uint256 count
    ) external view returns (DealView[] memory page, uint256 next);

    /// @notice A bid's state and, once it has become a deal, all about it; closed ones stay readable.
    function dealOf(uint256 dealId) external view returns (DealView memory);

    function placementsOf(uint256 dealId) external view returns (Placement[] memory);

    /// @notice Asks every shard's miner actor where its sector is and how. Searches partitions: meant for `eth_call`.
    function healthOf(uint256 dealId) external view returns (Health memory);

    /// @notice A sector's status and location, as its miner actor says; Unproven if it is no miner or gave no answer. For
    /// `eth_call`; use it just before `placeShards`.
    function locate(uint64 provider, uint64 sector) external view returns (SectorStatus status, bytes memory location);

    /// @notice Earned so far, and what of it can be withdrawn.
    function earnedOf(uint256 dealId) external view returns (uint96 earned, uint96 withdrawable);

    /// @notice Bytes that a miner provably keeps: of `count` of its deals from `start` (as in `dealsOf`), those that have
    /// begun and have not missed a deadline. The record's own `power` is an upper bound.
    function powerOf(
        address repairMiner,
        uint256 start,
        uint256 count
    ) external view returns (uint256 power, uint256 next);

    /// @notice Strikes that a slash would take now, and the epoch of the next; an unplaced deal past its deadline owes all.
    function strikesDue(uint256 dealId) external view returns (uint32 count, Epoch next);
}

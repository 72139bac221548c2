// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {Ask, Miner, Order, Placement, RepairParameters, RepairState} from "../types/Repair.sol";
import {IRepairMarket} from "./IRepairMarket.sol";

/// @title The repair market as people and programs want to see it
/// @notice Reads `RepairMarket` and, where it says so, miner actors. Holds nothing, changes nothing. Lists are paged:
/// they begin with id `start` (1 is the first), have no holes, and `next` is 0 when there is no more.
interface IRepairMarketLens {
    /// @notice An ask with its miner.
    /// @param open it can fill a bid now
    struct AskView {
        uint256 askId;
        address repairMiner;
        Ask ask;
        bool open;
    }

    /// @notice A bid, filled or not.
    /// @param state as of now
    /// @param size padded bytes of all shards
    struct BidView {
        uint256 bidId;
        RepairState state;
        uint64 size;
        Order order;
    }

    /// @notice A deal; of a bid that is not filled yet only state, client, size and order are there.
    /// @param state as of now
    /// @param size padded bytes of all shards
    /// @param start,end epochs of its term; 0 until it has begun
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

    /// @notice A shard and how its sector is.
    /// @param shard its index, from 0
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

    /// @notice A deal's shards and how their sectors are.
    /// @param held shards that are
    /// @param needed k: so many shards give the data back
    /// @param total n
    /// @param providers distinct ones that hold shards
    struct Health {
        uint256 held;
        uint256 needed;
        uint256 total;
        uint256 providers;
        ShardHealth[] shards;
    }

    /// @notice The bid with this id is not a deal yet.
    error RepairMarketLens_NotDeal(uint256 id, RepairState state);

    /// @notice The market that this reads. Anyone may call; never reverts.
    /// @return the market
    function market() external view returns (IRepairMarket);

    /// @notice The market's rules. Anyone may call; never reverts.
    /// @return money in attoFIL, times in epochs, shares in hundredths of a percent
    function parameters() external view returns (RepairParameters memory);

    /// @notice What `addBid` must be paid. Anyone may call.
    /// Reverts as `quoteBid` of the market (`RepairMarket_AmountTooLarge`).
    /// @param price attoFIL per GiB and epoch
    /// @param size padded bytes of all n shards
    /// @param time epochs
    /// @return attoFIL
    function quoteBid(uint256 price, uint256 size, uint256 time) external view returns (uint256);

    // ───────────────────────────── Lists ─────────────────────────────

    /// @notice Repair miners by id. Anyone may call; a page that begins nowhere is empty.
    /// @param start id of the first, from 1
    /// @param count how many at most
    /// @return page the records, as they are stored
    /// @return next id to go on with; 0: there is no more
    function miners(uint256 start, uint256 count) external view returns (Miner[] memory page, uint256 next);

    /// @notice Asks by id, open or not. Anyone may call; a page that begins nowhere is empty.
    /// @param start id of the first, from 1
    /// @param count how many at most
    /// @return page the asks
    /// @return next id to go on with; 0: there is no more
    function asks(uint256 start, uint256 count) external view returns (AskView[] memory page, uint256 next);

    /// @notice Bids by id, filled or not. Anyone may call; a page that begins nowhere is empty.
    /// @param start id of the first, from 1
    /// @param count how many at most
    /// @return page the bids
    /// @return next id to go on with; 0: there is no more
    function bids(uint256 start, uint256 count) external view returns (BidView[] memory page, uint256 next);

    /// @notice The bids among `count` ids from `start` that became deals. Anyone may call; a page that begins nowhere
    /// is empty.
    /// @param start the first id to look at, from 1
    /// @param count how many ids to look at
    /// @return page the deals, open and closed
    /// @return next id to go on with; 0: there is no more
    function deals(uint256 start, uint256 count) external view returns (DealView[] memory page, uint256 next);

    /// @notice A miner's deals, the newest first, open and closed. Anyone may call.
    /// Reverts when the market made no such miner (`RepairMarket_UnknownId`), or `start` is no deal
    /// (`RepairMarket_UnknownId`, `RepairMarketLens_NotDeal`).
    /// @param repairMiner its `RepairMiner`
    /// @param start 0: the newest; then the `next` of the page before
    /// @param count how many at most
    /// @return page the deals
    /// @return next id to go on with; 0: there is no more
    function dealsOf(
        address repairMiner,
        uint256 start,
        uint256 count
    ) external view returns (DealView[] memory page, uint256 next);

    // ───────────────────────────── One deal ─────────────────────────────

    /// @notice A bid's state and, once it has become a deal, all about it; closed ones stay readable. Anyone may call.
    /// Reverts when there is no bid with this id (`RepairMarket_UnknownId`).
    /// @param dealId the bid's and the deal's id
    /// @return the deal
    function dealOf(uint256 dealId) external view returns (DealView memory);

    /// @notice Where the shards of a deal lie. Anyone may call.
    /// Reverts when there is no bid with this id (`RepairMarket_UnknownId`).
    /// @param dealId the deal's id
    /// @return all n placements by shard; those not made yet have kind None
    function placementsOf(uint256 dealId) external view returns (Placement[] memory);

    /// @notice Asks every shard's miner actor where its sector is and how. Searches partitions: meant for `eth_call`,
    /// by anyone.
    /// Reverts when there is no bid with this id (`RepairMarket_UnknownId`), or it is no deal yet
    /// (`RepairMarketLens_NotDeal`).
    /// @param dealId the deal's id
    /// @return all n shards, and counts of them
    function healthOf(uint256 dealId) external view returns (Health memory);

    /// @notice A sector's status and location, as its miner actor says. For `eth_call`, by anyone; use it just before
    /// `placeShards`. Never reverts.
    /// @param provider the miner actor's id
    /// @param sector the sector's number
    /// @return status Unproven if the actor is no miner or gave no answer
    /// @return location proves the status (FIP-0112), until the sector is moved
    function locate(uint64 provider, uint64 sector) external view returns (SectorStatus status, bytes memory location);

    /// @notice What a deal has earned. Anyone may call.
    /// Reverts when there is no bid with this id (`RepairMarket_UnknownId`), or it is no deal yet
    /// (`RepairMarketLens_NotDeal`).
    /// @param dealId the deal's id
    /// @return earned so far, attoFIL
    /// @return withdrawable what of it is not withdrawn yet, attoFIL
    function earnedOf(uint256 dealId) external view returns (uint96 earned, uint96 withdrawable);

    /// @notice Bytes that a miner provably keeps: of some of its deals, those that have begun and have not missed a
    /// deadline. The record's own `power` is an upper bound. Anyone may call.
    /// Reverts as `dealsOf`.
    /// @param repairMiner its `RepairMiner`
    /// @param start 0: the newest deal; then the `next` of the call before
    /// @param count how many deals to look at
    /// @return power padded bytes of the deals looked at
    /// @return next id to go on with; 0: there is no more
    function powerOf(
        address repairMiner,
        uint256 start,
        uint256 count
    ) external view returns (uint256 power, uint256 next);

    /// @notice Strikes that a slash would take now; a deal not placed by its deadline owes all. Anyone may call.
    /// Reverts when there is no bid with this id (`RepairMarket_UnknownId`), or it is no deal yet
    /// (`RepairMarketLens_NotDeal`).
    /// @param dealId the deal's id
    /// @return count how many
    /// @return next the epoch of the next, or by which the deal has to be placed; `type(uint64).max`: none is left
    function strikesDue(uint256 dealId) external view returns (uint32 count, Epoch next);
}

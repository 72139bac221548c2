// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";
import {Acceptance, CodingParams} from "../types/Repair.sol";
import {IRepairMarketErrors} from "./IRepairMarketErrors.sol";
import {IRepairMarketEvents} from "./IRepairMarketEvents.sol";

/// @title Miners, the order book, deals and money: a part of `IRepairMarket`
interface IMarketCore is IRepairMarketEvents, IRepairMarketErrors {
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

    /// @notice Slashes the acceptance bond of a worker that promised to fill a bid by an epoch E and did not, though the bid
    /// was open until E. One bond for a bid and a miner, however many acceptances were signed. Anyone may call from E + 1 to
    /// E + claimWindow.
    function slashBrokenAcceptance(Acceptance calldata acceptance, bytes calldata workerSig) external;

    // ───────────────────────────── Money ─────────────────────────────

    /// @notice Credits the owner of the deal's miner with what is earned and not yet withdrawn. Anyone may call.
    function withdrawEarnings(uint256 dealId) external;

    /// @notice Pays the caller's whole credit to `to`: an account, a contract, or any native actor by its masked id.
    function withdraw(address to) external;

    /// @notice Sends what was slashed to be burnt to f099. Anyone may call.
    function flushBurn() external;

    // ───────────────────────────── Views ─────────────────────────────

    function repairMinerImplementation() external view returns (address);

    function sectorContents() external view returns (address);

    /// @notice The contracts that hold the code of `IShardPlacing`, `IShardProving` and `IMarketRecords`; fixed.
    function parts() external view returns (address placing, address proving, address records);

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

    /// @notice The miner for which an actor's f05 deals count; 0: none.
    function clientMiner(uint64 clientActor) external view returns (uint256 minerId);

    function creditOf(address account) external view returns (uint256);

    /// @notice Slashed and waiting for `flushBurn`.
    function unburnt() external view returns (uint256);
}

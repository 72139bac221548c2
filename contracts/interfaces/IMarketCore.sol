// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";
import {Acceptance, CodingParams} from "../types/Repair.sol";
import {IRepairMarketErrors} from "./IRepairMarketErrors.sol";
import {IRepairMarketEvents} from "./IRepairMarketEvents.sol";

/// @title Miners, the order book, deals and money: a part of `IRepairMarket`
/// @notice Prices are attoFIL per GiB and epoch, sizes padded bytes of all n shards, times epochs, money attoFIL.
/// Lifetimes count from the epoch of inclusion. Errors are those of `IRepairMarketErrors`.
interface IMarketCore is IRepairMarketEvents, IRepairMarketErrors {
    // ───────────────────────────── Repair miners ─────────────────────────────

    /// @notice Makes a `RepairMiner` for the caller, its owner. All of the value becomes the miner's collateral. Anyone
    /// may call.
    /// Reverts when `pledge` is 0 (`RepairMarket_PledgeZero`), the value is below `collateralDue(pledge)`
    /// (`RepairMarket_CollateralShort`), or the key has a wrong shape (`RepairMiner_BadPubkey`).
    /// @param pubkey secp256k1, 64 bytes or 65 with the prefix 0x04; the worker starts as its address
    /// @param pledge padded bytes that its open deals may have in all
    /// @param peerId where it is found; kept in the event alone
    /// @return actor the new `RepairMiner`
    function createRepairMiner(
        bytes calldata pubkey,
        uint64 pledge,
        bytes calldata peerId
    ) external payable returns (address actor);

    /// @notice Adds the value to a miner's collateral. Anyone may call.
    /// Reverts when the market made no such miner (`RepairMarket_UnknownMiner`), and without value
    /// (`RepairMarket_AmountZero`).
    /// @param miner its `RepairMiner`
    function addCollateral(address miner) external payable;

    /// @notice Credits the owner with collateral that stands behind nothing: not behind a stake, nor the acceptance
    /// bond while an ask of the miner could still have been accepted. Called by the `RepairMiner` for its owner.
    /// Reverts when the caller is no miner of this market (`RepairMarket_UnknownMiner`), `amount` is 0
    /// (`RepairMarket_AmountZero`) or above what is free (`RepairMarket_CollateralShort`).
    /// @param amount attoFIL
    function withdrawCollateral(uint256 amount) external;

    /// @notice The calling actor says that the f05 deals of which it is the client are `miner`'s. Only the actor itself
    /// can say so, so nobody can take another's; an actor serves one miner, the last it named. Anyone may call.
    /// Reverts when the market made no such miner (`RepairMarket_UnknownMiner`), or the caller has no actor id
    /// (`RepairMarket_UnknownActor`).
    /// @param miner its `RepairMiner`
    function registerClient(address miner) external;

    // ───────────────────────────── The order book ─────────────────────────────

    /// @notice Offers `size` bytes at `price` for `expiry` epochs. Reserves nothing: `addDeal` checks what is free. The
    /// acceptance bond is bound until the last epoch at which an acceptance of this ask can be claimed. Called by a
    /// `RepairMiner` of this market.
    /// Reverts when the caller is none (`RepairMarket_UnknownMiner`), price or size is 0 (`RepairMarket_AmountZero`),
    /// the price is above 96 bits or the size above 2^63 (`RepairMarket_AmountTooLarge`), the lifetime is 0 or above
    /// `maxAskLifetime` (`RepairMarket_LifetimeOutOfRange`), or less than the acceptance bond is not staked
    /// (`RepairMarket_CollateralShort`).
    /// @param price attoFIL per GiB and epoch
    /// @param size padded bytes
    /// @param expiry epochs from now, the last one included
    /// @return askId the ask's id, from 1
    function addRepairAsk(uint256 price, uint256 size, uint64 expiry) external returns (uint256 askId);

    /// @notice Withdraws an ask. Its `RepairMiner` only.
    /// Reverts when there is no such ask (`RepairMarket_UnknownId`), the caller is not its miner
    /// (`RepairMarket_NotMiner`), or it is cancelled or filled (`RepairMarket_AskNotOpen`).
    /// @param askId the ask's id
    function cancelAsk(uint256 askId) external;

    /// @notice Asks for `size` = n × shard bytes to be kept for `time` epochs at no more than `price`. Value must equal
    /// `quoteBid(price, size, time)`. Anyone may call.
    /// Reverts when
    /// - `droot` is 0 (`RepairMarket_DrootZero`), or the price is (`RepairMarket_AmountZero`);
    /// - `time` is outside `minDuration` to `maxDuration` (`RepairMarket_DurationOutOfRange`), or `expiry` is 0 or
    ///   above `maxBidLifetime` (`RepairMarket_LifetimeOutOfRange`);
    /// - the price is above 96 bits or the size above 2^63 (`RepairMarket_AmountTooLarge`), or the value is wrong
    ///   (`RepairMarket_WrongValue`);
    /// - k, n or the limit per provider is out of range (`RepairMarket_BadCoding`), `size` is not n pieces of one size
    ///   (`RepairMarket_SizeNotShards`), or the payload is 0 or does not fit k shards (`RepairMarket_PayloadTooLarge`).
    /// @param droot root of the SHA-256 tree over the n shards, zero pieces up to the next power of two
    /// @param price attoFIL per GiB and epoch, at most
    /// @param size padded bytes of all n shards
    /// @param time epochs from the first proof of all shards
    /// @param expiry epochs from now, within which the bid can be filled (the last one included)
    /// @param params how the data is encoded
    /// @return bidId the bid's id, from 1, and its deal's
    function addBid(
        bytes32 droot,
        uint256 price,
        uint256 size,
        uint64 time,
        uint64 expiry,
        CodingParams calldata params
    ) external payable returns (uint256 bidId);

    /// @notice As the form without a list; only providers under `providersRoot` may hold shards. A leaf is
    /// `keccak256(bytes.concat(keccak256(abi.encode(uint64 provider))))`, pairs are sorted. Anyone may call.
    /// Reverts as the form without a list.
    /// @param droot root of the SHA-256 tree over the n shards, zero pieces up to the next power of two
    /// @param price attoFIL per GiB and epoch, at most
    /// @param size padded bytes of all n shards
    /// @param time epochs from the first proof of all shards
    /// @param expiry epochs from now, within which the bid can be filled (the last one included)
    /// @param params how the data is encoded
    /// @param providersRoot Merkle root of the provider ids that may hold shards; 0: any may
    /// @return bidId the bid's id, from 1, and its deal's
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
    /// Reverts when there is no such bid (`RepairMarket_UnknownId`), the caller is not its client
    /// (`RepairMarket_NotClient`), or it is filled or closed (`RepairMarket_WrongState`).
    /// @param bidId the bid's id
    function cancelBid(uint256 bidId) external;

    /// @notice Closes an unfilled bid past its expiry; the deposit becomes the client's credit. Anyone may call.
    /// Reverts when there is no such bid (`RepairMarket_UnknownId`), it is filled or closed
    /// (`RepairMarket_WrongState`), or it can still be filled (`RepairMarket_BidNotExpired`).
    /// @param bidId the bid's id
    function expireBid(uint256 bidId) external;

    /// @notice Authorises `addDeal(askId, bidId)` on chain, for clients that cannot sign EIP-712 data (multisigs,
    /// native accounts). Cannot be taken back, except by cancelling the bid. Its client only.
    /// Reverts when there is no such bid or ask (`RepairMarket_UnknownId`), the caller is not the bid's client
    /// (`RepairMarket_NotClient`), the bid is filled or closed (`RepairMarket_WrongState`), or it was approved before
    /// (`RepairMarket_AlreadyApproved`).
    /// @param bidId the bid's id
    /// @param askId the ask's id
    function approveBid(uint256 bidId, uint256 askId) external;

    // ───────────────────────────── Deals ─────────────────────────────

    /// @notice Fills a bid at the ask's price; the difference is credited to the client; the stake is locked. The ask's
    /// `RepairMiner` only.
    /// Reverts when
    /// - there is no such ask or bid (`RepairMarket_UnknownId`), or the caller is not the ask's miner
    ///   (`RepairMarket_NotMiner`);
    /// - either is closed (`RepairMarket_AskNotOpen`, `RepairMarket_WrongState`) or past its expiry
    ///   (`RepairMarket_AskExpired`, `RepairMarket_BidExpired`);
    /// - the ask is dearer than the bid (`RepairMarket_PriceTooHigh`) or offers less (`RepairMarket_AskTooSmall`);
    /// - the client did not agree (`RepairMarket_NotAuthorised`);
    /// - the pledge has no room (`RepairMarket_PledgeExceeded`), or too little collateral is free for the stake
    ///   (`RepairMarket_CollateralShort`).
    /// @param askId the ask's id
    /// @param bidId the bid's id
    /// @param bidOwnerSig over `authorisationDigest(askId, bidId)`, by the client's key or its ERC-1271 wallet; ignored
    /// when the client approved on chain
    /// @return dealId the deal's id, which is the bid's
    function addDeal(uint256 askId, uint256 bidId, bytes calldata bidOwnerSig) external returns (uint256 dealId);

    /// @notice Slashes the acceptance bond of a worker that promised to fill a bid by an epoch E and did not, though
    /// the bid was open until E. One bond for a bid and a miner, however many acceptances were signed. Anyone may call
    /// from E + 1 to E + `claimWindow`, for the reporter's share.
    /// Reverts when
    /// - there is no such bid or ask (`RepairMarket_UnknownId`), or the ask is another miner's
    ///   (`RepairMarket_WrongMiner`);
    /// - E is after the expiry of the bid or of the ask (`RepairMarket_AcceptanceTooLong`), or it is too early or too
    ///   late for a claim (`RepairMarket_NoClaim`);
    /// - the bid was filled or cancelled by E (`RepairMarket_AcceptanceKept`), or the bond was slashed before
    ///   (`RepairMarket_AlreadySlashed`);
    /// - the client's authorisation could have been taken back (`RepairMarket_NotAuthorised`), or the signer does not
    ///   bind the miner (`RepairMarket_NotBound`).
    /// @param acceptance what the worker signed
    /// @param workerSig over `acceptanceDigest(acceptance)`, by the worker's key
    function slashBrokenAcceptance(Acceptance calldata acceptance, bytes calldata workerSig) external;

    // ───────────────────────────── Money ─────────────────────────────

    /// @notice Credits the owner of the deal's miner with what is earned and not yet withdrawn. Anyone may call.
    /// Reverts when there is no such deal (`RepairMarket_UnknownId`), or nothing to withdraw
    /// (`RepairMarket_NothingToWithdraw`).
    /// @param dealId the deal's id
    function withdrawEarnings(uint256 dealId) external;

    /// @notice Pays the caller's whole credit. Anyone may call.
    /// Reverts when it has none (`RepairMarket_NothingToWithdraw`), or `to` does not take it
    /// (`RepairMarket_PaymentFailed`).
    /// @param to an account, a contract, or any native actor by its masked id
    function withdraw(address to) external;

    /// @notice Sends what was slashed to be burnt to f099. Anyone may call.
    /// Reverts when there is nothing (`RepairMarket_NothingToWithdraw`).
    function flushBurn() external;

    // ───────────────────────────── Views ─────────────────────────────

    /// @notice The code of every `RepairMiner` of this market. Anyone may call; never reverts.
    /// @return the contract to which they are minimal proxies
    function repairMinerImplementation() external view returns (address);

    /// @notice Whose word is taken for what sectors hold. Anyone may call; never reverts.
    /// @return the `SectorContents`
    function sectorContents() external view returns (address);

    /// @notice The contracts that hold the code of the market's parts; fixed. Anyone may call; never reverts.
    /// @return placing the code of `IShardPlacing`
    /// @return proving the code of `IShardProving`
    /// @return records the code of `IMarketRecords` and `IRepairRules`
    function parts() external view returns (address placing, address proving, address records);

    /// @notice What `createRepairMiner` must be paid at least. Anyone may call; never reverts.
    /// @param pledge padded bytes
    /// @return attoFIL: the collateral for the pledge, rounded up, and the acceptance bond
    function collateralDue(uint64 pledge) external view returns (uint256);

    /// @notice What a client signs so that `askId` may fill `bidId`: every economic field of both, this contract, this
    /// chain. Anyone may call.
    /// Reverts when there is no such ask or bid (`RepairMarket_UnknownId`).
    /// @param askId the ask's id
    /// @param bidId the bid's id
    /// @return the EIP-712 digest
    function authorisationDigest(uint256 askId, uint256 bidId) external view returns (bytes32);

    /// @notice What a worker signs to bind itself. Anyone may call; never reverts.
    /// @param acceptance the promise
    /// @return the EIP-712 digest
    function acceptanceDigest(Acceptance calldata acceptance) external view returns (bytes32);

    /// @notice When the client approved `addDeal(askId, bidId)` on chain. Anyone may call.
    /// Reverts when there is no such ask or bid (`RepairMarket_UnknownId`).
    /// @param askId the ask's id
    /// @param bidId the bid's id
    /// @return the epoch; 0: it did not
    function approvedAt(uint256 askId, uint256 bidId) external view returns (Epoch);

    /// @notice How many records there ever were of each kind: the id of the newest. Anyone may call; never reverts.
    /// @return miners how many miners
    /// @return asks how many asks
    /// @return bids how many bids, filled or not
    function counts() external view returns (uint256 miners, uint256 asks, uint256 bids);

    /// @notice A miner's id. Anyone may call; never reverts.
    /// @param actor its `RepairMiner`
    /// @return its id, from 1; 0: none of this market
    function minerIdOf(address actor) external view returns (uint256);

    /// @notice The miner for which an actor's f05 deals count. Anyone may call; never reverts.
    /// @param clientActor the client's actor id
    /// @return minerId its id, from 1; 0: none
    function clientMiner(uint64 clientActor) external view returns (uint256 minerId);

    /// @notice What the market owes to an account. Anyone may call; never reverts.
    /// @param account whose credit
    /// @return attoFIL
    function creditOf(address account) external view returns (uint256);

    /// @notice What was slashed to be burnt and waits for `flushBurn`. Anyone may call; never reverts.
    /// @return attoFIL
    function unburnt() external view returns (uint256);

    /// @notice What `addBid` must be paid: `price × size × time / 2^30`, rounded up. Anyone may call.
    /// Reverts when the price is above 96 bits, the size above 2^63 or the time above 64 bits
    /// (`RepairMarket_AmountTooLarge`).
    /// @param price attoFIL per GiB and epoch
    /// @param size padded bytes of all n shards
    /// @param time epochs
    /// @return attoFIL
    function quoteBid(uint256 price, uint256 size, uint256 time) external pure returns (uint256);
}

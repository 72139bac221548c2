// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";
import {PlacementFault} from "../types/PlacementFault.sol";
import {RepairState} from "../types/Repair.sol";

/// @title Why the repair market refuses: its errors
/// @notice What is expected comes before what was given. Amounts are attoFIL, sizes padded bytes, times epochs.
interface IRepairMarketErrors {
    // ───────────────────────────── Deployment ─────────────────────────────

    /// @notice The parameters break this rule: choose others.
    error RepairMarket_BadParameters(string rule);

    /// @notice This part was deployed with other parameters than the market.
    error RepairMarket_PartDiffers(address part);

    // ───────────────────────────── Arguments ─────────────────────────────

    /// @notice An amount of money, a price, a size or a time does not fit its type.
    error RepairMarket_AmountTooLarge(uint256 max, uint256 given);

    /// @notice An amount of money, a price or a size is 0.
    error RepairMarket_AmountZero();

    /// @notice The call has to carry exactly `due` attoFIL: `quoteBid` says how much.
    error RepairMarket_WrongValue(uint256 due, uint256 given);

    /// @notice A miner that pledges nothing cannot take deals.
    error RepairMarket_PledgeZero();

    /// @notice The market made no `RepairMiner` at this address.
    error RepairMarket_UnknownMiner(address actor);

    /// @notice No record has this id; ids count from 1 to `count`.
    error RepairMarket_UnknownId(uint256 count, uint256 given);

    /// @notice The account has no actor id.
    error RepairMarket_UnknownActor(address account);

    /// @notice A lifetime, in epochs, is 0 or above `max`.
    error RepairMarket_LifetimeOutOfRange(uint256 max, uint256 given);

    /// @notice A duration, in epochs, lies outside `min` to `max`.
    error RepairMarket_DurationOutOfRange(uint256 min, uint256 max, uint256 given);

    /// @notice Not 1 ≤ k < n, or not 1 ≤ shards a provider ≤ n.
    error RepairMarket_BadCoding(uint8 dataShards, uint8 totalShards, uint8 maxShardsPerProvider);

    /// @notice The size, in padded bytes, is not n pieces of one size.
    error RepairMarket_SizeNotShards(uint256 size, uint8 totalShards);

    /// @notice The payload, in bytes, is 0 or more than k shards hold.
    error RepairMarket_PayloadTooLarge(uint256 max, uint256 given);

    /// @notice A bid needs the root of its encoded data.
    error RepairMarket_DrootZero();

    // ───────────────────────────── Who may, and when ─────────────────────────────

    /// @notice Only this `RepairMiner` may do this: call through it.
    error RepairMarket_NotMiner(address miner, address caller);

    /// @notice Only the bid's client may do this.
    error RepairMarket_NotClient(address client, address caller);

    /// @notice The ask or deal is another miner's than the one that was named.
    error RepairMarket_WrongMiner(address miner, address given);

    /// @notice Of the miner's collateral less is free than is needed.
    error RepairMarket_CollateralShort(uint256 needed, uint256 free);

    /// @notice The ask is cancelled, or all of it is filled.
    error RepairMarket_AskNotOpen(uint256 askId);

    /// @notice The ask could be filled until this epoch.
    error RepairMarket_AskExpired(Epoch expiry);

    /// @notice The bid could be filled until this epoch.
    error RepairMarket_BidExpired(Epoch expiry);

    /// @notice The bid can be filled until this epoch: expire it later, or let its client cancel it.
    error RepairMarket_BidNotExpired(Epoch expiry);

    /// @notice A bid or deal in this state does not allow this.
    error RepairMarket_WrongState(uint256 id, RepairState state);

    /// @notice The bid offers less than the ask wants, in attoFIL per GiB and epoch.
    error RepairMarket_PriceTooHigh(uint256 bidPrice, uint256 askPrice);

    /// @notice The ask has fewer padded bytes left than the bid needs.
    error RepairMarket_AskTooSmall(uint256 offered, uint256 needed);

    /// @notice The miner's pledge has fewer padded bytes free than the deal needs.
    error RepairMarket_PledgeExceeded(uint256 free, uint256 needed);

    /// @notice The client neither signed this authorisation nor approved it on chain, in a way that is good for this
    /// call.
    error RepairMarket_NotAuthorised(bytes32 digest);

    /// @notice The client approved this on chain before.
    error RepairMarket_AlreadyApproved(bytes32 digest);

    // ───────────────────────────── Shards ─────────────────────────────

    /// @notice All shards had to be placed and proven by this epoch: only a slash is left.
    error RepairMarket_PlacementDeadlineMissed(Epoch deadline);

    /// @notice Too late: nothing is proven after this epoch. For a report, the epoch is the deal's end, and a deal that
    /// is proven to its end takes no more of them even before.
    error RepairMarket_DealOver(Epoch lastProof);

    /// @notice Shards count from 0 to `totalShards` - 1.
    error RepairMarket_ShardOutOfRange(uint8 totalShards, uint8 given);

    /// @notice Each shard needs its sector's location.
    error RepairMarket_LengthsDiffer(uint256 shards, uint256 locations);

    /// @notice The shard is named twice.
    error RepairMarket_ShardRepeated(uint8 shard);

    /// @notice The shard has no place yet.
    error RepairMarket_ShardNotPlaced(uint8 shard);

    /// @notice The placement of this shard is refused, for this reason.
    error RepairMarket_PlacementInvalid(uint8 shard, PlacementFault fault);

    /// @notice The sealed copy backs another live shard already.
    error RepairMarket_CopyInUse(uint8 shard, uint256 byDeal, uint8 byShard);

    /// @notice The sector was bound to hold the shard until this epoch: place it anew.
    error RepairMarket_PastValidUntil(uint8 shard, Epoch validUntil);

    /// @notice The shard's sector is not proven Active: look its location up anew.
    error RepairMarket_NotProvenActive(uint8 shard);

    /// @notice The shard's sector is not proven Faulty or Dead (in evidence: Dead): look its location up anew.
    error RepairMarket_NotProvenLost(uint8 shard);

    /// @notice The shard's loss is reported already.
    error RepairMarket_AlreadyMarked(uint8 shard);

    /// @notice No loss of the shard is reported.
    error RepairMarket_NotMarked(uint8 shard);

    /// @notice The shard may be cured until this epoch.
    error RepairMarket_RepairWindowOpen(uint8 shard, Epoch until);

    /// @notice The code can spare so many shards: evidence has to name more.
    error RepairMarket_StillRecoverable(uint256 lost, uint256 spare);

    // ───────────────────────────── Ends and money ─────────────────────────────

    /// @notice No strike is due; the next falls after this epoch, `type(uint32).max`: never.
    error RepairMarket_NothingToSlash(Epoch nextDeadline);

    /// @notice The deal can be settled after this epoch.
    error RepairMarket_NotOver(Epoch settleAfter);

    /// @notice There is no money to move.
    error RepairMarket_NothingToWithdraw();

    /// @notice The payee did not take the money: name another.
    error RepairMarket_PaymentFailed(address to, uint256 amount);

    // ───────────────────────────── Acceptances ─────────────────────────────

    /// @notice The bond can be claimed from the one epoch to the other, both included.
    error RepairMarket_NoClaim(Epoch from, Epoch to);

    /// @notice The bid was filled or cancelled at this epoch, in time.
    error RepairMarket_AcceptanceKept(Epoch closedAt);

    /// @notice A worker can be bound no longer than until `expiry`, the earlier of the bid's and the ask's.
    error RepairMarket_AcceptanceTooLong(Epoch expiry, uint64 deadline);

    /// @notice This account's signature does not bind the miner; 0: the signature is malformed.
    error RepairMarket_NotBound(address signer);

    /// @notice The bond for this bid and this miner was slashed before.
    error RepairMarket_AlreadySlashed(bytes32 digest);
}

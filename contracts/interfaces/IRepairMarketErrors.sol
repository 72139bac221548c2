// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";
import {PlacementFault} from "../types/PlacementFault.sol";
import {RepairState} from "../types/Repair.sol";

/// @title Why the repair market refuses: its errors
interface IRepairMarketErrors {
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
}

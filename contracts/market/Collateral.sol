// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {RepairMiner} from "../RepairMiner.sol";
import {IRepairMarket} from "../interfaces/IRepairMarket.sol";
import {IRepairMiner} from "../interfaces/IRepairMiner.sol";
import {ActorAddress} from "../libraries/ActorAddress.sol";
import {Miner, Order} from "../types/Repair.sol";
import {Credits} from "./Credits.sol";
import {Rules} from "./Rules.sol";

/// @notice Repair miners and what they put up.
///
///   free = collateral − stakes of open deals − acceptance bond (until `lockedUntil`)
abstract contract Collateral is Credits, Rules {
    /// @inheritdoc IRepairMarket
    address public immutable repairMinerImplementation;

    constructor() {
        repairMinerImplementation = address(new RepairMiner());
    }

    /// @inheritdoc IRepairMarket
    function createRepairMiner(
        bytes calldata pubkey,
        uint64 pledge,
        bytes calldata peerId
    ) external payable returns (address actor) {
        if (pledge == 0) revert RepairMarket_PledgeZero();
        uint256 due = collateralDue(pledge);
        if (msg.value < due) revert RepairMarket_CollateralShort(due, msg.value);
        uint96 collateral = _amount(msg.value);
        actor = Clones.cloneWithImmutableArgs(repairMinerImplementation, abi.encode(msg.sender));
        uint32 minerId = ++_state.minerCount;
        _state.minerIds[actor] = minerId;
        Miner storage miner = _state.miners[minerId];
        miner.actor = actor;
        miner.owner = msg.sender;
        miner.collateral = collateral;
        miner.pledge = pledge;
        emit MinerCreated(minerId, actor, msg.sender, pledge, collateral, pubkey, peerId);
        // The market's own code; it calls nothing back.
        IRepairMiner(actor).initialise(pubkey);
    }

    /// @inheritdoc IRepairMarket
    function addCollateral(address actor) external payable {
        uint32 minerId = _minerId(actor);
        uint96 amount = _amount(msg.value);
        if (amount == 0) revert RepairMarket_AmountZero();
        _state.miners[minerId].collateral += amount;
        emit CollateralAdded(minerId, amount);
    }

    /// @inheritdoc IRepairMarket
    function withdrawCollateral(uint256 given) external {
        uint32 minerId = _callingMiner();
        Miner storage miner = _state.miners[minerId];
        uint256 free = _free(miner);
        if (given == 0) revert RepairMarket_AmountZero();
        if (given > free) revert RepairMarket_CollateralShort(given, free);
        // Safe: at most the collateral, which has 96 bits.
        uint96 amount = uint96(given);
        miner.collateral -= amount;
        emit CollateralWithdrawn(minerId, amount);
        _credit(miner.owner, amount);
    }

    /// @inheritdoc IRepairMarket
    function registerClient(address actor) external {
        uint32 minerId = _minerId(actor);
        (bool ok, uint64 clientActor) = ActorAddress.idOf(msg.sender);
        if (!ok) revert RepairMarket_UnknownActor(msg.sender);
        _state.clients[clientActor] = minerId;
        emit ClientRegistered(clientActor, minerId);
    }

    /// @inheritdoc IRepairMarket
    function collateralDue(uint64 pledge) public view returns (uint256) {
        return _perSize(pledge) + ACCEPTANCE_BOND;
    }

    /// @dev What a deal's miner puts up: rounded up, against the miner.
    function _stakeFor(uint64 size, uint96 total) internal view returns (uint96) {
        return _amount(Math.max(_perSize(size), Math.ceilDiv(uint256(total) * STAKE_BPS, ONE)));
    }

    function _perSize(uint64 size) private view returns (uint256) {
        return Math.ceilDiv(uint256(size) * COLLATERAL_PER_GIB, GIB);
    }

    function _free(Miner storage miner) internal view returns (uint256) {
        uint256 kept = miner.locked;
        if (_now() <= miner.lockedUntil) kept += ACCEPTANCE_BOND;
        return miner.collateral > kept ? miner.collateral - kept : 0;
    }

    /// @dev Takes up to `due` of an order's stake, never reverting for lack of it. `slasher` 0: nobody called for it.
    function _slashStake(uint256 id, Order storage order, uint256 due, address slasher) internal {
        uint96 stake = order.stake;
        // Safe: at most `stake`.
        uint96 amount = due < stake ? uint96(due) : stake;
        Miner storage miner = _state.miners[order.miner];
        order.stake = stake - amount;
        miner.locked -= amount;
        miner.collateral -= amount;
        _split(id, order.miner, amount, order.client, order.reporter, slasher);
    }

    /// @dev Takes up to one acceptance bond of what is not staked.
    function _slashBond(uint256 bidId, uint32 minerId, address client) internal {
        Miner storage miner = _state.miners[minerId];
        uint96 unstaked = miner.collateral - miner.locked;
        uint96 amount = ACCEPTANCE_BOND < unstaked ? ACCEPTANCE_BOND : unstaked;
        miner.collateral -= amount;
        _split(bidId, minerId, amount, client, address(0), msg.sender);
    }

    /// @dev Shares of what was taken, rounded down; the burn is the remainder, so that they sum to `amount`. The reporter's
    /// share goes half to who first reported and half to who slashed, whole to the only one, and burns if there is none.
    function _split(
        uint256 id,
        uint32 minerId,
        uint96 amount,
        address client,
        address reporter,
        address slasher
    ) private {
        // Safe: shares below 100 % of 96 bits.
        uint96 toClient = uint96((uint256(amount) * CLIENT_BPS) / ONE);
        uint96 toReporters = uint96((uint256(amount) * REPORTER_BPS) / ONE);
        if (reporter == address(0) && slasher == address(0)) toReporters = 0;
        uint96 burnt = amount - toClient - toReporters;
        emit Slashed(id, minerId, amount, toClient, burnt);
        _credit(client, toClient);
        if (reporter != address(0) && slasher != address(0)) {
            _credit(reporter, toReporters / 2);
            _credit(slasher, toReporters - toReporters / 2);
        } else {
            _credit(slasher != address(0) ? slasher : reporter, toReporters);
        }
        _burn(burnt);
    }
}

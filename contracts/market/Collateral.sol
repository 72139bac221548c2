// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {RepairMiner} from "../RepairMiner.sol";
import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {IRepairMiner} from "../interfaces/IRepairMiner.sol";
import {ActorAddress} from "../libraries/ActorAddress.sol";
import {Miner} from "../types/Repair.sol";
import {Stakes} from "./Stakes.sol";

/// @notice Repair miners and what they put up.
abstract contract Collateral is IMarketCore, Stakes {
    /// @inheritdoc IMarketCore
    address public immutable repairMinerImplementation;

    constructor() {
        repairMinerImplementation = address(new RepairMiner());
    }

    /// @inheritdoc IMarketCore
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

    /// @inheritdoc IMarketCore
    function addCollateral(address actor) external payable {
        uint32 minerId = _minerId(actor);
        uint96 amount = _amount(msg.value);
        if (amount == 0) revert RepairMarket_AmountZero();
        _state.miners[minerId].collateral += amount;
        emit CollateralAdded(minerId, amount);
    }

    /// @inheritdoc IMarketCore
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

    /// @inheritdoc IMarketCore
    function registerClient(address actor) external {
        uint32 minerId = _minerId(actor);
        (bool ok, uint64 clientActor) = ActorAddress.idOf(msg.sender);
        if (!ok) revert RepairMarket_UnknownActor(msg.sender);
        _state.clients[clientActor] = minerId;
        emit ClientRegistered(clientActor, minerId);
    }

    /// @inheritdoc IMarketCore
    function counts() external view returns (uint256 miners, uint256 asks, uint256 bids) {
        return (_state.minerCount, _state.askCount, _state.orderCount);
    }

    /// @inheritdoc IMarketCore
    function minerIdOf(address actor) external view returns (uint256) {
        return _state.minerIds[actor];
    }

    /// @inheritdoc IMarketCore
    function clientMiner(uint64 clientActor) external view returns (uint256 minerId) {
        return _state.clients[clientActor];
    }

    /// @inheritdoc IMarketCore
    function collateralDue(uint64 pledge) public view returns (uint256) {
        return _perSize(pledge) + ACCEPTANCE_BOND;
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";

import {IRepairMarket} from "./interfaces/IRepairMarket.sol";
import {IRepairMiner} from "./interfaces/IRepairMiner.sol";
import {Epoch} from "./types/Epoch.sol";
import {ShardPlacement} from "./types/Repair.sol";

/// @title One repair miner's actor
/// @notice See `IRepairMiner`.
/// @dev Deployed once by each market; its clones carry their owner behind their code. Each keeps it in a slot as well:
/// on the FVM, a look at one's own code costs as much as a call to oneself.
contract RepairMiner is IRepairMiner {
    /// @inheritdoc IRepairMiner
    IRepairMarket public immutable market;

    /// @inheritdoc IRepairMiner
    address public worker;

    mapping(address worker => Epoch boundUntil) private _former;

    /// @inheritdoc IRepairMiner
    /// @dev Two slots from the worker: neighbours would cost a tree node of their own.
    address public owner;

    modifier onlyOwner() {
        if (msg.sender != owner) revert RepairMiner_NotOwner(owner, msg.sender);
        _;
    }

    modifier onlyOwnerOrWorker() {
        if (msg.sender != worker && msg.sender != owner) revert RepairMiner_NotOwnerOrWorker(msg.sender);
        _;
    }

    constructor() {
        market = IRepairMarket(msg.sender);
    }

    /// @inheritdoc IRepairMiner
    function initialise(bytes calldata pubkey) external {
        if (msg.sender != address(market)) revert RepairMiner_NotMarket(address(market), msg.sender);
        if (worker != address(0)) revert RepairMiner_AlreadyInitialised();
        owner = abi.decode(Clones.fetchCloneArgs(address(this)), (address));
        _setPubkey(pubkey);
    }

    // ───────────────────────── For owner and worker ─────────────────────────

    /// @inheritdoc IRepairMiner
    function addAsk(uint256 price, uint256 size) external onlyOwnerOrWorker returns (uint256 askId) {
        return market.addRepairAsk(price, size, market.parameters().maxAskLifetime);
    }

    /// @inheritdoc IRepairMiner
    function addAsk(uint256 price, uint256 size, uint64 expiry) external onlyOwnerOrWorker returns (uint256 askId) {
        return market.addRepairAsk(price, size, expiry);
    }

    /// @inheritdoc IRepairMiner
    function cancelAsk(uint256) external onlyOwnerOrWorker {
        _forward();
    }

    /// @inheritdoc IRepairMiner
    function addDeal(uint256, uint256, bytes calldata) external onlyOwnerOrWorker returns (uint256) {
        _forward();
    }

    /// @inheritdoc IRepairMiner
    function placeShards(uint256, ShardPlacement[] calldata) external onlyOwnerOrWorker {
        _forward();
    }

    /// @inheritdoc IRepairMiner
    function withdrawEarnings(uint256) external onlyOwnerOrWorker {
        _forward();
    }

    // ───────────────────────────── For the owner ─────────────────────────────

    /// @inheritdoc IRepairMiner
    function addCollateral() external payable onlyOwner {
        market.addCollateral{value: msg.value}(address(this));
    }

    /// @inheritdoc IRepairMiner
    function withdrawCollateral(uint256) external onlyOwner {
        _forward();
    }

    /// @inheritdoc IRepairMiner
    function changeWorker(address newWorker) external onlyOwner {
        _changeWorker(newWorker);
    }

    /// @inheritdoc IRepairMiner
    function changePubkey(bytes calldata pubkey) external onlyOwner {
        _setPubkey(pubkey);
    }

    // ───────────────────────────── Views ─────────────────────────────

    /// @inheritdoc IRepairMiner
    function isBound(address signer, uint64 deadline) external view returns (bool) {
        return signer != address(0) && (signer == worker || Epoch.wrap(deadline) <= _former[signer]);
    }

    /// @dev Calls the function of the same signature at the market, with the same arguments, and ends with its answer:
    /// decoding and encoding proofs of many shards again would only cost.
    function _forward() private {
        address target = address(market);
        // Memory-safe: the function ends here, so what it overwrites is never read again.
        assembly ("memory-safe") {
            calldatacopy(0, 0, calldatasize())
            let success := call(gas(), target, 0, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) {
                revert(0, returndatasize())
            }
            return(0, returndatasize())
        }
    }

    function _setPubkey(bytes calldata pubkey) private {
        bytes calldata point = pubkey;
        if (pubkey.length == 65 && pubkey[0] == 0x04) point = pubkey[1:];
        if (point.length != 64) revert RepairMiner_BadPubkey(pubkey);
        emit PubkeyChanged(pubkey);
        // Safe: an address is the last 20 bytes of the hash of the key.
        _changeWorker(address(uint160(uint256(keccak256(point)))));
    }

    function _changeWorker(address newWorker) private {
        if (newWorker == address(0)) revert RepairMiner_WorkerZero();
        address former = worker;
        Epoch boundUntil;
        if (former != address(0)) {
            boundUntil = Epoch.wrap(market.minerOf(market.minerIdOf(address(this))).lockedUntil);
            _former[former] = boundUntil;
        }
        worker = newWorker;
        emit WorkerChanged(former, newWorker, boundUntil);
    }
}

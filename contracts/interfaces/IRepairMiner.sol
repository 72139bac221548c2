// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";
import {ShardPlacement} from "../types/Repair.sol";
import {IRepairMarket} from "./IRepairMarket.sol";

/// @title One repair miner's actor
/// @notice A minimal proxy made by `RepairMarket.createRepairMiner`. It forwards, for its owner and its worker, to its
/// market only; it holds no money. The owner never changes; the worker runs the business and signs acceptances.
interface IRepairMiner {
    event WorkerChanged(address indexed former, address indexed worker, Epoch formerBoundUntil);
    event PubkeyChanged(bytes pubkey);

    error RepairMiner_NotOwner(address owner, address caller);
    error RepairMiner_NotOwnerOrWorker(address caller);
    error RepairMiner_NotMarket(address market, address caller);
    error RepairMiner_AlreadyInitialised();
    error RepairMiner_BadPubkey(bytes pubkey);
    error RepairMiner_WorkerZero();

    /// @notice Called once by the market that made it.
    function initialise(bytes calldata pubkey) external;

    // ───────────────────────── For owner and worker ─────────────────────────

    /// @notice An ask for the longest time that the market allows.
    function addAsk(uint256 price, uint256 size) external returns (uint256 askId);

    function addAsk(uint256 price, uint256 size, uint64 expiry) external returns (uint256 askId);

    function cancelAsk(uint256 askId) external;

    function addDeal(uint256 askId, uint256 bidId, bytes calldata bidOwnerSig) external returns (uint256 dealId);

    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external;

    /// @notice Credits the owner with the deal's earnings.
    function withdrawEarnings(uint256 dealId) external;

    // ───────────────────────────── For the owner ─────────────────────────────

    function addCollateral() external payable;

    /// @notice Credits the owner with free collateral.
    function withdrawCollateral(uint256 amount) external;

    /// @notice Names another worker. The former one stays bound to acceptances with a deadline up to the epoch at which the
    /// miner's acceptance bond could have left at the time of the change: a promise cannot be shed with its key.
    function changeWorker(address worker) external;

    /// @notice Names another public key; the worker becomes its address, as in `changeWorker`.
    function changePubkey(bytes calldata pubkey) external;

    // ───────────────────────────── Views ─────────────────────────────

    function market() external view returns (IRepairMarket);

    function owner() external view returns (address);

    function worker() external view returns (address);

    /// @notice Whether an acceptance with this deadline, signed by `signer`, binds the miner.
    function isBound(address signer, uint64 deadline) external view returns (bool);
}

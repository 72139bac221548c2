// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";
import {ShardPlacement} from "../types/Repair.sol";
import {IRepairMarket} from "./IRepairMarket.sol";

/// @title One repair miner's actor
/// @notice A minimal proxy made by `RepairMarket.createRepairMiner`. It forwards, for its owner and its worker, to its
/// market only; it holds no money. The owner never changes; the worker runs the business and signs acceptances. What
/// the market refuses reverts here with the market's own error.
interface IRepairMiner {
    /// @notice The miner has another worker.
    /// @param former the worker before; 0: this is the first
    /// @param worker the worker from now on
    /// @param formerBoundUntil last deadline of an acceptance by `former` that still binds the miner
    event WorkerChanged(address indexed former, address indexed worker, Epoch formerBoundUntil);

    /// @notice The miner has another public key; `WorkerChanged` follows.
    /// @param pubkey secp256k1, as given
    event PubkeyChanged(bytes pubkey);

    /// @notice Only the owner may do this.
    error RepairMiner_NotOwner(address owner, address caller);

    /// @notice Only the owner and the worker may do this.
    error RepairMiner_NotOwnerOrWorker(address caller);

    /// @notice Only the market that made the miner may do this.
    error RepairMiner_NotMarket(address market, address caller);

    /// @notice The miner has its owner and its first key already.
    error RepairMiner_AlreadyInitialised();

    /// @notice A key is 64 bytes, or 65 with the prefix 0x04.
    error RepairMiner_BadPubkey(bytes pubkey);

    /// @notice The zero address cannot sign.
    error RepairMiner_WorkerZero();

    /// @notice Gives the miner its owner and its first key. Called once by the market that made it.
    /// Reverts for any other caller (`RepairMiner_NotMarket`), the second time (`RepairMiner_AlreadyInitialised`), and
    /// when the key has a wrong shape (`RepairMiner_BadPubkey`).
    /// @param pubkey secp256k1, 64 bytes or 65 with the prefix 0x04
    function initialise(bytes calldata pubkey) external;

    // ───────────────────────── For owner and worker ─────────────────────────

    /// @notice Adds an ask for the longest time that the market allows. Owner and worker only.
    /// Reverts for any other caller (`RepairMiner_NotOwnerOrWorker`), and as `addRepairAsk` of the market.
    /// @param price attoFIL per GiB and epoch
    /// @param size padded bytes
    /// @return askId the ask's id, from 1
    function addAsk(uint256 price, uint256 size) external returns (uint256 askId);

    /// @notice Adds an ask. Owner and worker only.
    /// Reverts for any other caller (`RepairMiner_NotOwnerOrWorker`), and as `addRepairAsk` of the market.
    /// @param price attoFIL per GiB and epoch
    /// @param size padded bytes
    /// @param expiry epochs from now, the last one included
    /// @return askId the ask's id, from 1
    function addAsk(uint256 price, uint256 size, uint64 expiry) external returns (uint256 askId);

    /// @notice Withdraws an ask. Owner and worker only.
    /// Reverts for any other caller (`RepairMiner_NotOwnerOrWorker`), and as `cancelAsk` of the market.
    /// @param askId the ask's id
    function cancelAsk(uint256 askId) external;

    /// @notice Fills a bid from an ask of the miner's. Owner and worker only.
    /// Reverts for any other caller (`RepairMiner_NotOwnerOrWorker`), and as `addDeal` of the market.
    /// @param askId the ask's id
    /// @param bidId the bid's id
    /// @param bidOwnerSig over the market's `authorisationDigest(askId, bidId)`; ignored when the client approved on
    /// chain
    /// @return dealId the deal's id, which is the bid's
    function addDeal(uint256 askId, uint256 bidId, bytes calldata bidOwnerSig) external returns (uint256 dealId);

    /// @notice Says where shards of a deal lie. Owner and worker only.
    /// Reverts for any other caller (`RepairMiner_NotOwnerOrWorker`), and as `placeShards` of the market.
    /// @param dealId the deal's id
    /// @param placements the shards, each with its proofs and its sector's location
    function placeShards(uint256 dealId, ShardPlacement[] calldata placements) external;

    /// @notice Credits the owner with the deal's earnings. Owner and worker only; at the market anyone may.
    /// Reverts for any other caller (`RepairMiner_NotOwnerOrWorker`), and as `withdrawEarnings` of the market.
    /// @param dealId the deal's id
    function withdrawEarnings(uint256 dealId) external;

    // ───────────────────────────── For the owner ─────────────────────────────

    /// @notice Adds the value to the miner's collateral. Owner only; at the market anyone may.
    /// Reverts for any other caller (`RepairMiner_NotOwner`), and as `addCollateral` of the market.
    function addCollateral() external payable;

    /// @notice Credits the owner with free collateral. Owner only.
    /// Reverts for any other caller (`RepairMiner_NotOwner`), and as `withdrawCollateral` of the market.
    /// @param amount attoFIL
    function withdrawCollateral(uint256 amount) external;

    /// @notice Names another worker. The former one stays bound to acceptances with a deadline up to the epoch at which
    /// the miner's acceptance bond could have left at the time of the change: changing the key takes no promise back.
    /// Owner only.
    /// Reverts for any other caller (`RepairMiner_NotOwner`), and for the zero address (`RepairMiner_WorkerZero`).
    /// @param worker an account; it signs acceptances with its key
    function changeWorker(address worker) external;

    /// @notice Names another public key; the worker becomes its address, as in `changeWorker`. Owner only.
    /// Reverts for any other caller (`RepairMiner_NotOwner`), and when the key has a wrong shape
    /// (`RepairMiner_BadPubkey`).
    /// @param pubkey secp256k1, 64 bytes or 65 with the prefix 0x04
    function changePubkey(bytes calldata pubkey) external;

    // ───────────────────────────── Views ─────────────────────────────

    /// @notice The market that made the miner, to which it forwards. Anyone may call; never reverts.
    /// @return the market
    function market() external view returns (IRepairMarket);

    /// @notice To whom the miner's money belongs. Anyone may call; never reverts.
    /// @return the owner, who never changes
    function owner() external view returns (address);

    /// @notice Who runs the miner's business beside the owner. Anyone may call; never reverts.
    /// @return the worker
    function worker() external view returns (address);

    /// @notice Whether an acceptance with this deadline, signed by `signer`, binds the miner. Anyone may call; never
    /// reverts.
    /// @param signer who signed it
    /// @param deadline its deadline, an epoch
    /// @return whether it does
    function isBound(address signer, uint64 deadline) external view returns (bool);
}

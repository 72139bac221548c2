// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {IRepairMiner} from "../interfaces/IRepairMiner.sol";
import {Epoch} from "../types/Epoch.sol";
import {Acceptance, Ask, Order, RepairState} from "../types/Repair.sol";
import {Stakes} from "./Stakes.sol";

/// @notice Who agreed to what: the client that a certain ask may fill its bid, a worker that it will.
abstract contract Authorisations is IMarketCore, Stakes, EIP712 {
    bytes32 private constant AUTHORISATION_TYPE = keccak256(
        "Authorisation(uint256 bidId,uint256 askId,address client,address miner,bytes32 droot,uint256 bidPrice,"
        "uint256 price,uint256 size,uint256 duration,uint256 bidExpiry,uint256 askExpiry,uint8 dataShards,"
        "uint8 totalShards,uint8 maxShardsPerProvider,uint64 payloadSize,bytes32 providersRoot)"
    );
    bytes32 private constant ACCEPTANCE_TYPE = keccak256(
        "Acceptance(uint256 bidId,uint256 askId,address miner,uint64 deadline,bytes authorisation)"
    );

    /// @inheritdoc IMarketCore
    function approveBid(uint256 bidId, uint256 askId) external {
        Order storage order = _order(bidId);
        if (msg.sender != order.client) revert RepairMarket_NotClient(order.client, msg.sender);
        if (order.state != RepairState.Open) revert RepairMarket_WrongState(bidId, order.state);
        bytes32 digest = authorisationDigest(askId, bidId);
        if (_state.approvals[digest] != 0) revert RepairMarket_AlreadyApproved(digest);
        _state.approvals[digest] = _now();
        emit BidApproved(bidId, askId, digest);
    }

    /// @inheritdoc IMarketCore
    function slashBrokenAcceptance(Acceptance calldata a, bytes calldata workerSig) external {
        Order storage order = _order(a.bidId);
        Ask storage ask = _ask(a.askId);
        uint32 minerId = ask.miner;
        address actor = _state.miners[minerId].actor;
        if (a.miner != actor) revert RepairMarket_WrongMiner(actor, a.miner);
        _requireBroken(order, ask, a.deadline);
        bytes32 digest = acceptanceDigest(a);
        // One bond a bid, however often the worker promised it: the client's authorisation is part of what the worker
        // signs, and a key can sign the same thing in many ways.
        bytes32 broken = keccak256(abi.encode(a.bidId, minerId));
        if (_state.brokenAcceptances[broken]) revert RepairMarket_AlreadySlashed(digest);
        _requireIrrevocable(order, a);
        (address signer, ECDSA.RecoverError err, ) = ECDSA.tryRecover(digest, workerSig);
        if (err != ECDSA.RecoverError.NoError || !IRepairMiner(actor).isBound(signer, a.deadline)) {
            revert RepairMarket_NotBound(signer);
        }
        _state.brokenAcceptances[broken] = true;
        emit AcceptanceBroken(a.bidId, minerId, digest);
        _slashBond(a.bidId, minerId, order.client);
    }

    /// @inheritdoc IMarketCore
    function approvedAt(uint256 askId, uint256 bidId) external view returns (Epoch) {
        return Epoch.wrap(_state.approvals[authorisationDigest(askId, bidId)]);
    }

    /// @inheritdoc IMarketCore
    function authorisationDigest(uint256 askId, uint256 bidId) public view returns (bytes32) {
        Ask storage ask = _ask(askId);
        Order storage order = _order(bidId);
        // In two parts, which concatenate to the encoding of the whole: static fields take one word each.
        bytes memory head = abi.encode(
            AUTHORISATION_TYPE,
            bidId,
            askId,
            order.client,
            _state.miners[ask.miner].actor,
            order.droot,
            order.price,
            ask.price
        );
        bytes memory tail = abi.encode(
            _sizeOf(order),
            order.duration,
            order.expiry,
            ask.expiry,
            order.dataShards,
            order.totalShards,
            order.maxShardsPerProvider,
            order.payloadSize,
            order.providersRoot
        );
        return _hashTypedDataV4(keccak256(bytes.concat(head, tail)));
    }

    /// @inheritdoc IMarketCore
    function acceptanceDigest(Acceptance calldata a) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(ACCEPTANCE_TYPE, a.bidId, a.askId, a.miner, a.deadline, keccak256(a.authorisation))
                )
            );
    }

    /// @dev Approved on chain, signed by the client's key, or vouched for by the client's ERC-1271 wallet.
    function _requireAuthorised(uint256 askId, uint256 bidId, address client, bytes calldata signature) internal view {
        bytes32 digest = authorisationDigest(askId, bidId);
        if (_state.approvals[digest] != 0 || _signedBy(client, digest, signature)) return;
        if (!SignatureChecker.isValidERC1271SignatureNow(client, digest, signature)) {
            revert RepairMarket_NotAuthorised(digest);
        }
    }

    /// @dev The time to claim is now, and the bid could have been filled until the deadline but was not.
    function _requireBroken(Order storage order, Ask storage ask, uint64 deadline) private view {
        uint32 last = order.expiry < ask.expiry ? order.expiry : ask.expiry;
        if (deadline > last) revert RepairMarket_AcceptanceTooLong(Epoch.wrap(last), deadline);
        // Safe: at most `last`, which has 32 bits.
        uint32 until = uint32(deadline) + CLAIM_WINDOW;
        if (_now() <= deadline || _now() > until) {
            revert RepairMarket_NoClaim(Epoch.wrap(deadline + 1), Epoch.wrap(until));
        }
        if (order.closedAt != 0 && order.closedAt <= deadline) {
            revert RepairMarket_AcceptanceKept(Epoch.wrap(order.closedAt));
        }
    }

    /// @dev The worker could rely on the client's authorisation: a wallet's word can change, a key's signature and an
    /// approval on chain cannot.
    function _requireIrrevocable(Order storage order, Acceptance calldata a) private view {
        bytes32 digest = authorisationDigest(a.askId, a.bidId);
        if (a.authorisation.length == 0) {
            uint32 approved = _state.approvals[digest];
            if (approved == 0 || approved > a.deadline) revert RepairMarket_NotAuthorised(digest);
        } else if (!_signedBy(order.client, digest, a.authorisation)) {
            revert RepairMarket_NotAuthorised(digest);
        }
    }

    function _signedBy(address account, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        (address signer, ECDSA.RecoverError err, ) = ECDSA.tryRecover(digest, signature);
        return err == ECDSA.RecoverError.NoError && signer == account;
    }
}

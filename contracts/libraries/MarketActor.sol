// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MarketTypes} from "@zondax/filecoin-solidity/contracts/v0.8/types/MarketTypes.sol";

import {DealState} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {Piece} from "../types/Piece.sol";
import {ActorCall} from "./ActorCall.sol";
import {CborAnswer} from "./CborAnswer.sol";
import {CborParams} from "./CborParams.sol";
import {PieceTree} from "./PieceTree.sol";

/// @notice What the market actor f05 says of a deal. No reader reverts: each returns a state, or whether it could read.
library MarketActor {
    using CborAnswer for bytes;

    uint64 private constant ID = 5;
    /// @dev Not among the methods of filecoin-solidity.
    uint64 private constant GET_DEAL_SECTOR = 2611213344;

    int256 private constant EXIT_NOT_FOUND = 17;
    int256 private constant EXIT_DEAL_EXPIRED = 32;
    int256 private constant EXIT_DEAL_NOT_ACTIVATED = 33;

    /// @dev How a data commitment begins: `[`, tag 42, 40 bytes: 0x00, the prefix of a v1 piece CID. Its root follows,
    /// then the padded size.
    bytes13 private constant COMMITMENT_HEAD = 0x82d82a5828000181e203922020;
    uint256 private constant COMMITMENT_HEAD_LENGTH = 13;
    uint256 private constant SIZE_AT = 45;

    /// @notice The state of a deal in one call. Time is not looked at: a deal reads as Active past its end until it is
    /// settled, and as Published past its start until it is timed out.
    /// @return state Active (exit 0), Published (33), Gone (32: settled, terminated or timed out), Unknown (17: never
    /// published), else Unreadable
    /// @return sector where it is sealed, if Active
    /// @return exitCode f05's exit code, for errors
    function sectorOf(uint64 dealId) internal view returns (DealState state, uint64 sector, int256 exitCode) {
        bytes memory data;
        (exitCode, data) = _ask(GET_DEAL_SECTOR, dealId);
        if (exitCode == 0) {
            bool ok;
            (ok, sector) = data.asUint(0);
            if (!ok) return (DealState.Unreadable, 0, ActorCall.NO_ANSWER);
            return (DealState.Active, sector, 0);
        }
        if (exitCode == EXIT_DEAL_NOT_ACTIVATED) return (DealState.Published, 0, exitCode);
        if (exitCode == EXIT_DEAL_EXPIRED) return (DealState.Gone, 0, exitCode);
        if (exitCode == EXIT_NOT_FOUND) return (DealState.Unknown, 0, exitCode);
        return (DealState.Unreadable, 0, exitCode);
    }

    /// @notice The piece that a deal holds.
    function commitmentOf(uint64 dealId) internal view returns (bool ok, Piece memory piece) {
        (, bytes memory data) = _ask(uint64(MarketTypes.GetDealDataCommitmentMethodNum), dealId);
        if (data.length <= SIZE_AT || bytes13(data) != COMMITMENT_HEAD) return (false, piece);
        uint64 size;
        (ok, size) = data.asUint(SIZE_AT);
        if (!ok || !PieceTree.isPieceSize(size)) return (false, piece);
        bytes32 root;
        // Memory-safe: reads 32 bytes from 13 on, of more than 45.
        assembly ("memory-safe") {
            root := mload(add(add(data, 0x20), COMMITMENT_HEAD_LENGTH))
        }
        return (true, Piece({root: root, height: PieceTree.heightOf(size)}));
    }

    /// @notice The actor id of a deal's provider, which f05 checked to be a miner actor.
    function providerOf(uint64 dealId) internal view returns (bool ok, uint64 actorId) {
        return _uintOf(uint64(MarketTypes.GetDealProviderMethodNum), dealId);
    }

    /// @notice The actor id of a deal's client.
    function clientOf(uint64 dealId) internal view returns (bool ok, uint64 actorId) {
        return _uintOf(uint64(MarketTypes.GetDealClientMethodNum), dealId);
    }

    /// @notice The first epoch of a deal, by which it must be activated, and the epoch at which it ends.
    function termOf(uint64 dealId) internal view returns (bool ok, Epoch start, Epoch end) {
        (, bytes memory data) = _ask(uint64(MarketTypes.GetDealTermMethodNum), dealId);
        uint64 first;
        uint64 duration;
        // The second is a duration, though filecoin-solidity calls it the end.
        (ok, first, duration) = data.asUintPair();
        uint256 last = uint256(first) + duration;
        if (!ok || last > uint64(type(int64).max)) return (false, start, end);
        // Safe: `last` is within 63 bits, as epochs are.
        return (true, Epoch.wrap(first), Epoch.wrap(uint64(last)));
    }

    /// @notice Whether a deal is verified (backed by data cap).
    function verifiedOf(uint64 dealId) internal view returns (bool ok, bool verified) {
        (, bytes memory data) = _ask(uint64(MarketTypes.GetDealVerifiedMethodNum), dealId);
        return data.asBool();
    }

    function _uintOf(uint64 method, uint64 dealId) private view returns (bool ok, uint64 value) {
        (, bytes memory data) = _ask(method, dealId);
        return data.asUint(0);
    }

    /// @dev Method numbers have 32 bits, so the casts to uint64 above are safe.
    function _ask(uint64 method, uint64 dealId) private view returns (int256 exitCode, bytes memory data) {
        (bytes32 params, uint256 length) = CborParams.ofUint(dealId);
        return ActorCall.read(ID, method, params, length);
    }
}

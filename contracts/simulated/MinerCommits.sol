// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    ActorKind,
    CBOR_CODEC,
    EXIT_ILLEGAL_ARGUMENT,
    EXIT_OK,
    EXIT_REVERTED,
    EXIT_SERIALIZATION,
    EXIT_UNHANDLED_MESSAGE,
    MARKET_ID,
    NOTICES,
    maskedAddress
} from "./Actors.sol";
import {HandleFilecoinMethod} from "./HandleFilecoinMethod.sol";
import {Manifest, SectorEntry} from "./Manifest.sol";
import {MarketMethod} from "./MarketMethod.sol";
import {MinerFaults} from "./MinerFaults.sol";
import {MinerVoice} from "./MinerVoice.sol";
import {SimulatedNotices} from "./SimulatedNotices.sol";

/// @notice Commits of sectors and the notifications they send (FIP-0076, FIP-0109).
abstract contract MinerCommits is MinerFaults {
    /// @notice One notification as it was sent and answered.
    struct Exchange {
        uint64 receiver;
        bytes params;
        int256 exitCode;
        bytes returned;
    }

    uint64 private constant MIN_LIFETIME = 180 * DAY;
    uint64 private constant MAX_LIFETIME = 1278 * DAY;
    int256 private constant EXIT_RECEIVER_ABORTED = 1002;

    event SectorPrecommitted(uint64 indexed miner, uint64 indexed sector);
    event SectorActivated(uint64 indexed miner, uint64 indexed sector, uint64 expiration, PieceRecord[] pieces);
    event SectorUpdated(uint64 indexed miner, uint64 indexed sector, PieceRecord[] pieces);
    event ReceiverNotified(
        uint64 indexed miner,
        uint64 indexed receiver,
        bytes params,
        int256 exitCode,
        bytes returned
    );

    /// @notice The commit failed as the real message would have, and everything it did is undone.
    error SimulatedMiners_CommitExit(int256 exitCode, Exchange[] exchanges);
    error SimulatedMiners_LifetimeOutOfRange(uint64 least, uint64 most, uint64 lifetime);
    error SimulatedMiners_SectorNumberTaken(uint64 miner, uint64 sector);

    /// @notice PreCommitSectorBatch2. Changes no answer: a sector that is precommitted only reads as Dead.
    function preCommit(uint64 id, uint64[] calldata numbers) external onlyOperator {
        Miner storage miner = _miner(id);
        for (uint256 i = 0; i < numbers.length; i++) {
            if (numbers[i] >= miner.nextSector) miner.nextSector = numbers[i] + 1;
            emit SectorPrecommitted(id, numbers[i]);
        }
    }

    /// @notice ProveCommitSectors3.
    function commit(uint64 id, Manifest calldata manifest, bool requireSuccess) external onlyOperator {
        Miner storage miner = _miner(id);
        for (uint256 i = 0; i < manifest.sectors.length; i++) {
            SectorEntry calldata entry = manifest.sectors[i];
            _commit(id, miner, entry);
            emit SectorActivated(id, entry.number, entry.expiration, _storePieces(id, manifest, i));
        }
        _notifyAll(id, manifest, requireSuccess);
    }

    /// @notice ProveReplicaUpdates3: pieces for sectors that were committed without any; their expirations stay.
    function update(uint64 id, Manifest calldata manifest, bool requireSuccess) external onlyOperator {
        for (uint256 i = 0; i < manifest.sectors.length; i++) {
            SectorEntry calldata entry = manifest.sectors[i];
            (, Sector storage sector) = _sector(id, entry.number);
            if (_pieces[id][entry.number].length != 0 || sector.expiration != entry.expiration) {
                revert SimulatedMiners_CommitExit(EXIT_ILLEGAL_ARGUMENT, new Exchange[](0));
            }
            emit SectorUpdated(id, entry.number, _storePieces(id, manifest, i));
        }
        _notifyAll(id, manifest, requireSuccess);
    }

    function _commit(uint64 id, Miner storage miner, SectorEntry calldata entry) private {
        Sector storage sector = _sectors[id][entry.number];
        if (sector.committedAt != 0) revert SimulatedMiners_SectorNumberTaken(id, entry.number);
        uint64 lifetime = entry.expiration > _epoch() ? entry.expiration - _epoch() : 0;
        if (lifetime < MIN_LIFETIME || lifetime > MAX_LIFETIME) {
            revert SimulatedMiners_LifetimeOutOfRange(MIN_LIFETIME, MAX_LIFETIME, lifetime);
        }
        sector.expiration = entry.expiration;
        sector.committedAt = _epoch();
        _place(id, entry.number, sector);
        miner.numbers.push(entry.number);
        if (entry.number >= miner.nextSector) miner.nextSector = entry.number + 1;
    }

    function _storePieces(
        uint64 id,
        Manifest calldata manifest,
        uint256 parent
    ) private returns (PieceRecord[] memory) {
        PieceRecord[] storage pieces = _pieces[id][manifest.sectors[parent].number];
        for (uint256 i = 0; i < manifest.pieces.length; i++) {
            if (manifest.pieces[i].parent != parent) continue;
            pieces.push(PieceRecord(manifest.pieces[i].root, manifest.pieces[i].paddedSize));
        }
        return pieces;
    }

    function _notifyAll(uint64 id, Manifest calldata manifest, bool requireSuccess) private {
        (bytes[] memory receivers, bytes[] memory params) = SimulatedNotices(NOTICES).messages(manifest);
        Exchange[] memory exchanges = new Exchange[](receivers.length);
        for (uint256 i = 0; i < receivers.length; i++) {
            exchanges[i] = _notify(id, receivers[i], params[i]);
            _emitNotified(id, exchanges[i]);
            int256 exitCode = _verdict(exchanges[i]);
            if (requireSuccess && exitCode != EXIT_OK) {
                // Safe: shortens the array to what was sent; i + 1 <= its length.
                assembly ("memory-safe") {
                    mstore(exchanges, add(i, 1))
                }
                revert SimulatedMiners_CommitExit(exitCode, exchanges);
            }
        }
    }

    function _emitNotified(uint64 id, Exchange memory sent) private {
        emit ReceiverNotified(id, sent.receiver, sent.params, sent.exitCode, sent.returned);
    }

    function _notify(uint64 id, bytes memory receiver, bytes memory params) private returns (Exchange memory exchange) {
        exchange.params = params;
        exchange.receiver = _KERNEL.receiverOf(receiver);
        if (exchange.receiver == MARKET_ID) {
            (exchange.exitCode, exchange.returned) = _MARKET.sectorContentChanged(id, params);
            return exchange;
        }
        (ActorKind kind, address place) = _KERNEL.actor(exchange.receiver);
        if (kind == ActorKind.Account || kind == ActorKind.Ethereum) return exchange;
        if (kind != ActorKind.Contract) {
            exchange.exitCode = EXIT_UNHANDLED_MESSAGE;
            return exchange;
        }
        (exchange.exitCode, exchange.returned) = _say(maskedAddress(id), place, params);
    }

    /// @dev The message as a contract gets it: from the miner's own address.
    function _say(address miner, address receiver, bytes memory params) private returns (int256, bytes memory) {
        bytes memory call = HandleFilecoinMethod.encode(MarketMethod.SECTOR_CONTENT_CHANGED, CBOR_CODEC, params);
        (bool done, bytes memory answer) = MinerVoice(miner).say(receiver, call);
        if (!done) return (EXIT_REVERTED, "");
        (bool wellFormed, uint32 exitCode, , bytes memory returned) = HandleFilecoinMethod.decode(answer);
        if (!wellFormed) return (EXIT_SERIALIZATION, "");
        return exitCode == 0 ? (EXIT_OK, returned) : (int256(uint256(exitCode)), bytes(""));
    }

    function _verdict(Exchange memory exchange) private pure returns (int256) {
        if (exchange.exitCode != EXIT_OK) return EXIT_RECEIVER_ABORTED;
        return SimulatedNotices(NOTICES).verdict(exchange.params, exchange.returned);
    }
}

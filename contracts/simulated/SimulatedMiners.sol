// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    ActorExit,
    ActorKind,
    CBOR_CODEC,
    EXIT_FORBIDDEN,
    EXIT_ILLEGAL_ARGUMENT,
    EXIT_NOT_FOUND,
    EXIT_OK,
    EXIT_SERIALIZATION,
    EXIT_UNHANDLED_MESSAGE,
    FIRST_EXPORTED_METHOD,
    IMinerClaims,
    INativeActor,
    maskedAddress
} from "./Actors.sol";
import {CborReader, CborWriter} from "./Cbor.sol";
import {FilecoinAddress} from "./FilecoinAddress.sol";
import {MinerCommits} from "./MinerCommits.sol";

/// @notice All miner actors: what they answer to messages, and what providers and Lotus see of them.
contract SimulatedMiners is INativeActor, MinerCommits {
    using CborReader for CborReader.Reader;

    /// @dev `id` 0 takes the next free actor id. `periodOffset`: the epoch, modulo 2880, at which its proving periods
    /// start. `robust`: its f2 address as bytes.
    struct NewMiner {
        uint64 id;
        uint64 owner;
        uint64 sectorSize;
        uint64 partitionSectors;
        uint64 periodOffset;
        bytes peerId;
        bytes robust;
    }

    struct Place {
        uint64 deadline;
        uint64 partition;
        bool inPartition;
    }

    struct Health {
        Status status;
        bool proven;
        bool recovering;
    }

    /// @dev `onTimeLast`, `earlyLast`: the last epoch before it expires on time, or dies of its fault (0: it will not).
    struct SectorView {
        uint64 number;
        uint64 expiration;
        uint64 committedAt;
        uint64 onTimeLast;
        uint64 earlyLast;
        Place place;
        Health health;
    }

    struct MinerView {
        uint64 owner;
        uint64 sectorSize;
        uint64 partitionSectors;
        uint64 periodOffset;
        uint64 nextSector;
        uint64 sectorCount;
        bytes peerId;
    }

    uint64 private constant GENERATE_SECTOR_LOCATION = 1321604665;
    uint64 private constant VALIDATE_SECTOR_STATUS = 3092458564;
    uint64 private constant GET_NOMINAL_SECTOR_EXPIRATION = 3010055991;
    uint64 private constant GET_SECTOR_SIZE = 3858292296;
    uint64 private constant GET_OWNER = 3275365574;
    uint64 private constant GET_PEER_ID = 2812875329;
    int64 private constant NOWHERE = -1;

    event MinerCreated(uint64 indexed miner, uint64 owner);

    /// @notice Makes a miner.
    function create(NewMiner calldata made) external onlyOperator returns (uint64 id) {
        id = _KERNEL.create(ActorKind.Native, made.id, made.robust);
        Miner storage miner = _miners[id];
        miner.owner = made.owner;
        miner.sectorSize = made.sectorSize;
        miner.partitionSectors = made.partitionSectors;
        miner.periodOffset = made.periodOffset % PROVING_PERIOD;
        miner.peerId = made.peerId;
        _minerIds.push(id);
        emit MinerCreated(id, made.owner);
    }

    /// @inheritdoc INativeActor
    function invoke(
        uint64 id,
        uint64 method,
        uint64 codec,
        bytes calldata params,
        bool
    ) external payable returns (int256 exitCode, uint64 returnCodec, bytes memory returned) {
        (exitCode, returned) = _answer(id, method, codec, params);
        if (exitCode != EXIT_OK) {
            if (msg.value > 0) revert ActorExit(exitCode);
            return (exitCode, 0, "");
        }
        if (msg.value > 0) _KERNEL.pay{value: msg.value}(maskedAddress(id));
        return (EXIT_OK, CBOR_CODEC, returned);
    }

    /// @inheritdoc IMinerClaims
    function powerOf(uint64 id) external view returns (bool found, uint256 power) {
        if (!isMiner(id)) return (false, 0);
        Miner storage miner = _miners[id];
        for (uint256 i = 0; i < miner.numbers.length; i++) {
            Sector storage sector = _sectors[id][miner.numbers[i]];
            if (_status(miner, sector) == Status.Active && _proven(miner, sector)) power += miner.sectorSize;
        }
        return (true, power);
    }

    function minerIds() external view returns (uint64[] memory) {
        return _minerIds;
    }

    function minerOf(uint64 id) external view returns (MinerView memory) {
        Miner storage m = _miner(id);
        // Safe cast: as many pushes never happen.
        uint64 count = uint64(m.numbers.length);
        return MinerView(m.owner, m.sectorSize, m.partitionSectors, m.periodOffset, m.nextSector, count, m.peerId);
    }

    /// @notice A miner's sectors in the order of their commits, from `first`, at most `count`.
    function sectors(uint64 id, uint64 first, uint64 count) external view returns (SectorView[] memory page) {
        Miner storage miner = _miner(id);
        uint256 end = miner.numbers.length;
        if (first > end) first = uint64(end);
        if (count > end - first) count = uint64(end - first);
        page = new SectorView[](count);
        for (uint256 i = 0; i < count; i++) page[i] = sectorOf(id, miner.numbers[first + i]);
    }

    /// @notice Sectors of each partition of a deadline.
    function partitions(uint64 id, uint64 deadline) external view returns (uint64[][] memory) {
        _miner(id);
        return _partitions[id][deadline];
    }

    function piecesOf(uint64 id, uint64 number) external view returns (PieceRecord[] memory) {
        return _pieces[id][number];
    }

    /// @notice One sector; all zero when it was never committed.
    function sectorOf(uint64 id, uint64 number) public view returns (SectorView memory found) {
        Miner storage miner = _miner(id);
        Sector storage sector = _sectors[id][number];
        found.number = number;
        if (sector.committedAt == 0) return found;
        found.expiration = sector.expiration;
        found.committedAt = sector.committedAt;
        found.place = Place(sector.deadline, sector.partition, _inState(sector));
        found.health = Health(_status(miner, sector), _proven(miner, sector), _isRecovering(sector));
        found.onTimeLast = _expiryLast(miner, sector);
        if (_hasFault(sector) && _deathOf(sector) <= found.onTimeLast) found.earlyLast = _deathOf(sector) - 1;
    }

    function _answer(
        uint64 id,
        uint64 method,
        uint64 codec,
        bytes memory params
    ) private view returns (int256, bytes memory) {
        if (method < FIRST_EXPORTED_METHOD && msg.sender.code.length != 0) return (EXIT_FORBIDDEN, "");
        if (method == GET_SECTOR_SIZE || method == GET_OWNER || method == GET_PEER_ID) {
            if (codec != 0) return (EXIT_ILLEGAL_ARGUMENT, "");
            return (EXIT_OK, _property(_miners[id], method));
        }
        bool known =
            method == GENERATE_SECTOR_LOCATION ||
                method == VALIDATE_SECTOR_STATUS ||
                method == GET_NOMINAL_SECTOR_EXPIRATION;
        if (!known) return (EXIT_UNHANDLED_MESSAGE, "");
        if (codec == 0) return (EXIT_ILLEGAL_ARGUMENT, "");
        CborReader.Reader memory reader = CborReader.over(params);
        if (method == GENERATE_SECTOR_LOCATION) return _generate(id, reader);
        if (method == VALIDATE_SECTOR_STATUS) return _validate(id, reader);
        uint64 number = reader.readUint();
        if (!reader.finished()) return (EXIT_SERIALIZATION, "");
        Sector storage sector = _sectors[id][number];
        if (!_inState(sector)) return (EXIT_NOT_FOUND, "");
        return (EXIT_OK, CborWriter.writeUint(sector.expiration));
    }

    function _property(Miner storage miner, uint64 method) private view returns (bytes memory) {
        if (method == GET_SECTOR_SIZE) return CborWriter.writeUint(miner.sectorSize);
        if (method == GET_PEER_ID) return bytes.concat(CborWriter.writeArray(1), CborWriter.writeBytes(miner.peerId));
        bytes memory owner = CborWriter.writeBytes(FilecoinAddress.ofId(miner.owner));
        return bytes.concat(CborWriter.writeArray(2), owner, CborWriter.NULL);
    }

    /// @dev `[sector]` → `[status, aux]`.
    function _generate(uint64 id, CborReader.Reader memory reader) private view returns (int256, bytes memory) {
        if (reader.readArray() != 1) return (EXIT_SERIALIZATION, "");
        uint64 number = reader.readUint();
        if (!reader.finished()) return (EXIT_SERIALIZATION, "");
        Sector storage sector = _sectors[id][number];
        bool placed = _inState(sector);
        // Safe casts: a deadline is below 48, a partition below 2^32.
        bytes memory aux = bytes.concat(
            CborWriter.writeArray(2),
            CborWriter.writeInt(placed ? int64(uint64(sector.deadline)) : NOWHERE),
            CborWriter.writeInt(placed ? int64(uint64(sector.partition)) : NOWHERE)
        );
        bytes memory status = CborWriter.writeUint(uint8(_status(_miners[id], sector)));
        return (EXIT_OK, bytes.concat(CborWriter.writeArray(2), status, CborWriter.writeBytes(aux)));
    }

    /// @dev `[sector, status, aux]` → bool.
    function _validate(uint64 id, CborReader.Reader memory reader) private view returns (int256, bytes memory) {
        if (reader.readArray() != 3) return (EXIT_SERIALIZATION, "");
        uint64 number = reader.readUint();
        uint64 status = reader.readUint();
        CborReader.Reader memory aux = CborReader.over(reader.readBytes());
        if (!reader.finished() || status > uint8(type(Status).max)) return (EXIT_SERIALIZATION, "");
        Sector storage sector = _sectors[id][number];
        int256 exitCode = _checkLocation(sector, aux);
        if (exitCode != EXIT_OK) return (exitCode, "");
        return (EXIT_OK, CborWriter.writeBool(uint8(_status(_miners[id], sector)) == status));
    }

    /// @dev Whether `aux` says where the sector is: `[deadline, partition]`, or (-1, -1) when it is in no partition.
    function _checkLocation(Sector storage sector, CborReader.Reader memory aux) private view returns (int256) {
        if (aux.readArray() != 2) return EXIT_ILLEGAL_ARGUMENT;
        int64 deadline = aux.readInt();
        int64 partition = aux.readInt();
        if (!aux.finished()) return EXIT_ILLEGAL_ARGUMENT;
        if (deadline == NOWHERE && partition == NOWHERE) return _inState(sector) ? EXIT_NOT_FOUND : EXIT_OK;
        // Safe cast: DEADLINES is 48.
        if (deadline < 0 || partition < 0 || deadline >= int64(DEADLINES)) return EXIT_ILLEGAL_ARGUMENT;
        if (!_inState(sector)) return EXIT_NOT_FOUND;
        bool here = int64(uint64(sector.deadline)) == deadline && int64(uint64(sector.partition)) == partition;
        return here ? EXIT_OK : EXIT_NOT_FOUND;
    }
}

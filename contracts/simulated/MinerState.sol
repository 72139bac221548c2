// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IMarketOfMiners, IMinerClaims, KERNEL, MARKET, OPERATOR} from "./Actors.sol";
import {SimulatedKernel} from "./SimulatedKernel.sol";

/// @notice What is known of miners and their sectors, and what time makes of it.
/// @dev Time alone changes states (a fault is detected, a recovery proven, a sector dies): all of it is decided when
/// the cause is recorded and read off the epoch afterwards, so no transaction is needed for it to happen.
abstract contract MinerState is IMinerClaims {
    /// @dev As FIP-0112 numbers them.
    enum Status {
        Dead,
        Active,
        Faulty
    }

    struct PieceRecord {
        bytes32 root;
        uint64 paddedSize;
    }

    struct Miner {
        uint64 owner;
        uint64 sectorSize;
        uint64 partitionSectors;
        uint64 periodOffset;
        uint64 nextSector;
        uint64 fillingDeadline;
        bytes peerId;
        uint64[] numbers;
    }

    /// @dev `faultFrom`: first epoch at which it reads as faulty, 0 without a fault. `missedLast`: the last epoch of
    /// the deadline it first missed. `recoversAt`: the epoch from which its declared recovery is proven, 0 without one.
    struct Sector {
        uint64 expiration;
        uint64 committedAt;
        uint64 terminatedAt;
        uint8 deadline;
        uint32 partition;
        bool compacted;
        uint64 faultFrom;
        uint64 missedLast;
        uint64 recoveryDeclaredAt;
        uint64 recoversAt;
    }

    uint64 internal constant DAY = 2880;
    uint64 internal constant PROVING_PERIOD = DAY;
    uint64 internal constant DEADLINES = 48;
    uint64 internal constant WINDOW = PROVING_PERIOD / DEADLINES;
    uint64 internal constant DECLARATION_CUTOFF = 70;
    uint64 internal constant FAULT_MAX_AGE = 42 * DAY;

    IMarketOfMiners internal constant _MARKET = IMarketOfMiners(MARKET);
    SimulatedKernel internal constant _KERNEL = SimulatedKernel(KERNEL);

    mapping(uint64 id => Miner miner) internal _miners;
    mapping(uint64 id => mapping(uint64 number => Sector sector)) internal _sectors;
    mapping(uint64 id => mapping(uint64 number => PieceRecord[] pieces)) internal _pieces;
    mapping(uint64 id => mapping(uint64 deadline => uint64[][] partitions)) internal _partitions;
    uint64[] internal _minerIds;

    error SimulatedMiners_NotOperator(address operator, address caller);
    error SimulatedMiners_NotMiner(uint64 id);
    error SimulatedMiners_SectorUnknown(uint64 miner, uint64 sector);
    error SimulatedMiners_WrongStatus(Status wanted, Status actual);

    modifier onlyOperator() {
        _requireOperator();
        _;
    }

    /// @inheritdoc IMinerClaims
    function isMiner(uint64 id) public view returns (bool) {
        return _miners[id].sectorSize != 0;
    }

    /// @dev Whether the sector is in a partition: committed, and not compacted away.
    function _inState(Sector storage sector) internal view returns (bool) {
        return sector.committedAt != 0 && !sector.compacted;
    }

    function _status(Miner storage miner, Sector storage sector) internal view returns (Status) {
        if (!_inState(sector) || sector.terminatedAt != 0) return Status.Dead;
        if (block.number > _expiryLast(miner, sector)) return Status.Dead;
        if (!_hasFault(sector)) return Status.Active;
        return block.number >= _deathOf(sector) ? Status.Dead : Status.Faulty;
    }

    /// @dev Whether a fault was found that no proof has ended yet.
    function _hasFault(Sector storage sector) internal view returns (bool) {
        if (sector.faultFrom == 0 || block.number < sector.faultFrom) return false;
        return sector.recoversAt == 0 || block.number < sector.recoversAt;
    }

    function _isRecovering(Sector storage sector) internal view returns (bool) {
        return sector.recoveryDeclaredAt != 0 && _hasFault(sector);
    }

    /// @dev The first epoch at which a sector left faulty is dead.
    function _deathOf(Sector storage sector) internal view returns (uint64) {
        return sector.missedLast + FAULT_MAX_AGE + 1;
    }

    /// @dev The last epoch of the deadline at which the sector expires on time.
    function _expiryLast(Miner storage miner, Sector storage sector) internal view returns (uint64) {
        return _deadlineLast(miner, sector.deadline, sector.expiration);
    }

    /// @dev The last epoch of `deadline`'s window that ends at `epoch` or next after it.
    function _deadlineLast(Miner storage miner, uint64 deadline, uint64 epoch) internal view returns (uint64) {
        uint64 phase = (miner.periodOffset + (deadline + 1) * WINDOW - 1) % PROVING_PERIOD;
        return epoch + ((phase + PROVING_PERIOD - (epoch % PROVING_PERIOD)) % PROVING_PERIOD);
    }

    /// @dev The last epoch of `deadline`'s next window that a declaration made now still counts for.
    function _declarationLast(Miner storage miner, uint64 deadline) internal view returns (uint64) {
        return _deadlineLast(miner, deadline, _epoch() + DECLARATION_CUTOFF + WINDOW);
    }

    function _epoch() internal view returns (uint64) {
        // Safe: an epoch is 30 seconds.
        return uint64(block.number);
    }

    function _miner(uint64 id) internal view returns (Miner storage) {
        if (!isMiner(id)) revert SimulatedMiners_NotMiner(id);
        return _miners[id];
    }

    function _sector(uint64 id, uint64 number) internal view returns (Miner storage miner, Sector storage sector) {
        miner = _miner(id);
        sector = _sectors[id][number];
        if (!_inState(sector)) revert SimulatedMiners_SectorUnknown(id, number);
    }

    function _requireOperator() private view {
        if (msg.sender != OPERATOR) revert SimulatedMiners_NotOperator(OPERATOR, msg.sender);
    }
}

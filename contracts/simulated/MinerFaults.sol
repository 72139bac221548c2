// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MinerState} from "./MinerState.sol";

/// @notice Faults, recoveries, terminations, extensions and the compaction of partitions.
///
///   Active ──declareFault, or fault at its deadline──▶ Faulty ──42 days──▶ Dead ◀── terminated, expired
///     ▲                                                  │
///     └──recovery declared, proven at its deadline───────┘
abstract contract MinerFaults is MinerState {
    struct AtRisk {
        uint64 miner;
        uint64 sector;
    }

    AtRisk[] private _atRisk;

    event SectorTerminated(uint64 indexed miner, uint64 indexed sector);

    error SimulatedMiners_AlreadyRecovering(uint64 miner, uint64 sector);
    error SimulatedMiners_ExpirationNotLater(uint64 current, uint64 wanted);

    /// @notice DeclareFaults: the sector is faulty at once.
    function declareFault(uint64 id, uint64 number) external onlyOperator {
        (Miner storage miner, Sector storage sector) = _healthy(id, number);
        _recordFault(id, number, sector, _epoch(), _declarationLast(miner, sector.deadline));
    }

    /// @notice The sector's data is lost: it will not be proven. The fault shows from the end of its next deadline on.
    function loseData(uint64 id, uint64 number) external onlyOperator {
        (Miner storage miner, Sector storage sector) = _sector(id, number);
        if (_isRecovering(sector)) {
            // The recovery was declared in vain; the fault is as old as it was.
            sector.recoveryDeclaredAt = 0;
            sector.recoversAt = 0;
            _scheduleLoss(id, number, _deathOf(sector));
            return;
        }
        (miner, sector) = _healthy(id, number);
        uint64 last = _deadlineLast(miner, sector.deadline, _epoch());
        _recordFault(id, number, sector, last + 1, last);
    }

    /// @notice DeclareFaultsRecovered: still faulty, until the sector's next deadline proves it.
    function declareRecovery(uint64 id, uint64 number) external onlyOperator {
        (Miner storage miner, Sector storage sector) = _sector(id, number);
        _requireStatus(miner, sector, Status.Faulty);
        if (_isRecovering(sector)) revert SimulatedMiners_AlreadyRecovering(id, number);
        sector.recoveryDeclaredAt = _epoch();
        uint64 proven = _declarationLast(miner, sector.deadline) + 1;
        // Declared too late to be proven before the sector dies, it changes nothing.
        if (proven < _deathOf(sector)) {
            sector.recoversAt = proven;
            _scheduleLoss(id, number, 0);
        }
    }

    /// @notice The sector is proven now, whatever its deadline. Stands for a proof inside an open window.
    function recover(uint64 id, uint64 number) external onlyOperator {
        (Miner storage miner, Sector storage sector) = _sector(id, number);
        // A loss that is not found yet is made good as well.
        if (sector.faultFrom <= block.number) _requireStatus(miner, sector, Status.Faulty);
        _clearFault(sector);
        _scheduleLoss(id, number, 0);
    }

    /// @notice TerminateSectors: dead at once, and its running deals with it.
    function terminate(uint64 id, uint64 number) external onlyOperator {
        (Miner storage miner, Sector storage sector) = _sector(id, number);
        if (_status(miner, sector) == Status.Dead) revert SimulatedMiners_WrongStatus(Status.Active, Status.Dead);
        _terminate(id, number, sector, _epoch());
    }

    /// @notice ExtendSectorExpiration2.
    function extend(uint64 id, uint64 number, uint64 expiration) external onlyOperator {
        (Miner storage miner, Sector storage sector) = _sector(id, number);
        _requireStatus(miner, sector, Status.Active);
        if (expiration <= sector.expiration) {
            revert SimulatedMiners_ExpirationNotLater(sector.expiration, expiration);
        }
        sector.expiration = expiration;
        if (sector.faultFrom != 0) _scheduleLoss(id, number, _deathOf(sector));
    }

    /// @notice CompactPartitions of every deadline: dead sectors leave the state, living ones move together. Partitions
    /// with a fault or an unproven sector cannot be compacted and stay as they are.
    function compact(uint64 id) external onlyOperator {
        Miner storage miner = _miner(id);
        for (uint64 deadline = 0; deadline < DEADLINES; deadline++) _compact(id, miner, deadline);
    }

    /// @notice Records the deaths that time has brought, for those who follow the events.
    function recordDeaths() external {
        for (uint256 i = _atRisk.length; i > 0; i--) {
            AtRisk memory risk = _atRisk[i - 1];
            Sector storage sector = _sectors[risk.miner][risk.sector];
            bool dies = _status(_miners[risk.miner], sector) == Status.Dead;
            if (!dies && sector.faultFrom != 0 && (sector.recoversAt == 0 || block.number < sector.recoversAt))
                continue;
            bool early = _hasFault(sector) && _deathOf(sector) <= _expiryLast(_miners[risk.miner], sector);
            if (dies && early && sector.terminatedAt == 0) {
                _terminate(risk.miner, risk.sector, sector, _deathOf(sector));
            }
            _atRisk[i - 1] = _atRisk[_atRisk.length - 1];
            _atRisk.pop();
        }
    }

    /// @notice The next epoch at which a fault kills a sector; 0 when none will.
    function nextDeath() external view returns (uint64 epoch) {
        for (uint256 i = 0; i < _atRisk.length; i++) {
            Sector storage sector = _sectors[_atRisk[i].miner][_atRisk[i].sector];
            if (sector.faultFrom == 0 || sector.recoversAt != 0 || sector.terminatedAt != 0) continue;
            uint64 death = _deathOf(sector);
            if (epoch == 0 || death < epoch) epoch = death;
        }
    }

    function _place(uint64 id, uint64 number, Sector storage sector) internal {
        Miner storage miner = _miners[id];
        uint64 deadline = miner.fillingDeadline;
        uint64[][] storage partitions = _partitions[id][deadline];
        bool full = partitions.length > 0 && partitions[partitions.length - 1].length >= miner.partitionSectors;
        if (full) {
            deadline = (deadline + 1) % DEADLINES;
            miner.fillingDeadline = deadline;
            partitions = _partitions[id][deadline];
        }
        _append(miner, partitions, deadline, number, sector);
    }

    /// @dev Whether the sector has been through a deadline since its commit.
    function _proven(Miner storage miner, Sector storage sector) internal view returns (bool) {
        return block.number > _deadlineLast(miner, sector.deadline, sector.committedAt);
    }

    function _append(
        Miner storage miner,
        uint64[][] storage partitions,
        uint64 deadline,
        uint64 number,
        Sector storage sector
    ) private {
        if (partitions.length == 0 || partitions[partitions.length - 1].length >= miner.partitionSectors) {
            partitions.push();
        }
        partitions[partitions.length - 1].push(number);
        // Safe casts: below 48, and no miner has 2^32 partitions.
        sector.deadline = uint8(deadline);
        sector.partition = uint32(partitions.length - 1);
    }

    function _compact(uint64 id, Miner storage miner, uint64 deadline) private {
        uint64[][] memory before = _partitions[id][deadline];
        if (before.length == 0) return;
        delete _partitions[id][deadline];
        uint64[][] storage partitions = _partitions[id][deadline];
        bool[] memory stays = new bool[](before.length);
        for (uint256 p = 0; p < before.length; p++) {
            stays[p] = !_compactable(id, miner, before[p]);
            if (!stays[p]) continue;
            partitions.push(before[p]);
            // Safe cast: no miner has 2^32 partitions.
            for (uint256 i = 0; i < before[p].length; i++) {
                _sectors[id][before[p][i]].partition = uint32(partitions.length - 1);
            }
        }
        for (uint256 p = 0; p < before.length; p++) {
            for (uint256 i = 0; !stays[p] && i < before[p].length; i++) {
                uint64 number = before[p][i];
                Sector storage sector = _sectors[id][number];
                if (_status(miner, sector) == Status.Dead) sector.compacted = true;
                else _append(miner, partitions, deadline, number, sector);
            }
        }
    }

    function _healthy(uint64 id, uint64 number) private returns (Miner storage miner, Sector storage sector) {
        (miner, sector) = _sector(id, number);
        _requireStatus(miner, sector, Status.Active);
        if (!_hasFault(sector) && sector.faultFrom <= block.number) _clearFault(sector);
    }

    function _recordFault(uint64 id, uint64 number, Sector storage sector, uint64 from, uint64 missedLast) private {
        sector.faultFrom = from;
        sector.missedLast = missedLast;
        sector.recoveryDeclaredAt = 0;
        sector.recoversAt = 0;
        _atRisk.push(AtRisk(id, number));
        _scheduleLoss(id, number, _deathOf(sector));
    }

    function _clearFault(Sector storage sector) private {
        sector.faultFrom = 0;
        sector.missedLast = 0;
        sector.recoveryDeclaredAt = 0;
        sector.recoversAt = 0;
    }

    function _scheduleLoss(uint64 id, uint64 number, uint64 epoch) private {
        _MARKET.scheduleLoss(id, number, epoch);
    }

    function _terminate(uint64 id, uint64 number, Sector storage sector, uint64 epoch) private {
        sector.terminatedAt = epoch;
        _MARKET.terminate(id, number, epoch);
        emit SectorTerminated(id, number);
    }

    function _compactable(uint64 id, Miner storage miner, uint64[] memory numbers) private view returns (bool) {
        for (uint256 i = 0; i < numbers.length; i++) {
            Sector storage sector = _sectors[id][numbers[i]];
            Status status = _status(miner, sector);
            if (status == Status.Faulty || (status == Status.Active && !_proven(miner, sector))) return false;
        }
        return true;
    }

    function _requireStatus(Miner storage miner, Sector storage sector, Status wanted) private view {
        Status actual = _status(miner, sector);
        if (actual != wanted) revert SimulatedMiners_WrongStatus(wanted, actual);
    }
}

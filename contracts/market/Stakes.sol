// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {Miner, Order} from "../types/Repair.sol";
import {Ledger} from "./Ledger.sol";
import {Rules} from "./Rules.sol";

/// @notice What miners put up, and who gets it when it is taken.
///
///   free = collateral − stakes of open deals − acceptance bond (until `lockedUntil`)
abstract contract Stakes is Ledger, Rules {
    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        _state.credits[account] += amount;
        emit Credited(account, amount);
    }

    function _burn(uint96 amount) internal {
        if (amount != 0) _state.unburnt += amount;
    }

    /// @dev Takes up to `due` of an order's stake, never reverting for lack of it. `slasher` 0: nobody called for it.
    function _slashStake(uint256 id, Order storage order, uint256 due, address slasher) internal {
        uint96 stake = order.stake;
        // Safe: at most `stake`.
        uint96 amount = due < stake ? uint96(due) : stake;
        Miner storage miner = _state.miners[order.miner];
        order.stake = stake - amount;
        miner.locked -= amount;
        miner.collateral -= amount;
        _split(id, order.miner, amount, order.client, order.reporter, slasher);
    }

    /// @dev Takes up to one acceptance bond of what is not staked.
    function _slashBond(uint256 bidId, uint32 minerId, address client) internal {
        Miner storage miner = _state.miners[minerId];
        uint96 unstaked = miner.collateral - miner.locked;
        uint96 amount = ACCEPTANCE_BOND < unstaked ? ACCEPTANCE_BOND : unstaked;
        miner.collateral -= amount;
        _split(bidId, minerId, amount, client, address(0), msg.sender);
    }

    /// @dev What a deal's miner puts up: rounded up, against the miner.
    function _stakeFor(uint64 size, uint96 total) internal view returns (uint96) {
        return _amount(Math.max(_perSize(size), Math.ceilDiv(uint256(total) * STAKE_BPS, ONE)));
    }

    function _perSize(uint64 size) internal view returns (uint256) {
        return Math.ceilDiv(uint256(size) * COLLATERAL_PER_GIB, GIB);
    }

    function _free(Miner storage miner) internal view returns (uint256) {
        uint256 kept = miner.locked;
        if (_now() <= miner.lockedUntil) kept += ACCEPTANCE_BOND;
        return miner.collateral > kept ? miner.collateral - kept : 0;
    }

    /// @dev Shares of what was taken, rounded down; the burn is the remainder, so that they sum to `amount`. The
    /// reporter's share goes half to who first reported and half to who slashed, whole to the only one, and burns if
    /// there is none.
    function _split(
        uint256 id,
        uint32 minerId,
        uint96 amount,
        address client,
        address reporter,
        address slasher
    ) private {
        // Safe: shares below 100 % of 96 bits.
        uint96 toClient = uint96((uint256(amount) * CLIENT_BPS) / ONE);
        uint96 toReporters = uint96((uint256(amount) * REPORTER_BPS) / ONE);
        if (reporter == address(0) && slasher == address(0)) toReporters = 0;
        uint96 burnt = amount - toClient - toReporters;
        emit Slashed(id, minerId, amount, toClient, burnt);
        _credit(client, toClient);
        if (reporter != address(0) && slasher != address(0)) {
            _credit(reporter, toReporters / 2);
            _credit(slasher, toReporters - toReporters / 2);
        } else {
            _credit(slasher != address(0) ? slasher : reporter, toReporters);
        }
        _burn(burnt);
    }
}

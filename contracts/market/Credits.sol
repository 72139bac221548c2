// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IRepairMarket} from "../interfaces/IRepairMarket.sol";
import {ActorAddress} from "../libraries/ActorAddress.sol";
import {Ledger} from "./Ledger.sol";

/// @notice What the market owes to whom. Nobody is ever paid in the middle of something else, so nobody can block it.
abstract contract Credits is Ledger {
    /// @dev f099, the account whose balance counts as burnt.
    uint64 private constant BURNT_FUNDS_ACTOR = 99;

    /// @inheritdoc IRepairMarket
    function withdraw(address to) external {
        uint256 amount = _state.credits[msg.sender];
        if (amount == 0) revert RepairMarket_NothingToWithdraw();
        _state.credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IRepairMarket
    function flushBurn() external {
        uint256 amount = _state.unburnt;
        if (amount == 0) revert RepairMarket_NothingToWithdraw();
        _state.unburnt = 0;
        emit BurnFlushed(amount);
        _pay(ActorAddress.maskedOf(BURNT_FUNDS_ACTOR), amount);
    }

    /// @inheritdoc IRepairMarket
    function creditOf(address account) external view returns (uint256) {
        return _state.credits[account];
    }

    /// @inheritdoc IRepairMarket
    function unburnt() external view returns (uint256) {
        return _state.unburnt;
    }

    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        _state.credits[account] += amount;
        emit Credited(account, amount);
    }

    function _burn(uint96 amount) internal {
        if (amount != 0) _state.unburnt += amount;
    }

    function _pay(address to, uint256 amount) private {
        if (!ActorAddress.pay(to, amount)) revert RepairMarket_PaymentFailed(to, amount);
    }
}

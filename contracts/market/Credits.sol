// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IMarketCore} from "../interfaces/IMarketCore.sol";
import {ActorAddress} from "../libraries/ActorAddress.sol";
import {Stakes} from "./Stakes.sol";

/// @notice What the market owes to whom. An account is paid only when it calls `withdraw`, so a payee that refuses
/// money blocks nobody else.
abstract contract Credits is IMarketCore, Stakes {
    /// @dev f099, the account whose balance counts as burnt.
    uint64 private constant BURNT_FUNDS_ACTOR = 99;

    /// @inheritdoc IMarketCore
    function withdraw(address to) external {
        uint256 amount = _state.credits[msg.sender];
        if (amount == 0) revert RepairMarket_NothingToWithdraw();
        _state.credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IMarketCore
    function flushBurn() external {
        uint256 amount = _state.unburnt;
        if (amount == 0) revert RepairMarket_NothingToWithdraw();
        _state.unburnt = 0;
        emit BurnFlushed(amount);
        _pay(ActorAddress.maskedOf(BURNT_FUNDS_ACTOR), amount);
    }

    /// @inheritdoc IMarketCore
    function creditOf(address account) external view returns (uint256) {
        return _state.credits[account];
    }

    /// @inheritdoc IMarketCore
    function unburnt() external view returns (uint256) {
        return _state.unburnt;
    }

    function _pay(address to, uint256 amount) private {
        if (!ActorAddress.pay(to, amount)) revert RepairMarket_PaymentFailed(to, amount);
    }
}

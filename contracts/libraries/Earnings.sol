// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Pay that accrues with proven epochs. Cumulative: what is earned depends on how many epochs were proven,
/// never on how often somebody looked, so that N withdrawals equal one.
library Earnings {
    /// @notice One slot.
    /// @param total paid when every epoch is proven, attoFIL
    /// @param withdrawn taken out so far
    /// @param provenEpochs epochs that count
    /// @param duration epochs in all, above 0
    struct Account {
        uint96 total;
        uint96 withdrawn;
        uint32 provenEpochs;
        uint32 duration;
    }

    /// @notice `total × provenEpochs / duration`, rounded down; exact at the end.
    function earned(Account memory account) internal pure returns (uint96) {
        if (account.duration == 0) return 0;
        // Safe: 96 + 32 bits fit 256; the quotient is at most `total` since provenEpochs <= duration.
        unchecked {
            return uint96((uint256(account.total) * account.provenEpochs) / account.duration);
        }
    }

    /// @notice Earned and not yet withdrawn.
    function withdrawable(Account memory account) internal pure returns (uint96) {
        return earned(account) - account.withdrawn;
    }

    /// @notice What is not earned and, at the end, never will be.
    function unearned(Account memory account) internal pure returns (uint96) {
        return account.total - earned(account);
    }
}

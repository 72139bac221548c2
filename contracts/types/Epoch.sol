// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A Filecoin epoch: 30 seconds, and `block.number` on the FEVM.
type Epoch is uint64;

using {
    _eq as ==,
    _ne as !=,
    _lt as <,
    _le as <=,
    _gt as >,
    _ge as >=,
    Epochs.plus,
    Epochs.minus,
    Epochs.since
} for Epoch global;

function _eq(Epoch a, Epoch b) pure returns (bool) {
    return Epoch.unwrap(a) == Epoch.unwrap(b);
}

function _ne(Epoch a, Epoch b) pure returns (bool) {
    return Epoch.unwrap(a) != Epoch.unwrap(b);
}

function _lt(Epoch a, Epoch b) pure returns (bool) {
    return Epoch.unwrap(a) < Epoch.unwrap(b);
}

function _le(Epoch a, Epoch b) pure returns (bool) {
    return Epoch.unwrap(a) <= Epoch.unwrap(b);
}

function _gt(Epoch a, Epoch b) pure returns (bool) {
    return Epoch.unwrap(a) > Epoch.unwrap(b);
}

function _ge(Epoch a, Epoch b) pure returns (bool) {
    return Epoch.unwrap(a) >= Epoch.unwrap(b);
}

/// @notice Arithmetic on epochs; every operation is checked.
library Epochs {
    /// @notice The current epoch.
    function current() internal view returns (Epoch) {
        // Safe: an epoch is 30 seconds, so 2^64 of them outlast any chain.
        return Epoch.wrap(uint64(block.number));
    }

    /// @notice `epoch` + `duration` epochs.
    function plus(Epoch epoch, uint64 duration) internal pure returns (Epoch) {
        return Epoch.wrap(Epoch.unwrap(epoch) + duration);
    }

    /// @notice `epoch` - `duration` epochs.
    function minus(Epoch epoch, uint64 duration) internal pure returns (Epoch) {
        return Epoch.wrap(Epoch.unwrap(epoch) - duration);
    }

    /// @notice The number of epochs from `earlier` to `epoch`; reverts when `earlier` is later.
    function since(Epoch epoch, Epoch earlier) internal pure returns (uint64) {
        return Epoch.unwrap(epoch) - Epoch.unwrap(earlier);
    }
}

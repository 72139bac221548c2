// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Plain requests end at their first completion; a RaaS request's terms live on until cancelled.
///
///   Open ──complete──▶ Completed
///     └────cancel────▶ Cancelled ◀──cancel (RaaS only)── Completed
enum RequestState {
    None,
    Open,
    Completed,
    Cancelled
}

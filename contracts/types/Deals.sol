// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What the market actor f05 (or, for direct onboarding, the sector) says of a deal.
///
///   Published ──sector committed──▶ Active ──end epoch──▶ Ended
///       │                              │
///       └──start epoch missed──▶ Gone ◀┴──terminated, settled
///
/// Unknown: the id was never published. Unreadable: any other exit code; says nothing about the deal.
enum DealState {
    Unknown,
    Published,
    Active,
    Ended,
    Gone,
    Unreadable
}

/// @notice A sector's status, only ever what a miner actor validated as true (FIP-0112); Unproven otherwise.
enum SectorStatus {
    Unproven,
    Active,
    Faulty,
    Dead
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What is wrong with a placement, in the order of the checks.
enum PlacementFault {
    None,
    BadKind,
    IndexDiffers,
    NotInData,
    NotInPiece,
    ProviderNotAllowed,
    DealUnreadable,
    DealNotActive,
    DealDiffers,
    ForeignClient,
    NoNotice,
    TermTooShort,
    NotProvenActive,
    OutOfRange,
    SectorTaken,
    TooManyOnProvider
}

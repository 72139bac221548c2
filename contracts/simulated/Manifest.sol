// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What a provider commits: sectors, ascending by number; their pieces (`parent`: index of the sector) and
/// those pieces' notices (`parent`: index of the piece).
/// @dev Flat, since the compiler's stack cannot decode it nested.
struct Manifest {
    SectorEntry[] sectors;
    PieceEntry[] pieces;
    NoticeEntry[] notices;
}

struct SectorEntry {
    uint64 number;
    uint64 expiration;
}

struct PieceEntry {
    uint64 parent;
    uint64 paddedSize;
    bytes32 root;
}

struct NoticeEntry {
    uint64 parent;
    bytes receiver;
    bytes payload;
}

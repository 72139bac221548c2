// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A Filecoin piece: a full binary SHA-256 tree over 32-byte leaves (top two bits of a node's last byte
/// cleared), `2^height` leaves, so `2^height * 32` padded bytes.
/// @dev A root alone is not a piece: the inner nodes of a large piece form a valid small piece with the same root.
struct Piece {
    bytes32 root;
    uint8 height;
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";

/// @title What miner actors themselves said they sealed
/// @notice Receives `SectorContentChanged` (FIP-0109) from miner actors when they commit or update a sector that holds a
/// piece without an f05 deal (FIP-0076), and remembers it: there is no other way for a contract to know, and a notice lost
/// is lost for ever. Anyone may name it as a receiver, with any payload.
interface ISectorContents {
    /// @notice A piece in a sector.
    struct SectorPiece {
        uint64 provider;
        uint64 sector;
        bytes32 root;
        uint8 height;
    }

    /// @param minimumCommitment the sector's expiration at that moment
    /// @param payloadHash keccak-256 of the payload
    event PieceSealed(
        uint64 indexed provider,
        uint64 indexed sector,
        bytes32 indexed root,
        uint8 height,
        Epoch minimumCommitment,
        bytes32 payloadHash
    );

    error SectorContents_NotMiner(address caller);
    error SectorContents_UnknownMethod(uint64 method);
    error SectorContents_WrongCodec(uint64 codec);

    /// @notice How native actors call contracts. Takes `SectorContentChanged` with codec 0x51 from miner actors (the power
    /// actor says who is one) and answers `true` for each piece kept, `false` for one that no contract could use: a CID
    /// that is no v1 piece CID, a size that is no piece's, a negative commitment.
    // solhint-disable-next-line func-name-mixedcase
    function handle_filecoin_method(
        uint64 method,
        uint64 codec,
        bytes calldata params
    ) external returns (uint32 exitCode, uint64 returnCodec, bytes memory data);

    /// @notice The epoch through which the provider committed the sector when it said that it sealed this piece, whatever
    /// the payload; 0: it never said so.
    function commitmentOf(SectorPiece calldata piece) external view returns (Epoch minimumCommitment);

    /// @notice As above for several, each said with this payload.
    function commitmentsOf(
        SectorPiece[] calldata pieces,
        bytes32 payloadHash
    ) external view returns (Epoch[] memory minimumCommitments);
}

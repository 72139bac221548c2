// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "../types/Epoch.sol";

/// @title What miner actors themselves said they sealed
/// @notice Receives `SectorContentChanged` (FIP-0109) from miner actors when they commit or update a sector that holds
/// a piece without an f05 deal (FIP-0076), and remembers it: there is no other way for a contract to know, and a notice
/// lost is lost for ever. Anyone may name it as a receiver, with any payload.
interface ISectorContents {
    /// @notice A piece in a sector.
    /// @param provider the miner actor's id
    /// @param sector the sector's number
    /// @param root the piece's root
    /// @param height the piece's height: 2^height × 32 padded bytes
    struct SectorPiece {
        uint64 provider;
        uint64 sector;
        bytes32 root;
        uint8 height;
    }

    /// @notice A miner actor said that it sealed this piece.
    /// @param provider its id
    /// @param sector the sector's number
    /// @param root the piece's root
    /// @param height the piece's height
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

    /// @notice The caller is no miner actor, or the power actor could not be asked.
    error SectorContents_NotMiner(address caller);

    /// @notice Only `SectorContentChanged` is answered.
    error SectorContents_UnknownMethod(uint64 method);

    /// @notice Parameters have to be CBOR, codec 0x51.
    error SectorContents_WrongCodec(uint64 codec);

    /// @notice How native actors call contracts. Takes `SectorContentChanged` with codec 0x51 from miner actors only
    /// (the power actor says who is one) and answers `true` for each piece kept, `false` for one that no contract could
    /// use: a CID that is no v1 piece CID, a size that is no piece's, a negative commitment.
    /// Reverts on another method (`SectorContents_UnknownMethod`) or codec (`SectorContents_WrongCodec`), when the
    /// caller is no miner actor (`SectorContents_NotMiner`), and when the parameters are malformed
    /// (`SectorNotice_Malformed`).
    /// @param method the number of `SectorContentChanged`, 2034386435
    /// @param codec of the parameters, 0x51
    /// @param params `[[sector, minimumCommitment, [[cid, paddedSize, payload], …]], …]` in CBOR
    /// @return exitCode 0
    /// @return returnCodec 0x51
    /// @return data `[[bool, …], …]` in CBOR
    function handle_filecoin_method(
        uint64 method,
        uint64 codec,
        bytes calldata params
    ) external returns (uint32 exitCode, uint64 returnCodec, bytes memory data);

    /// @notice The epoch through which the provider committed the sector when it said that it sealed this piece,
    /// whatever the payload. Anyone may call; never reverts.
    /// @param piece where, and which
    /// @return minimumCommitment the epoch that the provider said last; 0: it never said so
    function commitmentOf(SectorPiece calldata piece) external view returns (Epoch minimumCommitment);

    /// @notice As `commitmentOf` for several, each said with this payload. Anyone may call; never reverts.
    /// @param pieces where, and which
    /// @param payloadHash keccak-256 of the payload
    /// @return minimumCommitments the epochs that the providers said last with this payload (of the payload that a
    /// sector named first: with any), in the same order; 0: never said with this payload
    function commitmentsOf(
        SectorPiece[] calldata pieces,
        bytes32 payloadHash
    ) external view returns (Epoch[] memory minimumCommitments);
}

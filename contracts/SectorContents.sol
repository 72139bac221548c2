// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ISectorContents} from "./interfaces/ISectorContents.sol";
import {ActorAddress} from "./libraries/ActorAddress.sol";
import {PieceCid} from "./libraries/PieceCid.sol";
import {PieceTree} from "./libraries/PieceTree.sol";
import {PowerActor} from "./libraries/PowerActor.sol";
import {SectorNotice} from "./libraries/SectorNotice.sol";
import {Epoch} from "./types/Epoch.sol";

/// @title What miner actors themselves said they sealed
/// @notice See `ISectorContents`. A notice is kept in one slot, as long as all that name the piece have one payload.
contract SectorContents is ISectorContents {
    using SectorNotice for SectorNotice.Reader;

    /// @dev One slot: most pieces are told to this contract once, with one payload.
    /// @param commitment the newest minimum commitment epoch, with whatever payload
    /// @param payload the first 24 bytes of the first payload's hash: what the epoch leaves of a slot. Taking one
    /// payload for another needs two that agree in 192 bits: 2^96 hashes for someone who chooses both, 2^192 when one
    /// is given
    struct Notice {
        Epoch commitment;
        bytes24 payload;
    }

    uint64 private constant SECTOR_CONTENT_CHANGED = 2034386435;
    uint64 private constant CODEC_CBOR = 0x51;

    mapping(bytes32 pieceKey => Notice) private _notices;

    /// @dev For payloads after a piece's first.
    mapping(bytes32 pieceKey => mapping(bytes32 payloadHash => Epoch commitment)) private _further;

    /// @inheritdoc ISectorContents
    function handle_filecoin_method(
        uint64 method,
        uint64 codec,
        bytes calldata params
    ) external returns (uint32 exitCode, uint64 returnCodec, bytes memory data) {
        if (method != SECTOR_CONTENT_CHANGED) revert SectorContents_UnknownMethod(method);
        if (codec != CODEC_CBOR) revert SectorContents_WrongCodec(codec);
        (, uint64 caller) = ActorAddress.idOf(msg.sender);
        if (!ActorAddress.isMasked(msg.sender) || !PowerActor.isMiner(caller))
            revert SectorContents_NotMiner(msg.sender);
        return (0, CODEC_CBOR, _receive(caller, params));
    }

    /// @inheritdoc ISectorContents
    function commitmentOf(SectorPiece calldata piece) external view returns (Epoch) {
        return _notices[_keyOf(piece)].commitment;
    }

    /// @inheritdoc ISectorContents
    function commitmentsOf(
        SectorPiece[] calldata pieces,
        bytes32 payloadHash
    ) external view returns (Epoch[] memory commitments) {
        commitments = new Epoch[](pieces.length);
        for (uint256 i; i < pieces.length; ++i) {
            bytes32 key = _keyOf(pieces[i]);
            Notice memory notice = _notices[key];
            commitments[i] = notice.payload == bytes24(payloadHash) ? notice.commitment : _further[key][payloadHash];
        }
    }

    /// @dev `[[sector, minimumCommitment, [[cid, paddedSize, payload], …]], …]` in, `[[bool, …], …]` out.
    function _receive(uint64 provider, bytes calldata params) private returns (bytes memory answer) {
        SectorNotice.Reader memory reader = SectorNotice.open(params);
        uint256 sectors = reader.array();
        answer = SectorNotice.arrayHead(sectors);
        for (uint256 i; i < sectors; ++i) answer = bytes.concat(answer, _receiveSector(provider, reader));
        reader.close();
    }

    function _receiveSector(uint64 provider, SectorNotice.Reader memory reader) private returns (bytes memory) {
        (uint64 sector, int64 commitment, uint256 pieces) = reader.sectorHead();
        bytes memory answers = new bytes(pieces);
        for (uint256 i; i < pieces; ++i) {
            (SectorPiece memory piece, bytes32 payloadHash) = _readPiece(reader);
            piece.provider = provider;
            piece.sector = sector;
            answers[i] = SectorNotice.bool_(_keep(piece, commitment, payloadHash));
        }
        return bytes.concat(SectorNotice.arrayHead(pieces), answers);
    }

    /// @dev Takes whatever a contract could use; anything else is refused without a revert, which would lose the rest.
    function _keep(SectorPiece memory piece, int64 commitment, bytes32 payloadHash) private returns (bool) {
        if (piece.height == 0 || commitment <= 0) return false;
        // Safe: above zero.
        Epoch until = Epoch.wrap(uint64(commitment));
        bytes32 key = _keyOf(piece);
        Notice memory former = _notices[key];
        if (Epoch.unwrap(former.commitment) == 0 || former.payload == bytes24(payloadHash)) {
            _notices[key] = Notice({commitment: until, payload: bytes24(payloadHash)});
        } else {
            _notices[key].commitment = until;
            _further[key][payloadHash] = until;
        }
        emit PieceSealed(piece.provider, piece.sector, piece.root, piece.height, until, payloadHash);
        return true;
    }

    /// @dev Height 0 stands for a piece that is none.
    function _readPiece(
        SectorNotice.Reader memory reader
    ) private pure returns (SectorPiece memory piece, bytes32 payloadHash) {
        (bytes calldata cid, uint64 size, bytes calldata payload) = reader.piece();
        (bool ok, bytes32 root, uint8 height, ) = PieceCid.tryParse(cid);
        if (ok && height == 0 && PieceTree.isPieceSize(size)) {
            piece.root = root;
            piece.height = PieceTree.heightOf(size);
        }
        payloadHash = keccak256(payload);
    }

    function _keyOf(SectorPiece memory p) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(p.provider, p.sector, p.root, p.height));
    }
}

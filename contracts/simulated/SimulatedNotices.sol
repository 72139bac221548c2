// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {EXIT_OK} from "./Actors.sol";
import {CborReader, CborWriter} from "./Cbor.sol";
import {Manifest} from "./Manifest.sol";

/// @notice The messages by which a miner tells receivers of new pieces, and what it makes of their answers (FIP-0109).
/// Pure; apart from the miners only because a contract's code is limited.
contract SimulatedNotices {
    using CborReader for CborReader.Reader;

    int256 private constant EXIT_RESPONSE_INVALID = 1003;
    int256 private constant EXIT_REJECTED = 1004;
    bytes private constant PIECE_CID_PREFIX = hex"0181e203922020";

    /// @notice One message a receiver, receivers in the order of their addresses.
    function messages(
        Manifest calldata manifest
    ) external pure returns (bytes[] memory receivers, bytes[] memory params) {
        receivers = _receivers(manifest);
        params = new bytes[](receivers.length);
        for (uint256 i = 0; i < receivers.length; i++) params[i] = _params(manifest, keccak256(receivers[i]));
    }

    /// @notice What the miner makes of an answer: `[[bool, …], …]`, all true, in the shape of what was sent.
    function verdict(bytes calldata params, bytes calldata returned) external pure returns (int256) {
        CborReader.Reader memory sent = CborReader.over(params);
        CborReader.Reader memory answer = CborReader.over(returned);
        uint64 sectors = sent.readArray();
        if (answer.readArray() != sectors) return EXIT_RESPONSE_INVALID;
        bool accepted = true;
        for (uint256 i = 0; i < sectors; i++) {
            uint64 pieces = _skipSector(sent);
            if (answer.readArray() != pieces) return EXIT_RESPONSE_INVALID;
            for (uint256 j = 0; j < pieces; j++) if (!answer.readBool()) accepted = false;
        }
        if (!answer.finished()) return EXIT_RESPONSE_INVALID;
        return accepted ? EXIT_OK : EXIT_REJECTED;
    }

    function _skipSector(CborReader.Reader memory sent) private pure returns (uint64 pieces) {
        sent.readArray();
        sent.readUint();
        sent.readUint();
        pieces = sent.readArray();
        for (uint256 i = 0; i < pieces; i++) {
            sent.readArray();
            sent.readCid();
            sent.readUint();
            sent.readBytes();
        }
    }

    /// @dev The distinct receivers, sorted as bytes.
    function _receivers(Manifest calldata manifest) private pure returns (bytes[] memory receivers) {
        receivers = new bytes[](manifest.notices.length);
        uint256 count = 0;
        for (uint256 i = 0; i < manifest.notices.length; i++) {
            count = _insert(receivers, count, manifest.notices[i].receiver);
        }
        // Safe: shortens the array to the entries that were filled; count <= its length.
        assembly ("memory-safe") {
            mstore(receivers, count)
        }
    }

    function _insert(bytes[] memory sorted, uint256 count, bytes memory item) private pure returns (uint256) {
        uint256 at = 0;
        while (at < count && _less(sorted[at], item)) at++;
        if (at < count && keccak256(sorted[at]) == keccak256(item)) return count;
        for (uint256 i = count; i > at; i--) sorted[i] = sorted[i - 1];
        sorted[at] = item;
        return count + 1;
    }

    function _less(bytes memory a, bytes memory b) private pure returns (bool) {
        for (uint256 i = 0; i < a.length && i < b.length; i++) if (a[i] != b[i]) return a[i] < b[i];
        return a.length < b.length;
    }

    /// @dev `[[sector, minimum commitment epoch, [[cid, padded size, payload], …]], …]` for one receiver.
    function _params(Manifest calldata manifest, bytes32 receiverHash) private pure returns (bytes memory) {
        uint256 sectors = 0;
        bytes memory body = "";
        for (uint256 i = 0; i < manifest.sectors.length; i++) {
            (bytes memory pieces, uint256 count) = _pieceParams(manifest, i, receiverHash);
            if (count == 0) continue;
            sectors++;
            body = bytes.concat(
                body,
                CborWriter.writeArray(3),
                CborWriter.writeUint(manifest.sectors[i].number),
                CborWriter.writeUint(manifest.sectors[i].expiration),
                CborWriter.writeArray(count),
                pieces
            );
        }
        return bytes.concat(CborWriter.writeArray(sectors), body);
    }

    function _pieceParams(
        Manifest calldata manifest,
        uint256 sector,
        bytes32 receiverHash
    ) private pure returns (bytes memory body, uint256 count) {
        for (uint256 i = 0; i < manifest.notices.length; i++) {
            uint256 piece = manifest.notices[i].parent;
            if (manifest.pieces[piece].parent != sector) continue;
            if (keccak256(manifest.notices[i].receiver) != receiverHash) continue;
            count++;
            body = bytes.concat(
                body,
                CborWriter.writeArray(3),
                CborWriter.writeCid(bytes.concat(PIECE_CID_PREFIX, manifest.pieces[piece].root)),
                CborWriter.writeUint(manifest.pieces[piece].paddedSize),
                CborWriter.writeBytes(manifest.notices[i].payload)
            );
        }
    }
}

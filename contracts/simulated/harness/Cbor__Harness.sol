// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {CborReader, CborWriter} from "../Cbor.sol";

/// @notice The simulated actors' codec, item by item.
// solhint-disable-next-line contract-name-capwords
contract Cbor__Harness {
    using CborReader for CborReader.Reader;

    function writeUint(uint64 value) external pure returns (bytes memory) {
        return CborWriter.writeUint(value);
    }

    function writeInt(int64 value) external pure returns (bytes memory) {
        return CborWriter.writeInt(value);
    }

    function writeBytes(bytes calldata value) external pure returns (bytes memory) {
        return CborWriter.writeBytes(value);
    }

    function writeText(bytes calldata value) external pure returns (bytes memory) {
        return CborWriter.writeText(value);
    }

    function writeBigInt(uint256 value) external pure returns (bytes memory) {
        return CborWriter.writeBigInt(value);
    }

    function readUint(bytes calldata data) external pure returns (bool ok, uint64 value) {
        CborReader.Reader memory reader = CborReader.over(data);
        value = reader.readUint();
        ok = reader.finished();
    }

    function readInt(bytes calldata data) external pure returns (bool ok, int64 value) {
        CborReader.Reader memory reader = CborReader.over(data);
        value = reader.readInt();
        ok = reader.finished();
    }

    function readBytes(bytes calldata data) external pure returns (bool ok, bytes memory value) {
        CborReader.Reader memory reader = CborReader.over(data);
        value = reader.readBytes();
        ok = reader.finished();
    }
}

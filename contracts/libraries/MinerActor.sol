// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SectorStatus} from "../types/Deals.sol";
import {ActorCall} from "./ActorCall.sol";
import {CborAnswer} from "./CborAnswer.sol";
import {CborParams} from "./CborParams.sol";

/// @notice What a miner actor says of its sectors (FIP-0112). No reader reverts.
/// @dev `provider` must be a miner actor: one that f05 named as a deal's provider, or `PowerActor.isMiner`. Any other
/// actor answers what it likes. Locations are opaque bytes; partitions are compacted now and then, so get them just
/// before they are used.
library MinerActor {
    using CborAnswer for bytes;

    uint64 private constant GENERATE_SECTOR_LOCATION = 1321604665;
    uint64 private constant VALIDATE_SECTOR_STATUS = 3092458564;

    /// @dev Heads of CBOR items; a length below 24 is added to that of bytes.
    bytes32 private constant ARRAY_OF_1 = bytes32(bytes1(0x81));
    bytes32 private constant ARRAY_OF_3 = bytes32(bytes1(0x83));
    bytes32 private constant BYTES = bytes32(bytes1(0x40));

    /// @dev The longest location: `[deadline, partition]` takes at most 12 bytes, two integers of up to 2 and 9 bytes,
    /// and 20 however it is written. With the longest sector number it fills one word of parameters.
    uint256 private constant MAX_LOCATION = 20;

    /// @notice Whether the sector is proven to have `status`. False proves nothing: the location may be stale, the
    /// actor no miner, the call short of gas.
    function isStatus(
        uint64 provider,
        uint64 sector,
        SectorStatus status,
        bytes memory location
    ) internal view returns (bool proven) {
        if (status == SectorStatus.Unproven || location.length > MAX_LOCATION) return false;
        (bytes32 number, uint256 length) = CborParams.ofUint(sector);
        bytes32 code = bytes32(bytes1(_codeOf(status)));
        // Safe: at most 20, so the length stands in the head itself.
        bytes32 head = BYTES | bytes32(bytes1(uint8(location.length)));
        bytes32 params =
            ARRAY_OF_3 | (number >> 8) | ((code | (head >> 8) | (bytes32(location) >> 16)) >> (8 + 8 * length));
        length += 3 + location.length;
        (, bytes memory data) = ActorCall.read(provider, VALIDATE_SECTOR_STATUS, params, length);
        (, proven) = data.asBool();
    }

    /// @notice The sector's status and the location that proves it. Searches every partition: meant for `eth_call`.
    function locate(
        uint64 provider,
        uint64 sector
    ) internal view returns (bool ok, SectorStatus status, bytes memory location) {
        (bytes32 number, uint256 length) = CborParams.ofUint(sector);
        bytes32 params = ARRAY_OF_1 | (number >> 8);
        (, bytes memory data) = ActorCall.read(provider, GENERATE_SECTOR_LOCATION, params, length + 1);
        uint64 code;
        (ok, code, location) = data.asUintAndBytes(MAX_LOCATION);
        if (!ok || code > 2) return (false, SectorStatus.Unproven, "");
        return (true, _statusOf(code), location);
    }

    /// @dev Dead 0, Active 1, Faulty 2.
    function _codeOf(SectorStatus status) private pure returns (uint8) {
        if (status == SectorStatus.Active) return 1;
        return status == SectorStatus.Faulty ? 2 : 0;
    }

    function _statusOf(uint64 code) private pure returns (SectorStatus) {
        if (code == 1) return SectorStatus.Active;
        return code == 2 ? SectorStatus.Faulty : SectorStatus.Dead;
    }
}

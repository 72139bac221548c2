// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Uint64CBOR} from "@zondax/filecoin-solidity/contracts/v0.8/cbor/IntCbor.sol";
import {CBORDecoder} from "@zondax/filecoin-solidity/contracts/v0.8/utils/CborDecode.sol";
import {CBOR} from "solidity-cborutils/contracts/CBOR.sol";

import {SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {ActorCall} from "./ActorCall.sol";
import {CborShape} from "./CborShape.sol";

/// @notice What a miner actor says of its sectors (FIP-0112). No reader reverts.
/// @dev `provider` must be a miner actor: one that f05 named as a deal's provider, or `PowerActor.isMiner`. Any other
/// actor answers what it likes. Locations are opaque bytes; partitions are compacted now and then, so get them just
/// before they are used.
library MinerActor {
    using CBOR for CBOR.CBORBuffer;
    using CBORDecoder for bytes;
    using CborShape for bytes;

    uint64 private constant GENERATE_SECTOR_LOCATION = 1321604665;
    uint64 private constant VALIDATE_SECTOR_STATUS = 3092458564;
    uint64 private constant GET_NOMINAL_SECTOR_EXPIRATION = 3010055991;

    /// @dev The longest location read: `[deadline, partition]` takes at most 11 bytes.
    uint256 private constant MAX_LOCATION = 32;

    /// @notice Whether the sector is proven to have `status`. False proves nothing: the location may be stale, the actor
    /// no miner, the call short of gas.
    function isStatus(
        uint64 provider,
        uint64 sector,
        SectorStatus status,
        bytes memory location
    ) internal view returns (bool proven) {
        if (status == SectorStatus.Unproven) return false;
        CBOR.CBORBuffer memory params = CBOR.create(location.length + 32);
        params.startFixedArray(3);
        params.writeUInt64(sector);
        params.writeUInt64(_codeOf(status));
        params.writeBytes(location);
        bytes memory data = ActorCall.read(provider, VALIDATE_SECTOR_STATUS, params.data()).data;
        if (!data.isBool()) return false;
        (proven, ) = data.readBool(0);
    }

    /// @notice The sector's status and the location that proves it. Searches every partition: meant for `eth_call`.
    function locate(
        uint64 provider,
        uint64 sector
    ) internal view returns (bool ok, SectorStatus status, bytes memory location) {
        CBOR.CBORBuffer memory params = CBOR.create(16);
        params.startFixedArray(1);
        params.writeUInt64(sector);
        bytes memory data = ActorCall.read(provider, GENERATE_SECTOR_LOCATION, params.data()).data;
        if (!data.isUintAndBytes(MAX_LOCATION)) return (false, SectorStatus.Unproven, "");
        (uint64 code, uint256 at) = data.readUInt64(1);
        if (code > 2) return (false, SectorStatus.Unproven, "");
        (location, ) = data.readBytes(at);
        return (true, _statusOf(code), location);
    }

    /// @notice The epoch at which the sector was to expire; not updated by an early termination.
    function expirationOf(uint64 provider, uint64 sector) internal view returns (bool ok, Epoch expiration) {
        bytes memory data = ActorCall.read(provider, GET_NOMINAL_SECTOR_EXPIRATION, Uint64CBOR.serialize(sector)).data;
        if (!data.isUint(0)) return (false, expiration);
        (uint64 epoch, ) = data.readUInt64(0);
        return (true, Epoch.wrap(epoch));
    }

    /// @dev Dead 0, Active 1, Faulty 2.
    function _codeOf(SectorStatus status) private pure returns (uint64) {
        if (status == SectorStatus.Active) return 1;
        return status == SectorStatus.Faulty ? 2 : 0;
    }

    function _statusOf(uint64 code) private pure returns (SectorStatus) {
        if (code == 1) return SectorStatus.Active;
        return code == 2 ? SectorStatus.Faulty : SectorStatus.Dead;
    }
}

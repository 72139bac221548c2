// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Placement, PlacementKind} from "./Repair.sol";

/// @notice A `Placement` as it is kept: sector (64 bits), provider (40), f05 deal id (48), validUntil, provenAt and
/// markedAt (32 each), kind (8). Zero: the shard has no place yet. Looks over all shards of a deal take a field or two
/// of each, so it is one word in memory too.
type PackedPlacement is uint256;

using {
    PackedPlacements.unpack,
    PackedPlacements.exists,
    PackedPlacements.copy,
    PackedPlacements.provider,
    PackedPlacements.sector,
    PackedPlacements.validUntil,
    PackedPlacements.provenAt,
    PackedPlacements.markedAt,
    PackedPlacements.proven,
    PackedPlacements.marked
} for PackedPlacement global;

/// @notice The fields of a `PackedPlacement`.
/// @dev Each accessor's cast cuts out its own bits.
library PackedPlacements {
    uint256 private constant PROVIDER = 64;
    uint256 private constant DEAL_ID = 104;
    uint256 private constant VALID_UNTIL = 152;
    uint256 private constant PROVEN_AT = 184;
    uint256 private constant MARKED_AT = 216;
    uint256 private constant KIND = 248;

    function pack(
        uint256 copy_,
        uint48 dealId,
        uint32 validUntil_,
        uint32 provenAt_,
        PlacementKind kind
    ) internal pure returns (PackedPlacement) {
        return
            PackedPlacement.wrap(
                copy_ |
                    (uint256(dealId) << DEAL_ID) |
                    (uint256(validUntil_) << VALID_UNTIL) |
                    (uint256(provenAt_) << PROVEN_AT) |
                    (uint256(kind) << KIND)
            );
    }

    function unpack(PackedPlacement p) internal pure returns (Placement memory) {
        return
            Placement({
                provider: provider(p),
                sector: sector(p),
                dealId: uint48(PackedPlacement.unwrap(p) >> DEAL_ID),
                validUntil: validUntil(p),
                provenAt: provenAt(p),
                markedAt: markedAt(p),
                kind: PlacementKind(PackedPlacement.unwrap(p) >> KIND)
            });
    }

    /// @notice Whether the shard has a place: its kind is not None.
    function exists(PackedPlacement p) internal pure returns (bool) {
        return PackedPlacement.unwrap(p) >> KIND != 0;
    }

    /// @notice Where the sealed copy is: provider << 64 | sector.
    function copy(PackedPlacement p) internal pure returns (uint256) {
        return PackedPlacement.unwrap(p) & ((1 << DEAL_ID) - 1);
    }

    function sector(PackedPlacement p) internal pure returns (uint64) {
        return uint64(PackedPlacement.unwrap(p));
    }

    function provider(PackedPlacement p) internal pure returns (uint40) {
        return uint40(PackedPlacement.unwrap(p) >> PROVIDER);
    }

    function validUntil(PackedPlacement p) internal pure returns (uint32) {
        return uint32(PackedPlacement.unwrap(p) >> VALID_UNTIL);
    }

    function provenAt(PackedPlacement p) internal pure returns (uint32) {
        return uint32(PackedPlacement.unwrap(p) >> PROVEN_AT);
    }

    function markedAt(PackedPlacement p) internal pure returns (uint32) {
        return uint32(PackedPlacement.unwrap(p) >> MARKED_AT);
    }

    /// @notice The same, proven at `time`.
    function proven(PackedPlacement p, uint32 time) internal pure returns (PackedPlacement) {
        uint256 others = PackedPlacement.unwrap(p) & ~(uint256(type(uint32).max) << PROVEN_AT);
        return PackedPlacement.wrap(others | (uint256(time) << PROVEN_AT));
    }

    /// @notice The same, marked lost at `time`; 0: not marked.
    function marked(PackedPlacement p, uint32 time) internal pure returns (PackedPlacement) {
        uint256 others = PackedPlacement.unwrap(p) & ~(uint256(type(uint32).max) << MARKED_AT);
        return PackedPlacement.wrap(others | (uint256(time) << MARKED_AT));
    }
}

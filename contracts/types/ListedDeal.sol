// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Epoch} from "./Epoch.sol";

/// @notice A deal in a piece's list, packed into one slot: deal id (64 bits), provider (64), start (40), end (40), and
/// whether it is a sector onboarded directly. None of these ever changes, so they are read once, when it is listed.
type ListedDeal is uint256;

using {
    ListedDeals.dealId,
    ListedDeals.provider,
    ListedDeals.start,
    ListedDeals.end,
    ListedDeals.isSector,
    ListedDeals.marketActor
} for ListedDeal global;

/// @notice The fields of a `ListedDeal`.
/// @dev Each accessor's cast cuts out its own bits.
library ListedDeals {
    /// @dev The market actor f05.
    uint64 internal constant MARKET = 5;

    uint256 private constant PROVIDER = 64;
    uint256 private constant START = 128;
    uint256 private constant END = 168;
    uint256 private constant SECTOR = 208;

    /// @dev Epochs have 40 bits, which 30 seconds at a time last a million years; the caller checked them.
    function pack(
        uint64 dealId_,
        uint64 provider_,
        uint40 start_,
        uint40 end_,
        bool sector
    ) internal pure returns (ListedDeal) {
        return
            ListedDeal.wrap(
                dealId_ |
                    (uint256(provider_) << PROVIDER) |
                    (uint256(start_) << START) |
                    (uint256(end_) << END) |
                    (uint256(sector ? 1 : 0) << SECTOR)
            );
    }

    /// @notice f05's deal id, or the sector number.
    function dealId(ListedDeal deal) internal pure returns (uint64) {
        return uint64(ListedDeal.unwrap(deal));
    }

    function provider(ListedDeal deal) internal pure returns (uint64) {
        return uint64(ListedDeal.unwrap(deal) >> PROVIDER);
    }

    function start(ListedDeal deal) internal pure returns (Epoch) {
        return Epoch.wrap(uint40(ListedDeal.unwrap(deal) >> START));
    }

    function end(ListedDeal deal) internal pure returns (Epoch) {
        return Epoch.wrap(uint40(ListedDeal.unwrap(deal) >> END));
    }

    function isSector(ListedDeal deal) internal pure returns (bool) {
        return ListedDeal.unwrap(deal) >> SECTOR != 0;
    }

    /// @notice 5, or the provider for a sector.
    function marketActor(ListedDeal deal) internal pure returns (uint64) {
        return isSector(deal) ? provider(deal) : MARKET;
    }
}

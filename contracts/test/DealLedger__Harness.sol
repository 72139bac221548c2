// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DealLedger} from "../dealstatus/DealLedger.sol";
import {DealState} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {ListedDeal, ListedDeals} from "../types/ListedDeal.sol";

/// @notice Exposes how a listed deal is classified and packed.
contract DealLedger__Harness is DealLedger {
    function stateOf(
        uint64 dealId,
        uint40 start,
        uint40 end
    ) external view returns (DealState state, uint64 sector, int256 exitCode) {
        return _stateOf(ListedDeals.pack(dealId, 0, start, end, false));
    }

    function unpack(
        uint64 dealId,
        uint64 provider,
        uint40 start,
        uint40 end,
        bool sector
    ) external pure returns (uint64, uint64, Epoch, Epoch, bool, uint64) {
        ListedDeal deal = ListedDeals.pack(dealId, provider, start, end, sector);
        return (deal.dealId(), deal.provider(), deal.start(), deal.end(), deal.isSector(), deal.marketActor());
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Method numbers of the market actor.
library MarketMethod {
    uint64 internal constant GET_DEAL_DATA_COMMITMENT = 1157985802;
    uint64 internal constant GET_DEAL_CLIENT = 128053329;
    uint64 internal constant GET_DEAL_PROVIDER = 935081690;
    uint64 internal constant GET_DEAL_LABEL = 46363526;
    uint64 internal constant GET_DEAL_TERM = 163777312;
    uint64 internal constant GET_DEAL_TOTAL_PRICE = 4287162428;
    uint64 internal constant GET_DEAL_CLIENT_COLLATERAL = 200567895;
    uint64 internal constant GET_DEAL_PROVIDER_COLLATERAL = 2986712137;
    uint64 internal constant GET_DEAL_VERIFIED = 2627389465;
    uint64 internal constant GET_DEAL_ACTIVATION = 2567238399;
    uint64 internal constant GET_DEAL_SECTOR = 2611213344;
    uint64 internal constant SETTLE = 1900091594;
    uint64 internal constant ADD_BALANCE = 822473126;
    uint64 internal constant SECTOR_CONTENT_CHANGED = 2034386435;

    function isGetter(uint64 method) internal pure returns (bool) {
        return
            method == GET_DEAL_SECTOR ||
            method == GET_DEAL_DATA_COMMITMENT ||
            method == GET_DEAL_CLIENT ||
            method == GET_DEAL_PROVIDER ||
            method == GET_DEAL_LABEL ||
            method == GET_DEAL_TERM ||
            method == GET_DEAL_TOTAL_PRICE ||
            method == GET_DEAL_CLIENT_COLLATERAL ||
            method == GET_DEAL_PROVIDER_COLLATERAL ||
            method == GET_DEAL_VERIFIED ||
            method == GET_DEAL_ACTIVATION;
    }
}

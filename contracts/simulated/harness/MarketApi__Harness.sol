// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MarketAPI} from "@zondax/filecoin-solidity/contracts/v0.8/MarketAPI.sol";
import {MinerAPI} from "@zondax/filecoin-solidity/contracts/v0.8/MinerAPI.sol";
import {PrecompilesAPI} from "@zondax/filecoin-solidity/contracts/v0.8/PrecompilesAPI.sol";
import {SendAPI} from "@zondax/filecoin-solidity/contracts/v0.8/SendAPI.sol";
import {CommonTypes} from "@zondax/filecoin-solidity/contracts/v0.8/types/CommonTypes.sol";
import {MarketTypes} from "@zondax/filecoin-solidity/contracts/v0.8/types/MarketTypes.sol";
import {MinerTypes} from "@zondax/filecoin-solidity/contracts/v0.8/types/MinerTypes.sol";

/// @notice The library's own getters, as they are.
// solhint-disable-next-line contract-name-capwords
contract MarketApi__Harness {
    receive() external payable {}

    function getDealDataCommitment(uint64 id) external returns (MarketTypes.GetDealDataCommitmentReturn memory) {
        return MarketAPI.getDealDataCommitment(id);
    }

    function getDealClient(uint64 id) external returns (uint64) {
        return MarketAPI.getDealClient(id);
    }

    function getDealProvider(uint64 id) external returns (uint64) {
        return MarketAPI.getDealProvider(id);
    }

    function getDealLabel(uint64 id) external returns (CommonTypes.DealLabel memory) {
        return MarketAPI.getDealLabel(id);
    }

    function getDealTerm(uint64 id) external returns (MarketTypes.GetDealTermReturn memory) {
        return MarketAPI.getDealTerm(id);
    }

    function getDealTotalPrice(uint64 id) external returns (CommonTypes.BigInt memory) {
        return MarketAPI.getDealTotalPrice(id);
    }

    function getDealClientCollateral(uint64 id) external returns (CommonTypes.BigInt memory) {
        return MarketAPI.getDealClientCollateral(id);
    }

    function getDealProviderCollateral(uint64 id) external returns (CommonTypes.BigInt memory) {
        return MarketAPI.getDealProviderCollateral(id);
    }

    function getDealVerified(uint64 id) external returns (bool) {
        return MarketAPI.getDealVerified(id);
    }

    function getDealActivation(uint64 id) external returns (MarketTypes.GetDealActivationReturn memory) {
        return MarketAPI.getDealActivation(id);
    }

    function getOwner(uint64 miner) external returns (MinerTypes.GetOwnerReturn memory) {
        return MinerAPI.getOwner(CommonTypes.FilActorId.wrap(miner));
    }

    function getSectorSize(uint64 miner) external returns (uint64) {
        return MinerAPI.getSectorSize(CommonTypes.FilActorId.wrap(miner));
    }

    function send(uint64 actor, uint256 value) external {
        SendAPI.send(CommonTypes.FilActorId.wrap(actor), value);
    }

    function resolveEthAddress(address ethereum) external view returns (uint64) {
        return PrecompilesAPI.resolveEthAddress(ethereum);
    }
}

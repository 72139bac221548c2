// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ActorAddress} from "../libraries/ActorAddress.sol";
import {ActorCall} from "../libraries/ActorCall.sol";
import {MarketActor} from "../libraries/MarketActor.sol";
import {MinerActor} from "../libraries/MinerActor.sol";
import {PowerActor} from "../libraries/PowerActor.sol";
import {DealState, SectorStatus} from "../types/Deals.sol";
import {Epoch} from "../types/Epoch.sol";
import {Piece} from "../types/Piece.sol";

/// @notice Exposes the libraries that ask actors.
contract ActorLibraries__Harness {
    receive() external payable {}

    function send(uint64 actor, uint256 value) external returns (bool) {
        return ActorCall.send(actor, value);
    }

    function pay(address to, uint256 value) external returns (bool) {
        return ActorAddress.pay(to, value);
    }

    /// @dev Takes up to 32 bytes of parameters, as the library does.
    function read(
        uint64 actor,
        uint64 method,
        bytes memory params
    ) external view returns (int256 exitCode, bytes memory data) {
        return ActorCall.read(actor, method, bytes32(params), params.length);
    }

    function idOf(address account) external view returns (bool, uint64) {
        return ActorAddress.idOf(account);
    }

    function resolve(bytes memory filecoinAddress) external view returns (bool, uint64) {
        return ActorAddress.resolve(filecoinAddress);
    }

    function sectorOf(uint64 dealId) external view returns (DealState state, uint64 sector, int256 exitCode) {
        return MarketActor.sectorOf(dealId);
    }

    function commitmentOf(uint64 dealId) external view returns (bool ok, Piece memory piece) {
        return MarketActor.commitmentOf(dealId);
    }

    function providerOf(uint64 dealId) external view returns (bool ok, uint64 actorId) {
        return MarketActor.providerOf(dealId);
    }

    function clientOf(uint64 dealId) external view returns (bool ok, uint64 actorId) {
        return MarketActor.clientOf(dealId);
    }

    function termOf(uint64 dealId) external view returns (bool ok, Epoch start, Epoch end) {
        return MarketActor.termOf(dealId);
    }

    function verifiedOf(uint64 dealId) external view returns (bool ok, bool verified) {
        return MarketActor.verifiedOf(dealId);
    }

    function isStatus(
        uint64 provider,
        uint64 sector,
        SectorStatus status,
        bytes memory location
    ) external view returns (bool) {
        return MinerActor.isStatus(provider, sector, status, location);
    }

    function locate(
        uint64 provider,
        uint64 sector
    ) external view returns (bool ok, SectorStatus status, bytes memory location) {
        return MinerActor.locate(provider, sector);
    }

    function isMiner(uint64 actorId) external view returns (bool) {
        return PowerActor.isMiner(actorId);
    }

    function maskedOf(uint64 actorId) external pure returns (address) {
        return ActorAddress.maskedOf(actorId);
    }

    function isMasked(address account) external pure returns (bool) {
        return ActorAddress.isMasked(account);
    }
}

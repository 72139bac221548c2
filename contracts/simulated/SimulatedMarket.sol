// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    ActorExit,
    CBOR_CODEC,
    EXIT_DEAL_EXPIRED,
    EXIT_DEAL_NOT_ACTIVATED,
    EXIT_FORBIDDEN,
    EXIT_ILLEGAL_ARGUMENT,
    EXIT_ILLEGAL_STATE,
    EXIT_NOT_FOUND,
    EXIT_OK,
    EXIT_READ_ONLY,
    EXIT_SERIALIZATION,
    EXIT_UNHANDLED_MESSAGE,
    FIRST_EXPORTED_METHOD,
    INativeActor,
    KERNEL,
    MARKET_ID,
    maskedAddress
} from "./Actors.sol";
import {CborReader, CborWriter} from "./Cbor.sol";
import {MarketDeals} from "./MarketDeals.sol";
import {MarketMethod} from "./MarketMethod.sol";
import {RlePlus} from "./RlePlus.sol";
import {SimulatedKernel} from "./SimulatedKernel.sol";

/// @notice The market actor f05: what it answers to messages. What becomes of deals is `MarketDeals`.
contract SimulatedMarket is INativeActor, MarketDeals {
    using CborReader for CborReader.Reader;

    /// @inheritdoc INativeActor
    function invoke(
        uint64,
        uint64 method,
        uint64 codec,
        bytes calldata params,
        bool readOnly
    ) external payable returns (int256 exitCode, uint64 returnCodec, bytes memory returned) {
        (exitCode, returned) = _answer(method, codec, params, readOnly);
        if (exitCode != EXIT_OK) {
            if (msg.value > 0) revert ActorExit(exitCode);
            return (exitCode, 0, "");
        }
        if (msg.value > 0) SimulatedKernel(KERNEL).pay{value: msg.value}(maskedAddress(MARKET_ID));
        return (EXIT_OK, returned.length == 0 ? 0 : CBOR_CODEC, returned);
    }

    function _answer(
        uint64 method,
        uint64 codec,
        bytes calldata params,
        bool readOnly
    ) private returns (int256, bytes memory) {
        if (method < FIRST_EXPORTED_METHOD && msg.sender.code.length != 0) return (EXIT_FORBIDDEN, "");
        bool known = MarketMethod.isGetter(method);
        if (!known && method != MarketMethod.SETTLE && method != MarketMethod.ADD_BALANCE) {
            if (method == MarketMethod.SECTOR_CONTENT_CHANGED) return (EXIT_FORBIDDEN, "");
            return (EXIT_UNHANDLED_MESSAGE, "");
        }
        if (codec == 0) return (EXIT_ILLEGAL_ARGUMENT, "");
        if (known) return _get(method, params);
        if (method == MarketMethod.SETTLE) return _settle(params, readOnly);
        return _addBalance(params);
    }

    /// @dev SettleDealPayments: `[bit field of deals]`, bare → `[[succeeded, [[index, exit code], …]], [[paid, done],
    /// …]]`.
    function _settle(bytes memory params, bool readOnly) private returns (int256, bytes memory) {
        CborReader.Reader memory reader = CborReader.over(params);
        bytes memory field = reader.readBytes();
        if (!reader.finished()) return (EXIT_SERIALIZATION, "");
        (bool valid, uint64[] memory ids) = RlePlus.decode(field);
        if (!valid) return (EXIT_SERIALIZATION, "");
        if (readOnly) return (EXIT_READ_ONLY, "");
        bytes memory failures = "";
        bytes memory settlements = "";
        uint256 settled = 0;
        for (uint256 i = 0; i < ids.length; i++) {
            (int256 exitCode, uint256 paid, bool completed) = _settleDeal(ids[i]);
            if (exitCode == EXIT_OK) {
                settled++;
                settlements = bytes.concat(
                    settlements,
                    _pair(CborWriter.writeBigInt(paid), CborWriter.writeBool(completed))
                );
            } else {
                // Safe casts: i is below the member limit, exit codes of deals are small and positive.
                bytes memory code = CborWriter.writeUint(uint64(uint256(exitCode)));
                failures = bytes.concat(failures, _pair(CborWriter.writeUint(uint64(i)), code));
            }
        }
        bytes memory results = _pair(
            CborWriter.writeUint(uint64(settled)),
            bytes.concat(CborWriter.writeArray(ids.length - settled), failures)
        );
        return (EXIT_OK, _pair(results, bytes.concat(CborWriter.writeArray(settled), settlements)));
    }

    function _get(uint64 method, bytes memory params) private view returns (int256, bytes memory) {
        CborReader.Reader memory reader = CborReader.over(params);
        uint64 id = reader.readUint();
        if (!reader.finished()) return (EXIT_SERIALIZATION, "");
        // No list of deals can hold this index.
        if (id == type(uint64).max) return (EXIT_ILLEGAL_STATE, "");
        if (id >= dealCount()) return (EXIT_NOT_FOUND, "");
        Deal storage deal = _deals[id];
        if (_isGone(deal)) return (EXIT_DEAL_EXPIRED, "");
        if (method == MarketMethod.GET_DEAL_SECTOR) {
            if (deal.activatedAt == 0) return (EXIT_DEAL_NOT_ACTIVATED, "");
            return (EXIT_OK, CborWriter.writeUint(deal.sector));
        }
        if (method == MarketMethod.GET_DEAL_ACTIVATION) {
            // Safe: epochs stay far below 2^63.
            int64 activated = deal.activatedAt == 0 ? -1 : int64(deal.activatedAt);
            return (EXIT_OK, _pair(CborWriter.writeInt(activated), CborWriter.writeInt(-1)));
        }
        return (EXIT_OK, _property(method, deal));
    }

    function _property(uint64 method, Deal storage deal) private view returns (bytes memory) {
        if (method == MarketMethod.GET_DEAL_PROVIDER) return CborWriter.writeUint(deal.provider);
        if (method == MarketMethod.GET_DEAL_CLIENT) return CborWriter.writeUint(deal.client);
        if (method == MarketMethod.GET_DEAL_VERIFIED) return CborWriter.writeBool(deal.verified);
        if (method == MarketMethod.GET_DEAL_TERM) {
            return _pair(CborWriter.writeUint(deal.start), CborWriter.writeUint(deal.end - deal.start));
        }
        if (method == MarketMethod.GET_DEAL_DATA_COMMITMENT) {
            return _pair(CborWriter.writeCid(_pieceCid(deal.pieceRoot)), CborWriter.writeUint(deal.paddedSize));
        }
        if (method == MarketMethod.GET_DEAL_LABEL) {
            return deal.textLabel ? CborWriter.writeText(deal.label) : CborWriter.writeBytes(deal.label);
        }
        if (method == MarketMethod.GET_DEAL_TOTAL_PRICE) {
            return CborWriter.writeBigInt(deal.pricePerEpoch * (deal.end - deal.start));
        }
        if (method == MarketMethod.GET_DEAL_CLIENT_COLLATERAL) return CborWriter.writeBigInt(deal.clientCollateral);
        return CborWriter.writeBigInt(deal.providerCollateral);
    }

    /// @dev AddBalance: the address whose escrow grows by the message's value. Escrow is not kept: nothing here spends
    /// it.
    function _addBalance(bytes memory params) private view returns (int256, bytes memory) {
        CborReader.Reader memory reader = CborReader.over(params);
        reader.readBytes();
        if (!reader.finished()) return (EXIT_SERIALIZATION, "");
        return msg.value == 0 ? (EXIT_ILLEGAL_ARGUMENT, bytes("")) : (EXIT_OK, bytes(""));
    }

    function _pair(bytes memory first, bytes memory second) private pure returns (bytes memory) {
        return bytes.concat(CborWriter.writeArray(2), first, second);
    }
}

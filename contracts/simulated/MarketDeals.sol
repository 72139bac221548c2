// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    EXIT_DEAL_EXPIRED,
    EXIT_OK,
    EXIT_SERIALIZATION,
    IMarketOfMiners,
    IMinerClaims,
    MINERS,
    OPERATOR
} from "./Actors.sol";
import {CborReader, CborWriter} from "./Cbor.sol";

/// @notice The deals of f05 and what becomes of them.
///
///   published ──a sector with it commits──▶ active ──past its end, settled──▶ gone
///       │                                     │
///       └──past its start, settled──▶ gone ◀──┴──its sector terminated, or dead of a fault
abstract contract MarketDeals is IMarketOfMiners {
    using CborReader for CborReader.Reader;

    struct Proposal {
        bytes32 pieceRoot;
        uint64 paddedSize;
        uint64 client;
        uint64 provider;
        uint64 start;
        uint64 end;
        bool verified;
        bool textLabel;
        bytes label;
        uint256 pricePerEpoch;
        uint256 clientCollateral;
        uint256 providerCollateral;
    }

    struct Deal {
        bytes32 pieceRoot;
        uint64 client;
        uint64 provider;
        uint64 start;
        uint64 end;
        uint64 paddedSize;
        uint64 sector;
        uint64 activatedAt;
        uint64 paidUntil;
        uint64 goneAt;
        bool gone;
        bool verified;
        bool textLabel;
        uint256 pricePerEpoch;
        uint256 clientCollateral;
        uint256 providerCollateral;
        bytes label;
    }

    uint64 private constant DAY = 2880;
    uint64 private constant MIN_DURATION = 180 * DAY;
    uint64 private constant MAX_DURATION = 1278 * DAY;
    bytes private constant PIECE_CID_PREFIX = hex"0181e203922020";

    /// @dev By deal id, from 0. `goneAt`: the epoch at which the sector's fault kills the deal unless it recovers.
    Deal[] internal _deals;
    mapping(uint64 provider => mapping(uint64 sector => uint64[] dealIds)) private _dealsOf;

    event DealPublished(uint64 indexed dealId, uint64 indexed client, uint64 indexed provider);
    event DealActivated(uint64 indexed dealId, uint64 indexed client, uint64 indexed provider, uint64 sector);
    event DealTerminated(uint64 indexed dealId, uint64 indexed client, uint64 indexed provider);
    event DealCompleted(uint64 indexed dealId, uint64 indexed client, uint64 indexed provider);

    error SimulatedMarket_NotOperator(address operator, address caller);
    error SimulatedMarket_NotMiners(address miners, address caller);
    error SimulatedMarket_NotMiner(uint64 provider);
    error SimulatedMarket_SizeNotPiece(uint64 paddedSize);
    error SimulatedMarket_StartPassed(uint64 start, uint64 epoch);
    error SimulatedMarket_DurationOutOfRange(uint64 least, uint64 most, uint64 duration);

    modifier onlyMiners() {
        if (msg.sender != MINERS) revert SimulatedMarket_NotMiners(MINERS, msg.sender);
        _;
    }

    /// @notice Publishes deals, as a provider's message with the clients' signatures would.
    function publish(Proposal[] calldata proposals) external returns (uint64 firstId) {
        if (msg.sender != OPERATOR) revert SimulatedMarket_NotOperator(OPERATOR, msg.sender);
        firstId = dealCount();
        for (uint256 i = 0; i < proposals.length; i++) {
            _requireValid(proposals[i]);
            _store(proposals[i]);
            // Safe: a handful of proposals a call.
            emit DealPublished(firstId + uint64(i), proposals[i].client, proposals[i].provider);
        }
    }

    /// @notice SettleDealPayments, sent from outside of contracts.
    function settle(uint64[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) _settleDeal(ids[i]);
    }

    /// @inheritdoc IMarketOfMiners
    function sectorContentChanged(
        uint64 provider,
        bytes calldata params
    ) external onlyMiners returns (int256 exitCode, bytes memory returned) {
        CborReader.Reader memory reader = CborReader.over(params);
        uint64 sectors = reader.readArray();
        returned = CborWriter.writeArray(sectors);
        for (uint64 i = 0; i < sectors && !reader.failed; i++) {
            if (reader.readArray() != 3) reader.failed = true;
            uint64 sector = reader.readUint();
            int64 commitment = reader.readInt();
            uint64 pieces = reader.readArray();
            returned = bytes.concat(returned, CborWriter.writeArray(pieces));
            for (uint64 j = 0; j < pieces && !reader.failed; j++) {
                returned = bytes.concat(returned, CborWriter.writeBool(_piece(reader, provider, sector, commitment)));
            }
        }
        if (!reader.finished()) return (EXIT_SERIALIZATION, "");
        return (EXIT_OK, returned);
    }

    /// @inheritdoc IMarketOfMiners
    function scheduleLoss(uint64 provider, uint64 sector, uint64 epoch) external onlyMiners {
        uint64[] storage ids = _dealsOf[provider][sector];
        for (uint256 i = 0; i < ids.length; i++) {
            Deal storage deal = _deals[ids[i]];
            // A deal that ended before the sector dies is paid in full; only settling removes it.
            deal.goneAt = deal.end <= epoch ? 0 : epoch;
        }
    }

    /// @inheritdoc IMarketOfMiners
    function terminate(uint64 provider, uint64 sector, uint64 epoch) external onlyMiners {
        uint64[] storage ids = _dealsOf[provider][sector];
        for (uint256 i = 0; i < ids.length; i++) {
            Deal storage deal = _deals[ids[i]];
            if (deal.gone || deal.end <= epoch) continue;
            deal.gone = true;
            emit DealTerminated(ids[i], deal.client, deal.provider);
        }
    }

    /// @notice Deals by id, from `first`, at most `count`; those that are gone say so in `gone`.
    function deals(uint64 first, uint64 count) external view returns (Deal[] memory page) {
        uint64 end = dealCount();
        if (first > end) first = end;
        if (count > end - first) count = end - first;
        page = new Deal[](count);
        for (uint64 i = 0; i < count; i++) {
            page[i] = _deals[first + i];
            page[i].gone = _isGone(_deals[first + i]);
        }
    }

    function dealsOf(uint64 provider, uint64 sector) external view returns (uint64[] memory) {
        return _dealsOf[provider][sector];
    }

    function dealCount() public view returns (uint64) {
        // Safe: as many pushes never happen.
        return uint64(_deals.length);
    }

    /// @dev Pays what is due since the last time; removes the deal when it ended or missed its start.
    function _settleDeal(uint64 id) internal returns (int256 exitCode, uint256 paid, bool completed) {
        // Settling does not tell a deal that is gone from one that never was.
        if (id >= dealCount() || _isGone(_deals[id])) return (EXIT_DEAL_EXPIRED, 0, false);
        Deal storage deal = _deals[id];
        if (block.number < deal.start) return (EXIT_OK, 0, false);
        if (deal.activatedAt == 0) {
            deal.gone = true;
            return (EXIT_DEAL_EXPIRED, 0, false);
        }
        // Safe: epochs fit 64 bits.
        uint64 until = block.number < deal.end ? uint64(block.number) : deal.end;
        uint64 since = deal.paidUntil > deal.start ? deal.paidUntil : deal.start;
        deal.paidUntil = until;
        completed = until == deal.end;
        if (completed) {
            deal.gone = true;
            emit DealCompleted(id, deal.client, deal.provider);
        }
        return (EXIT_OK, deal.pricePerEpoch * (until - since), completed);
    }

    function _isGone(Deal storage deal) internal view returns (bool) {
        return deal.gone || (deal.goneAt != 0 && block.number >= deal.goneAt);
    }

    function _pieceCid(bytes32 root) internal pure returns (bytes memory) {
        return bytes.concat(PIECE_CID_PREFIX, root);
    }

    function _piece(
        CborReader.Reader memory reader,
        uint64 provider,
        uint64 sector,
        int64 commitment
    ) private returns (bool) {
        if (reader.readArray() != 3) reader.failed = true;
        bytes memory cid = reader.readCid();
        uint64 paddedSize = reader.readUint();
        CborReader.Reader memory payload = CborReader.over(reader.readBytes());
        if (reader.failed) return false;
        uint64 id = payload.readUint();
        if (!payload.finished() || id >= dealCount()) return false;
        Deal storage deal = _deals[id];
        if (deal.gone || deal.activatedAt != 0 || deal.provider != provider || deal.paddedSize != paddedSize)
            return false;
        if (keccak256(cid) != keccak256(_pieceCid(deal.pieceRoot))) return false;
        // Safe casts: epochs stay far below 2^63.
        if (block.number > deal.start || int64(deal.end) > commitment) return false;
        deal.activatedAt = uint64(block.number);
        deal.sector = sector;
        _dealsOf[provider][sector].push(id);
        emit DealActivated(id, deal.client, provider, sector);
        return true;
    }

    function _store(Proposal calldata p) private {
        Deal storage deal = _deals.push();
        deal.pieceRoot = p.pieceRoot;
        deal.client = p.client;
        deal.provider = p.provider;
        deal.start = p.start;
        deal.end = p.end;
        deal.paddedSize = p.paddedSize;
        deal.verified = p.verified;
        deal.textLabel = p.textLabel;
        deal.label = p.label;
        deal.pricePerEpoch = p.pricePerEpoch;
        deal.clientCollateral = p.clientCollateral;
        deal.providerCollateral = p.providerCollateral;
    }

    function _requireValid(Proposal calldata p) private view {
        if (!IMinerClaims(MINERS).isMiner(p.provider)) revert SimulatedMarket_NotMiner(p.provider);
        bool isPiece = p.paddedSize >= 128 && p.paddedSize & (p.paddedSize - 1) == 0;
        if (!isPiece) revert SimulatedMarket_SizeNotPiece(p.paddedSize);
        // Safe: epochs fit 64 bits.
        if (p.start <= block.number) revert SimulatedMarket_StartPassed(p.start, uint64(block.number));
        uint64 duration = p.end > p.start ? p.end - p.start : 0;
        if (duration < MIN_DURATION || duration > MAX_DURATION) {
            revert SimulatedMarket_DurationOutOfRange(MIN_DURATION, MAX_DURATION, duration);
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {
    ActorExit,
    ActorKind,
    EXIT_FORBIDDEN,
    EXIT_UNHANDLED_MESSAGE,
    FIRST_EXPORTED_METHOD,
    INativeActor,
    KERNEL,
    MARKET,
    MARKET_ID,
    MINERS,
    OPERATOR,
    POWER,
    POWER_ID,
    maskedAddress
} from "./Actors.sol";
import {FilecoinAddress} from "./FilecoinAddress.sol";

/// @notice Actor ids and addresses of the local network, and the value that precompiles move.
/// @dev Has no constructor state: its code is put at a fixed address by `hardhat_setCode`.
contract SimulatedKernel is INativeActor {
    struct Actor {
        ActorKind kind;
        address place;
    }

    /// @dev Ids that Ethereum accounts get by themselves lie from here to 2^32. They derive from the address, so that a
    /// read that may not write gives the same id as the write that follows it.
    uint64 private constant FIRST_DERIVED_ID = 1_000_000;
    uint64 private constant FIRST_ID = 1000;
    uint64 private constant BURNT_FUNDS_ID = 99;

    mapping(uint64 id => Actor actor) private _actors;
    mapping(bytes32 addressHash => uint64 id) private _idOfRobust;
    mapping(address ethereum => uint64 id) private _idOfEthereum;
    uint64 private _lastId;

    event ActorAssigned(uint64 indexed id, ActorKind kind, address place, bytes robust);

    error SimulatedKernel_NotOperator(address operator, address caller);
    error SimulatedKernel_IdTaken(uint64 id);
    error SimulatedKernel_NotPaid(address receiver);

    modifier onlyOperator() {
        if (msg.sender != OPERATOR && msg.sender != MINERS) revert SimulatedKernel_NotOperator(OPERATOR, msg.sender);
        _;
    }

    /// @notice Makes a miner or a native account; `id` 0 takes the next free one.
    /// @param robust its f1, f2 or f3 address as bytes; may be empty
    function create(ActorKind kind, uint64 id, bytes calldata robust) external onlyOperator returns (uint64) {
        if (id == 0) id = _nextId();
        if (kindOf(id) != ActorKind.Missing) revert SimulatedKernel_IdTaken(id);
        address place = kind == ActorKind.Native ? MINERS : maskedAddress(id);
        _actors[id] = Actor(kind, place);
        if (robust.length != 0) _idOfRobust[keccak256(robust)] = id;
        emit ActorAssigned(id, kind, place, robust);
        return id;
    }

    /// @notice The next actor made without an id of its own gets `id`, or the first free one after it.
    function continueAt(uint64 id) external onlyOperator {
        _lastId = id - 1;
    }

    /// @notice Gives an Ethereum address its actor id; `id` 0 derives one.
    function assign(address ethereum, uint64 id) external onlyOperator returns (uint64) {
        uint64 known = _idOfEthereum[ethereum];
        if (known != 0 && (id == 0 || id == known)) return known;
        return _assign(ethereum, id == 0 ? _derivedId(ethereum) : id);
    }

    /// @notice The id of an Ethereum address that exists, remembered; as the precompile resolves it.
    function remember(address ethereum) external returns (uint64) {
        uint64 known = _idOfEthereum[ethereum];
        if (known != 0 || !_exists(ethereum)) return known;
        return _assign(ethereum, _derivedId(ethereum));
    }

    /// @notice The actor that a message to `raw` reaches; an address that nobody has yet becomes one.
    function receiverOf(bytes calldata raw) external onlyOperator returns (uint64 id) {
        bool found;
        (, found, id) = resolve(raw);
        if (found) return id;
        (bool valid, FilecoinAddress.Protocol protocol, , address ethereum) = FilecoinAddress.parse(raw);
        if (valid && protocol == FilecoinAddress.Protocol.Delegated && ethereum != address(0)) {
            return _assign(ethereum, _nextId());
        }
    }

    /// @notice Moves the value of this call to `receiver` without running its code.
    function pay(address receiver) external payable {
        // Init code: PUSH20 receiver, SELFDESTRUCT. Pays even an address whose code refuses every call.
        bytes memory code = abi.encodePacked(hex"73", receiver, hex"ff");
        address made;
        // Safe: reads the init code just built, writes no memory.
        assembly ("memory-safe") {
            made := create(callvalue(), add(code, 32), mload(code))
        }
        if (made == address(0)) revert SimulatedKernel_NotPaid(receiver);
    }

    /// @notice Fails when called under STATICCALL; that is all it is for.
    function probeWrite() external {
        // Safe: writes a zero to a slot that nothing uses and that is zero already.
        assembly ("memory-safe") {
            sstore(not(0), 0)
        }
    }

    /// @inheritdoc INativeActor
    /// @dev Answers for the native actors that are not simulated: no contract may call what they have.
    function invoke(
        uint64,
        uint64 method,
        uint64,
        bytes calldata,
        bool
    ) external payable returns (int256, uint64, bytes memory) {
        int256 exitCode = method < FIRST_EXPORTED_METHOD ? EXIT_FORBIDDEN : EXIT_UNHANDLED_MESSAGE;
        if (msg.value > 0) revert ActorExit(exitCode);
        return (exitCode, 0, "");
    }

    /// @notice What `id` is, and where its code or state lives.
    function actor(uint64 id) external view returns (ActorKind kind, address place) {
        if (id == MARKET_ID) return (ActorKind.Native, MARKET);
        if (id == POWER_ID) return (ActorKind.Native, POWER);
        kind = kindOf(id);
        place = _actors[id].place;
        if (place == address(0)) place = kind == ActorKind.Native ? KERNEL : maskedAddress(id);
    }

    /// @notice The f410 address of `id`; empty for native and missing actors.
    function delegatedOf(uint64 id) external view returns (bytes memory) {
        ActorKind kind = kindOf(id);
        if (kind != ActorKind.Ethereum && kind != ActorKind.Contract && kind != ActorKind.Placeholder) return "";
        return FilecoinAddress.delegated(_actors[id].place);
    }

    /// @notice The id behind `raw`.
    /// @return valid `raw` is an address
    /// @return found somebody has it
    function resolve(bytes calldata raw) public view returns (bool valid, bool found, uint64 id) {
        FilecoinAddress.Protocol protocol;
        address ethereum;
        (valid, protocol, id, ethereum) = FilecoinAddress.parse(raw);
        if (!valid) return (false, false, 0);
        if (protocol == FilecoinAddress.Protocol.Id) return (true, true, id);
        if (protocol != FilecoinAddress.Protocol.Delegated) id = _idOfRobust[keccak256(raw)];
        else if (ethereum != address(0)) id = idOf(ethereum);
        return (true, id != 0, id);
    }

    /// @notice The id of an Ethereum address, remembered or not; 0 when nothing is there.
    function idOf(address ethereum) public view returns (uint64) {
        uint64 known = _idOfEthereum[ethereum];
        if (known != 0) return known;
        return _exists(ethereum) ? _derivedId(ethereum) : 0;
    }

    function kindOf(uint64 id) public view returns (ActorKind) {
        if (id <= 7 || id == 10) return ActorKind.Native;
        if (id == BURNT_FUNDS_ID) return ActorKind.Account;
        Actor storage known = _actors[id];
        if (known.kind != ActorKind.Placeholder) return known.kind;
        // What lives at an f410 address can change: accounts appear when paid, contracts when deployed.
        if (known.place.code.length != 0) return ActorKind.Contract;
        return _exists(known.place) ? ActorKind.Ethereum : ActorKind.Placeholder;
    }

    function _assign(address ethereum, uint64 id) private returns (uint64) {
        if (kindOf(id) != ActorKind.Missing || _idOfEthereum[ethereum] != 0) revert SimulatedKernel_IdTaken(id);
        _actors[id] = Actor(ActorKind.Placeholder, ethereum);
        _idOfEthereum[ethereum] = id;
        emit ActorAssigned(id, ActorKind.Placeholder, ethereum, "");
        return id;
    }

    function _nextId() private returns (uint64 id) {
        id = _lastId == 0 ? FIRST_ID : _lastId + 1;
        while (kindOf(id) != ActorKind.Missing) id++;
        _lastId = id;
    }

    function _exists(address ethereum) private view returns (bool) {
        return ethereum.codehash != 0;
    }

    function _derivedId(address ethereum) private pure returns (uint64) {
        uint256 range = (1 << 32) - FIRST_DERIVED_ID;
        // Safe: the remainder is below 2^32.
        return FIRST_DERIVED_ID + uint64(uint256(keccak256(abi.encode(ethereum))) % range);
    }
}

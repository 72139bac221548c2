// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @dev Where the simulated actors live on a local network. Real precompiles and native actors have no storage that a
/// contract can reach, so the code at their own addresses holds none either: it forwards to these.
address constant KERNEL = 0xF110000000000000000000000000000000000001;
address constant POWER = 0xF110000000000000000000000000000000000004;
address constant MARKET = 0xf110000000000000000000000000000000000005;
address constant MINERS = 0xf110000000000000000000000000000000000006;
address constant NOTICES = 0xF110000000000000000000000000000000000007;

/// @dev Stands for everything that happens outside contracts: providers' messages, clients' signatures, time.
address constant OPERATOR = 0xf1100000000000000000000000000000000000ff;

uint64 constant POWER_ID = 4;
uint64 constant MARKET_ID = 5;

/// @dev Methods below are internal to native actors: a contract that calls one is refused (exit 18).
uint64 constant FIRST_EXPORTED_METHOD = 1 << 24;

uint64 constant CBOR_CODEC = 0x51;

/// @dev Exit codes that actors answer with.
int256 constant EXIT_OK = 0;
int256 constant EXIT_OUT_OF_GAS = 7;
int256 constant EXIT_ILLEGAL_ARGUMENT = 16;
int256 constant EXIT_NOT_FOUND = 17;
int256 constant EXIT_FORBIDDEN = 18;
int256 constant EXIT_ILLEGAL_STATE = 20;
int256 constant EXIT_SERIALIZATION = 21;
int256 constant EXIT_UNHANDLED_MESSAGE = 22;
int256 constant EXIT_READ_ONLY = 25;
int256 constant EXIT_DEAL_EXPIRED = 32;
int256 constant EXIT_DEAL_NOT_ACTIVATED = 33;
int256 constant EXIT_REVERTED = 33;

/// @dev System errors, as the FVM hands them to a contract: negated.
int256 constant ERROR_INSUFFICIENT_FUNDS = -5;
int256 constant ERROR_NOT_FOUND = -6;
int256 constant ERROR_READ_ONLY = -13;

/// @notice What an actor id stands for.
/// Native: an actor of the system or a miner; Account: an f1 or f3 account; Ethereum: an externally owned f410
/// account; Placeholder: an f410 address that was sent to before anything lives there.
enum ActorKind {
    Missing,
    Native,
    Account,
    Ethereum,
    Contract,
    Placeholder
}

/// @notice A native actor's control contract reverts with its exit code when it was sent value that must go back.
error ActorExit(int256 exitCode);

/// @dev The masked id address of an actor: 0xff ‖ 11 zero bytes ‖ id.
function maskedAddress(uint64 id) pure returns (address) {
    return address((uint160(0xff) << 152) | uint160(id));
}

/// @notice What a precompile asks of the contract that holds a native actor's state.
interface INativeActor {
    /// @notice One message to actor `id`; the answer in the precompile's own shape.
    /// @param readOnly the message may not change state
    function invoke(
        uint64 id,
        uint64 method,
        uint64 codec,
        bytes calldata params,
        bool readOnly
    ) external payable returns (int256 exitCode, uint64 returnCodec, bytes memory returned);
}

/// @notice What the market and power actors ask of the miners.
interface IMinerClaims {
    function isMiner(uint64 id) external view returns (bool);

    /// @notice The claim that the power actor holds: raw bytes of proven, healthy sectors.
    function powerOf(uint64 id) external view returns (bool found, uint256 power);
}

/// @notice What the miners tell the market.
interface IMarketOfMiners {
    /// @notice SectorContentChanged from miner `provider` (FIP-0109): activates the deals whose ids the payloads hold.
    function sectorContentChanged(
        uint64 provider,
        bytes calldata params
    ) external returns (int256 exitCode, bytes memory returned);

    /// @notice From `epoch` on the deals of a sector are gone, unless the call comes again; 0: they live on.
    function scheduleLoss(uint64 provider, uint64 sector, uint64 epoch) external;

    /// @notice The sector died before its time at `epoch`: its running deals are deleted at once.
    function terminate(uint64 provider, uint64 sector, uint64 epoch) external;
}

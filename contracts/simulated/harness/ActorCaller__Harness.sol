// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A contract that calls whatever it is told to, and hands back what came of it.
// solhint-disable-next-line contract-name-capwords
contract ActorCaller__Harness {
    enum Kind {
        DelegateCall,
        Call,
        StaticCall
    }

    struct Outcome {
        bool ok;
        bytes out;
    }

    uint256 public count;

    receive() external payable {}

    /// @dev Any other call writes: an actor's message under read-only must fail here.
    fallback() external payable {
        count++;
    }

    function forward(Kind kind, address to, bytes calldata data) external payable returns (Outcome memory) {
        return _forward(kind, to, data);
    }

    function forwardAll(Kind kind, address to, bytes[] calldata data) external returns (Outcome[] memory outcomes) {
        outcomes = new Outcome[](data.length);
        for (uint256 i = 0; i < data.length; i++) outcomes[i] = _forward(kind, to, data[i]);
    }

    function codeOf(address at) external view returns (uint256 size, bytes32 hash) {
        return (at.code.length, at.codehash);
    }

    function _forward(Kind kind, address to, bytes calldata data) private returns (Outcome memory outcome) {
        // solhint-disable avoid-low-level-calls
        if (kind == Kind.DelegateCall) (outcome.ok, outcome.out) = to.delegatecall(data);
        else if (kind == Kind.Call) (outcome.ok, outcome.out) = to.call(data);
        else (outcome.ok, outcome.out) = to.staticcall(data);
        // solhint-enable avoid-low-level-calls
    }
}

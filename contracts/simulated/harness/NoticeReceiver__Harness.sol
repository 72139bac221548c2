// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice A contract that remembers the last notification and answers as it was told to.
// solhint-disable-next-line contract-name-capwords
contract NoticeReceiver__Harness {
    struct Reply {
        bool reverts;
        uint32 exitCode;
        uint64 codec;
        bytes returned;
    }

    address public sender;
    uint64 public method;
    uint64 public codec;
    bytes public params;
    uint256 public notices;
    Reply private _reply;

    error NoticeReceiver__Harness_Refused();

    function replyWith(Reply calldata reply) external {
        _reply = reply;
    }

    // solhint-disable-next-line func-name-mixedcase
    function handle_filecoin_method(
        uint64 calledMethod,
        uint64 calledCodec,
        bytes calldata calledParams
    ) external returns (uint32, uint64, bytes memory) {
        if (_reply.reverts) revert NoticeReceiver__Harness_Refused();
        (sender, method, codec, params) = (msg.sender, calledMethod, calledCodec, calledParams);
        notices++;
        return (_reply.exitCode, _reply.codec, _reply.returned);
    }
}

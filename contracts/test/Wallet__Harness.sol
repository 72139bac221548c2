// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A contract that acts for whoever calls it, vouches for one digest at a time, and takes money or does not.
contract Wallet__Harness is IERC1271 {
    bytes32 public vouched;
    bool public refusing;
    address public reenter;
    bytes public reenterData;
    bool public reentered;

    error Wallet__Refused();

    receive() external payable {
        if (refusing) revert Wallet__Refused();
        if (reenter != address(0)) {
            (reentered, ) = reenter.call(reenterData);
        }
    }

    function vouch(bytes32 digest) external {
        vouched = digest;
    }

    function refuse(bool refuse_) external {
        refusing = refuse_;
    }

    function reenterWith(address target, bytes calldata data) external {
        reenter = target;
        reenterData = data;
    }

    function run(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory answer) = target.call{value: msg.value}(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 0x20), mload(answer))
            }
        }
        return answer;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == vouched ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

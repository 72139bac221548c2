// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A wallet that turns on whoever calls it: as a payee, and as a client that is asked for its signature.
contract HostileWallet__Harness is IERC1271 {
    enum Mood {
        Calm,
        Refuse,
        Bomb,
        BombAndRefuse,
        Exhaust
    }

    struct Call {
        address target;
        bytes data;
    }

    /// @dev A mebibyte: what a caller that copies the answer pays for.
    uint256 private constant BOMB = 1 << 20;

    Mood public mood;
    uint256 public payments;
    uint256 public succeeded;
    Call[] private _onPayment;

    error HostileWallet__Failed(bytes answer);

    /// @dev Tries each of the calls, once for each payment, and counts those that work.
    receive() external payable {
        ++payments;
        for (uint256 i; i < _onPayment.length; ++i) {
            (bool success, ) = _onPayment[i].target.call(_onPayment[i].data);
            if (success) ++succeeded;
        }
        _act();
    }

    function turn(Mood mood_) external {
        mood = mood_;
    }

    function reenterWith(Call[] calldata calls) external {
        for (uint256 i; i < calls.length; ++i) _onPayment.push(calls[i]);
    }

    function run(address target, bytes calldata data) external payable returns (bytes memory) {
        (bool success, bytes memory answer) = target.call{value: msg.value}(data);
        if (!success) revert HostileWallet__Failed(answer);
        return answer;
    }

    /// @dev Vouches for anything, in its own way.
    function isValidSignature(bytes32, bytes calldata) external view returns (bytes4) {
        _act();
        return IERC1271.isValidSignature.selector;
    }

    function _act() private view {
        Mood how = mood;
        if (how == Mood.Calm) return;
        // Not memory-safe on purpose: each branch ends the call.
        assembly {
            switch how
            case 1 {
                revert(0, 0)
            }
            case 2 {
                // Begins with what a signature's caller wants to read.
                mstore(0, shl(224, 0x1626ba7e))
                return(0, BOMB)
            }
            case 3 {
                revert(0, BOMB)
            }
            default {
                invalid()
            }
        }
    }
}

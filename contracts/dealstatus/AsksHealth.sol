// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DealHealth} from "./DealHealth.sol";

/// @notice Passes views on to `DealHealth`, whose code is made with this contract and fixed for ever.
abstract contract AsksHealth {
    /// @notice Where the code of the views that ask actors is.
    address public immutable health = address(new DealHealth());

    /// @dev Sound because `DealHealth` has views only: it changes no state. Solidity alone does not know that a
    /// DELEGATECALL inside a STATICCALL is legal.
    function _askHealth() internal view {
        function() asking = _delegateToHealth;
        function() view asView;
        // Memory-safe: touches no memory.
        assembly ("memory-safe") {
            asView := asking
        }
        // Ends the call with the answer: its callers' own returns are never reached, and only name what it has.
        asView();
    }

    /// @dev Passes the call on as it came and ends it with the answer as it came.
    function _delegateToHealth() private {
        address to = health;
        // Writes over memory from 0 on, which is safe as control never goes back to Solidity.
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), to, 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if iszero(success) {
                revert(0, returndatasize())
            }
            return(0, returndatasize())
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice What a Lotus node was asked about when its answers were recorded: a contract that fails in every way.
contract LotusRecorded {
    uint256 public x;

    event L(address indexed who, uint256 n);

    error Bad(uint256 a, string why);

    function log(uint256 n) external {
        for (uint256 i = 0; i < n; i++) emit L(msg.sender, i);
        x++;
    }

    function custom() external pure {
        revert Bad(7, "because");
    }

    function str() external pure {
        // solhint-disable-next-line gas-custom-errors
        revert("plain words");
    }

    function pan() external pure returns (uint256) {
        uint256[] memory none = new uint256[](0);
        return none[3];
    }

    function ass() external pure {
        assert(false);
    }

    function empty() external pure {
        // solhint-disable-next-line gas-custom-errors, reason-string
        revert();
    }

    /// @dev More memory than any gas pays for.
    function burn() external pure returns (uint256 found) {
        // Safe: it never returns.
        assembly ("memory-safe") {
            found := mload(shl(40, 1))
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @notice Asks many contracts in one call and gives their answers as they came: no ABI, nothing decoded, nothing
/// encoded.
/// @dev Input: for each question the contract (20 bytes), the length of the calldata (2 bytes), the calldata; without
/// any calldata the answer is the account's balance. Output: for each answer its length (4 bytes) and its bytes.
// solhint-disable-next-line contract-name-capwords
contract ReadMany__Harness {
    fallback() external {
        // All memory is this block's own: the call ends in it.
        assembly {
            let out := 0
            for {
                let at := 0
            } lt(at, calldatasize()) {} {
                let head := calldataload(at)
                let target := shr(96, head)
                let length := and(shr(80, head), 0xffff)
                switch length
                case 0 {
                    mstore(out, shl(224, 32))
                    mstore(add(out, 4), balance(target))
                    out := add(out, 36)
                }
                default {
                    calldatacopy(out, add(at, 22), length)
                    if iszero(staticcall(gas(), target, out, length, 0, 0)) {
                        returndatacopy(0, 0, returndatasize())
                        revert(0, returndatasize())
                    }
                    mstore(out, shl(224, returndatasize()))
                    returndatacopy(add(out, 4), 0, returndatasize())
                    out := add(out, add(4, returndatasize()))
                }
                at := add(at, add(22, length))
            }
            return(0, out)
        }
    }
}

// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @dev One of every shape that storage takes, for the names and prices that the gas model gives them.
contract StorageShapes {
    struct Terms {
        uint64 target;
        uint64 threshold;
        uint256 price;
    }

    struct Request {
        address client;
        Terms terms;
        bytes32 piece;
    }

    address private immutable _peer;

    uint256 public count;
    Request[] private _requests;
    mapping(bytes32 piece => uint256[]) private _requestsOf;
    mapping(address client => mapping(uint256 id => Terms)) private _termsOf;
    uint32[] private _small;
    bytes private _blob;
    uint256[4] private _fixed;
    uint256 private transient _lock;

    event Pushed(uint256 indexed id);

    error StorageShapes_Refused(uint256 id);

    constructor(address peer) {
        _peer = peer;
    }

    function push(bytes32 piece) external returns (uint256 id) {
        id = _requests.length;
        _requests.push(Request(msg.sender, Terms(1, 2, 3), piece));
        _requestsOf[piece].push(id + 1);
        emit Pushed(id);
    }

    function setTerms(uint256 id, uint64 target) external {
        _termsOf[msg.sender][id].target = target;
    }

    function setRest(uint256 index, bytes calldata blob) external {
        _small.push(7);
        _blob = blob;
        _fixed[index] = 9;
    }

    /// @dev Writes before and after calling another contract.
    function writeAroundCall() external {
        count += 1;
        StorageShapes(_peer).increment();
        count += 1;
    }

    /// @dev The same, with one write.
    function writeAfterCall() external {
        StorageShapes(_peer).increment();
        count += 2;
    }

    function increment() external {
        count += 1;
    }

    function locked() external {
        _lock = 1;
        _lock = 0;
    }

    function refuse(uint256 id) external {
        count = id;
        revert StorageShapes_Refused(id);
    }

    function pay(address payable to) external payable {
        // The result does not matter here.
        (bool paid, ) = to.call{value: msg.value}("");
        paid;
    }
}

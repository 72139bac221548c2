#!/usr/bin/env bash
# Regenerates what is derived from the sources and fails when it differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

# Types of all contracts are written anew; contracts are compiled only where they changed.
rm -rf typechain-types
npx hardhat typechain >/dev/null
npx hardhat run --no-compile scripts/interfaces.ts
npx hardhat run --no-compile scripts/answers.ts >/dev/null
derived=(typechain-types abi contracts/storage-layout.json docs/answers.md)
stale=$(git status --porcelain -- "${derived[@]}")
if [ -n "$stale" ]; then
  echo "Stale: they are now as 'npm run derived' generated them; look at what differs, and commit it:" >&2
  echo "$stale" >&2
  exit 1
fi
echo "Fresh: ${derived[*]}"

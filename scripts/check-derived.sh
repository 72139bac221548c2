#!/usr/bin/env bash
# Regenerates what is derived from the sources and fails when it differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

npx hardhat clean >/dev/null
npx hardhat compile --quiet
stale=$(git status --porcelain -- typechain-types)
if [ -n "$stale" ]; then
  echo "typechain-types is stale; run 'npx hardhat compile' and commit it:" >&2
  echo "$stale" >&2
  exit 1
fi
echo "typechain-types is fresh"

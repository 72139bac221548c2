#!/usr/bin/env bash
# Regenerates what is derived from the sources and fails when it differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

# Types of all contracts are written anew; contracts are compiled only where they changed.
rm -rf typechain-types
npx hardhat typechain >/dev/null
npx hardhat run --no-compile scripts/answers.ts >/dev/null
stale=$(git status --porcelain -- typechain-types docs/answers.md)
if [ -n "$stale" ]; then
  echo "Stale: run 'rm -rf typechain-types && npx hardhat typechain && npx hardhat run scripts/answers.ts' and commit:" >&2
  echo "$stale" >&2
  exit 1
fi
echo "typechain-types and docs/answers.md are fresh"

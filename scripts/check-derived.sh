#!/usr/bin/env bash
# Regenerates what is derived from the sources and fails when it differs from what is committed.
set -euo pipefail
cd "$(dirname "$0")/.."

npx hardhat clean >/dev/null
npx hardhat compile --quiet
npx hardhat run --no-compile scripts/answers.ts >/dev/null
stale=$(git status --porcelain -- typechain-types docs/answers.md)
if [ -n "$stale" ]; then
  echo "Stale: run 'npx hardhat clean && npx hardhat compile && npx hardhat run scripts/answers.ts' and commit:" >&2
  echo "$stale" >&2
  exit 1
fi
echo "typechain-types and docs/answers.md are fresh"

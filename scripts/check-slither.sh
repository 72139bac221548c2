#!/usr/bin/env bash
# Runs Slither over the product's contracts and fails on every finding of high or medium impact that docs/security.md does
# not answer. Needs python3; Slither itself is installed into a folder of its own when it is not on the PATH.
set -euo pipefail
cd "$(dirname "$0")/.."

slither=$(command -v slither || true)
if [ -z "$slither" ]; then
  python3 -m venv cache/slither
  cache/slither/bin/pip install --quiet slither-analyzer==0.11.6
  slither=$PWD/cache/slither/bin/slither
fi

# Slither cannot read what was compiled piece by piece: then all of it is compiled at once.
npx hardhat compile --quiet
if [ "$(find artifacts/build-info -name '*.json' | wc -l)" -ne 1 ]; then npx hardhat compile --force --quiet; fi
report=$(mktemp -d)
trap 'rm -rf "$report"' EXIT
# Slither's exit code counts findings, answered or not: what decides is the comparison below.
"$slither" . --hardhat-ignore-compile --filter-paths "node_modules|contracts/simulated|contracts/test" \
  --exclude-informational --exclude-optimization --exclude-low --json "$report/slither.json" >"$report/log" 2>&1 || true
if [ ! -s "$report/slither.json" ]; then
  cat "$report/log" >&2
  echo "Slither gave no report" >&2
  exit 1
fi
npx ts-node --transpile-only scripts/check-slither.ts "$report/slither.json"

#!/usr/bin/env bash
# Format, lint, types, derived files, sizes, kernels: two parts at once, what each said when it has ended. Nothing reads
# typechain-types while they are written anew.
set -uo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

part() {
  local name=$1 began=$SECONDS
  if npm run --silent "$name" >"$folder/$name" 2>&1; then
    printf '── %s: %d s\n' "$name" $((SECONDS - began))
  else
    touch "$folder/failed"
    { printf '── %s FAILED\n' "$name" && cat "$folder/$name"; } >&2
  fi
}

{ part derived; part sizes; } &
{ part format:check; part lint:contracts; part lint:stair; part kernels; } &
wait
part lint:code &
part types &
wait
[ ! -e "$folder/failed" ]

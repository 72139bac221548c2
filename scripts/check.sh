#!/usr/bin/env bash
# Format, lint, types, derived files, sizes, kernels: two parts at once, what each said when it has ended. Nothing reads
# typechain-types while they are written again.
set -uo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A part that did not say so has not passed: also one that was killed.
part() {
  local name=$1 began=$SECONDS
  if npm run --silent "$name" >"$folder/$name.log" 2>&1; then
    printf '── %s: %d s\n' "$name" $((SECONDS - began))
    touch "$folder/$name.passed"
  else
    { printf '── %s FAILED\n' "$name" && cat "$folder/$name.log"; } >&2
  fi
}

{ part derived; part sizes; } &
{ part format:check; part lint:contracts; part kernels; } &
wait
part lint:code &
{ part lint:stair; part types; } &
wait

status=0
for name in derived sizes format:check lint:contracts kernels lint:code lint:stair types; do
  if [ ! -e "$folder/$name.passed" ]; then
    printf '%s has not passed\n' "$name" >&2
    status=1
  fi
done
exit "$status"

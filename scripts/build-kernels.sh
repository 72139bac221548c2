#!/bin/sh
# Builds the WebAssembly kernels: kernels/*.ts → kernels/data.wasm and kernels/data.relaxed.wasm.
# With --check: builds elsewhere and fails when the committed files are not what the source gives.
set -eu
cd "$(dirname "$0")/.."

target=kernels
if [ "${1:-}" = "--check" ]; then
  target=$(mktemp -d)
  trap 'rm -rf "$target"' EXIT
fi

build() { # FILE [OPTION…]
  out=$1
  shift
  node_modules/.bin/asc kernels/index.ts --outFile "$target/$out" --runtime stub --noAssert --importMemory \
    --memoryBase 0 --enable simd -O3 --converge --uncheckedBehavior always "$@"
}
build data.wasm
build data.relaxed.wasm --enable relaxed-simd

if [ "$target" != kernels ]; then
  for file in data.wasm data.relaxed.wasm; do
    cmp "$target/$file" "kernels/$file" || {
      echo "kernels/$file is not what the source gives: run npm run build:kernels and commit it." >&2
      exit 1
    }
  done
  echo "The kernels are what their source gives."
fi

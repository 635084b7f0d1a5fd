# Sourced by the scripts beside it: where libltn is installed, and where cargo builds.
# shellcheck shell=bash
set -euo pipefail
RUST="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
ROOT="$(cd "$RUST/../.." && pwd)"
PREFIX="${PREFIX:-$("$ROOT/tools/lib/build_prefix" release)}"
CACHE="${LTN_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ltn}"
export RUST ROOT PREFIX CACHE
export PKG_CONFIG_PATH="$PREFIX/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export LD_LIBRARY_PATH="$PREFIX/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export CARGO_TARGET_DIR="$CACHE/rust-target"
# Nothing here is worth a second build of the same crate for the sake of faster rebuilds.
export CARGO_INCREMENTAL=0

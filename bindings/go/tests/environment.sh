# Where the module's tests find the library, and where they build. Sourced.
# shellcheck shell=bash
set -euo pipefail
module="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
root="$(cd "$module/../.." && pwd)"
cache="${LTN_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ltn}/go"
prefix="$("$root/tools/lib/build_prefix" "${LTN_GO_PRESET:-release}")"
export LTN_PREFIX="$prefix"
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
export LD_LIBRARY_PATH="$prefix/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
mkdir -p "$cache"

# go_build NAME PACKAGE: a program of the module, in the cache folder; prints its path.
go_build()
{
    (cd "$module" && go build -o "$cache/$1" "$2") >&2
    echo "$cache/$1"
}

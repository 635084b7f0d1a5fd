# Shared by the scripts under tools/: where things are, how to speak, how to run something long.
# shellcheck shell=bash
set -euo pipefail

LTN_ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
LTN_CACHE="${LTN_CACHE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/ltn}"
export LTN_ROOT LTN_CACHE

say() { printf '%s\n' "$*" >&2; }

die()
{
    printf '%s: %s\n' "$(basename "$0")" "$*" >&2
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

cores()
{
    nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2
}

sha256_of()
{
    if have sha256sum; then
        sha256sum "$1" | cut -d' ' -f1
    else
        shasum -a 256 "$1" | cut -d' ' -f1
    fi
}

sha256_of_stdin()
{
    if have sha256sum; then
        sha256sum | cut -d' ' -f1
    else
        shasum -a 256 | cut -d' ' -f1
    fi
}

# version_at_least HAVE WANTED
version_at_least()
{
    [ "$1" = "$2" ] || [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# run_step LABEL COMMAND...: its output goes to a log; success is at most one line, failure shows the
# log's end. What takes long says so every 20 s, because silence looks like a hang.
run_step()
{
    local label=$1 log started status=0 ticker
    shift
    mkdir -p "$LTN_ROOT/build/log"
    log="$LTN_ROOT/build/log/$(printf '%s' "$label" | tr -c 'a-zA-Z0-9._-' '-').log"
    started=$SECONDS
    (
        trap 'kill "$!" 2>/dev/null; exit 0' TERM
        sleep 1 &
        wait "$!"
        say "  $label ..."
        while true; do
            sleep 20 &
            wait "$!"
            say "  $label: $((SECONDS - started)) s, $(tail -n 1 "$log" 2>/dev/null | cut -c1-70)"
        done
    ) </dev/null >/dev/null &
    ticker=$!
    "$@" >"$log" 2>&1 </dev/null || status=$?
    kill "$ticker" 2>/dev/null || true
    wait "$ticker" 2>/dev/null || true
    if [ "$status" -ne 0 ]; then
        tail -n 60 "$log" >&2
        say "  $label: failed after $((SECONDS - started)) s; all of its output: $log"
        return "$status"
    fi
    [ $((SECONDS - started)) -lt 2 ] || say "  $label: $((SECONDS - started)) s"
}

# with_lock FILE COMMAND...: one at a time on this machine. A lock of a process that has died is
# released by the system (flock) or found stale by its pid (elsewhere).
with_lock()
{
    local lock=$1
    shift
    mkdir -p "$(dirname "$lock")"
    if have flock; then
        (
            flock -n 9 || { say "  waiting for another run that holds $lock"; flock 9; }
            "$@" 9>&-
        ) 9>>"$lock"
        return
    fi
    local owner
    until mkdir "$lock.d" 2>/dev/null; do
        owner=$(cat "$lock.d/pid" 2>/dev/null || echo)
        if [ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null; then
            rm -rf "$lock.d"
            continue
        fi
        sleep 1
    done
    echo $$ >"$lock.d/pid"
    local status=0
    "$@" || status=$?
    rm -rf "$lock.d"
    return "$status"
}

# The third way to a source: Debian's source packages, through an apt directory of our own, so that
# nothing in the system's apt changes and no root is needed. apt checks the signature of the index and
# the index names the archive's SHA-256.
# shellcheck shell=bash

LTN_DEBIAN_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror that this machine already uses, so that a site's own mirror or proxy serves us too.
debian_mirror()
{
    local found
    found=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources \
        2>/dev/null | sed -nE -e 's/^[[:space:]]*#.*//' -e 's/^URIs:[[:space:]]*([^[:space:]]+).*/\1/p' \
        -e 's/^deb(-src)?([[:space:]]+\[[^]]*\])?[[:space:]]+([^[:space:]]+).*/\3/p' |
        grep -E '/debian/?$' | head -n 1)
    printf '%s\n' "${found:-http://deb.debian.org/debian}"
}

# private_apt SUITE TOOL ARGS...: apt with its own lists, cache and one suite. The index of a suite is
# fetched when it is first asked for: usually the first one has all that is needed.
private_apt()
{
    local suite=$1 tool=$2 dir="$LTN_CACHE/apt/$1"
    shift 2
    "$tool" -qq \
        -o Dir::Etc::sourcelist="$dir/sources.list" -o Dir::Etc::sourceparts=- \
        -o Dir::State::lists="$dir/lists" -o Dir::Cache="$dir/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
        -o Acquire::http::ConnectionAttemptDelayMsec=250 -o Acquire::Retries=1 \
        -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 "$@"
}

debian_update()
{
    local suite=$1 dir="$LTN_CACHE/apt/$1" stamp="$LTN_CACHE/apt/$1/updated"
    [ -z "$(find "$stamp" -mmin -60 2>/dev/null)" ] || return 0
    mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial"
    printf 'deb-src [signed-by=%s] %s %s main\n' "$LTN_DEBIAN_KEYRING" "$(debian_mirror)" "$suite" \
        >"$dir/sources.list"
    say "    asking Debian $suite ($(debian_mirror))"
    if ! private_apt "$suite" apt-get update -o APT::Update::Error-Mode=any >"$dir/log" 2>&1; then
        say "    Debian $suite: $(grep -m 1 -E '^(E|W):' "$dir/log" || echo 'no index')"
        return 1
    fi
    touch "$stamp"
}

# Upstream part of a Debian version: no epoch, no revision, no repacking suffix.
upstream_version()
{
    sed -E -e 's/^[0-9]+://' -e 's/-[^-]*$//' -e 's/[+~](dfsg|ds|repack|really).*$//' <<<"$1"
}

# debian_version SUITE PACKAGE LEAST -> the newest Debian version that is new enough
debian_version()
{
    local version best=""
    while read -r version; do
        version_at_least "$(upstream_version "$version")" "$3" || continue
        if [ -z "$best" ] || dpkg --compare-versions "$version" gt "$best"; then
            best=$version
        fi
    done < <(private_apt "$1" apt-cache showsrc --only-source "$2" 2>/dev/null |
        sed -n 's/^Version: //p')
    [ -n "$best" ] && printf '%s\n' "$best"
}

source_from_debian()
{
    local library=$1 package least suite version file name upstream known
    have apt-get && have dpkg || return 1
    if [ ! -f "$LTN_DEBIAN_KEYRING" ]; then
        say "    Debian: expected $LTN_DEBIAN_KEYRING (package debian-archive-keyring)"
        return 1
    fi
    package=$(pin debian "$library")
    least=$(pin least "$library")
    for suite in $(awk -F'\t' '$1 == "suites" { gsub(",", " ", $2); print $2 }' "$LTN_PINS"); do
        with_lock "$LTN_CACHE/apt/$suite.lock" debian_update "$suite" || continue
        version=$(debian_version "$suite" "$package" "$least") || continue
        local work="$LTN_CACHE/apt/$suite/$package.$$"
        mkdir -p "$work"
        # --tar-only: the packaging of a moving suite can be gone while the archive is there.
        # --only-source: libuv1 is also the name of a binary package.
        if ! (cd "$work" && private_apt "$suite" apt-get source --only-source --tar-only \
            --download-only -t "$suite" "$package=$version" >log 2>&1); then
            say "    $library $version: Debian $suite names it and does not deliver, going on"
            rm -rf "$work"
            continue
        fi
        file=$(find "$work" -maxdepth 1 -name '*.orig.tar.*' ! -name '*.asc' | head -n 1)
        if [ -z "$file" ]; then
            rm -rf "$work"
            continue
        fi
        name=$(basename "$file")
        upstream=$(upstream_version "$version")
        known=$(pin archive "$library" | awk -F'\t' -v v="$upstream" '$1 == v { print $2 }')
        if [ -n "$known" ]; then
            take_if_pinned "$file" "$known" "Debian $suite, $name" || { rm -rf "$work"; continue; }
            mv -f "$file" "$LTN_SOURCES/$name"
            file="$LTN_SOURCES/$name"
        else
            mkdir -p "$LTN_SOURCES/$library-signed"
            mv -f "$file" "$LTN_SOURCES/$library-signed/$name"
            file="$LTN_SOURCES/$library-signed/$name"
            sha256_of "$file" >"$file.sha256"
            say "    $library $upstream is newer than the pinned ones; Debian's index vouches for it"
        fi
        rm -rf "$work"
        say "    $library $upstream: Debian $suite"
        printf '%s\n' "$file"
        return 0
    done
    return 1
}

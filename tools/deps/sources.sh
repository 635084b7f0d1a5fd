# Where a source archive is looked for: a mirror, the release's own address, Debian's signed index.
# shellcheck shell=bash
#
# Every function that finds one prints its path in the cache. What is printed was compared with a
# pinned SHA-256, or, for a version newer than the pinned ones, with Debian's signed index (by apt).

LTN_PINS="$LTN_ROOT/tools/deps/pins.tsv"
LTN_SOURCES="$LTN_CACHE/sources"
LTN_CONNECT_LIMIT_S=5

# pin KIND LIBRARY -> the remaining fields of its rows
pin()
{
    awk -F'\t' -v kind="$1" -v library="$2" \
        '$1 == kind && $2 == library { sub(/^[^\t]*\t[^\t]*\t/, ""); print }' "$LTN_PINS"
}

pinned_sha256_ok()
{
    [ -f "$1" ] && [ "$(sha256_of "$1")" = "$2" ]
}

# download ADDRESS FILE
download()
{
    local part="$2.part.$$"
    if have curl; then
        curl --silent --show-error --fail --location --connect-timeout "$LTN_CONNECT_LIMIT_S" \
            --speed-limit 1000 --speed-time 30 --output "$part" "$1" 2>"$part.why" || {
            say "    $(basename "$2"): $(tail -n 1 "$part.why" | sed 's/^curl: //')"
            rm -f "$part" "$part.why"
            return 1
        }
    elif have wget; then
        wget --quiet --tries=1 --timeout=30 --connect-timeout="$LTN_CONNECT_LIMIT_S" \
            --output-document="$part" "$1" || {
            say "    $(basename "$2"): $1 does not answer"
            rm -f "$part"
            return 1
        }
    else
        say "    $(basename "$2"): neither curl nor wget is here"
        return 1
    fi
    rm -f "$part.why"
    mv -f "$part" "$2"
}

# take_if_pinned FILE SHA256 FROM: moves a download into place, or throws it away.
take_if_pinned()
{
    local have_sha
    have_sha=$(sha256_of "$1")
    if [ "$have_sha" != "$2" ]; then
        say "    $3: expected SHA-256 $2, got $have_sha: not used"
        rm -f "$1"
        return 1
    fi
}

source_in_cache()
{
    local library=$1 version sha names url name
    while IFS=$'\t' read -r version sha names url; do
        for name in ${names//,/ }; do
            if pinned_sha256_ok "$LTN_SOURCES/$name" "$sha"; then
                printf '%s\n' "$LTN_SOURCES/$name"
                return 0
            fi
        done
    done < <(pin archive "$library")
    # A newer one that came through apt carries the mark of the index that vouched for it.
    for name in "$LTN_SOURCES/$library"-signed/*; do
        [ -f "$name" ] || continue
        case "$name" in *.sha256) continue ;; esac
        if pinned_sha256_ok "$name" "$(cat "$name.sha256" 2>/dev/null)"; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

source_from_mirror()
{
    local library=$1 version sha names url name target
    [ -n "${LTN_DEPS_MIRROR:-}" ] || return 1
    while IFS=$'\t' read -r version sha names url; do
        for name in ${names//,/ }; do
            target="$LTN_SOURCES/$name"
            case "$LTN_DEPS_MIRROR" in
                http://* | https://*)
                    download "${LTN_DEPS_MIRROR%/}/$name" "$target.mirror" || continue
                    ;;
                *)
                    [ -f "$LTN_DEPS_MIRROR/$name" ] || continue
                    cp "$LTN_DEPS_MIRROR/$name" "$target.mirror"
                    ;;
            esac
            take_if_pinned "$target.mirror" "$sha" "$LTN_DEPS_MIRROR/$name" || continue
            mv -f "$target.mirror" "$target"
            say "    $library $version: from $LTN_DEPS_MIRROR"
            printf '%s\n' "$target"
            return 0
        done
    done < <(pin archive "$library")
    say "    $library: LTN_DEPS_MIRROR ($LTN_DEPS_MIRROR) has no archive that the table knows"
    return 1
}

source_from_release()
{
    local library=$1 version sha names url target
    while IFS=$'\t' read -r version sha names url; do
        [ "$url" != "-" ] || continue
        target="$LTN_SOURCES/${names##*,}"
        download "$url" "$target.release" || continue
        take_if_pinned "$target.release" "$sha" "$url" || continue
        mv -f "$target.release" "$target"
        say "    $library $version: from its release"
        printf '%s\n' "$target"
        return 0
    done < <(pin archive "$library")
    return 1
}

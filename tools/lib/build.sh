# Configuring and building a preset, for the scripts under tools/.
# shellcheck shell=bash

# preset_dir PRESET
preset_dir()
{
    if [ "$1" = release ]; then
        echo "$LTN_ROOT/build"
    else
        echo "$LTN_ROOT/build/$1"
    fi
}

# The prefix that a configured tree was made with is gone, for example with the cache folder.
prefix_is_gone()
{
    local archive
    archive=$(grep -m 1 -oE '[^ ]*/lib/libwolfssl\.a' "$1/build.ninja" 2>/dev/null) || return 1
    [ ! -f "$archive" ]
}

# build_preset PRESET [TARGET...]: nothing to do takes well under a second.
build_preset()
{
    local preset=$1 dir args=()
    shift
    dir=$(preset_dir "$preset")
    cd "$LTN_ROOT" || return 1
    if [ ! -f "$dir/build.ninja" ] || prefix_is_gone "$dir"; then
        local flavour=release cc=cc cxx=c++
        case "$preset" in
            asan) flavour=address+undefined ;;
            tsan) flavour=thread ;;
            fuzz) flavour=address+undefined cc=clang cxx=clang++ ;;
            clang) cc=clang cxx=clang++ ;;
        esac
        # Here as well as in CMake, because its progress is worth seeing.
        "$LTN_ROOT/tools/deps/ensure" --flavour "$flavour" --cc "$cc" --cxx "$cxx" >/dev/null
        run_step "configuring $preset" cmake --preset "$preset" ${LTN_CMAKE_ARGS:-}
    fi
    [ $# -eq 0 ] || args=(--target "$@")
    run_step "building $preset" cmake --build "$dir" --parallel "${LTN_JOBS:-$(cores)}" "${args[@]}"
}

build_release()
{
    build_preset release ltn_shared ltn_program ltn_static
}

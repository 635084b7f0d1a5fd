# System packages: what is missing is announced and installed where we may, otherwise one command
# says how.
# shellcheck shell=bash

# name in a row | how to see that it is there | apt | dnf | pacman | brew (- : not needed there)
LTN_PACKAGES_BUILD='
compiler|cmd:c++|g++|gcc-c++|gcc|-
make|cmd:make|make|make|make|-
cmake|cmd:cmake|cmake|cmake|cmake|cmake
ninja|cmd:ninja|ninja-build|ninja-build|ninja|ninja
pkg-config|cmd:pkg-config|pkg-config|pkgconf-pkg-config|pkgconf|pkg-config
autoconf|cmd:autoreconf|autoconf|autoconf|autoconf|autoconf
automake|cmd:automake|automake|automake|automake|automake
libtool|cmd:libtoolize,glibtoolize|libtool|libtool|libtool|libtool
xz|cmd:xz|xz-utils|xz|xz|xz
certificates|path:/etc/ssl/certs|ca-certificates|ca-certificates|ca-certificates|-
libsodium|pc:libsodium|libsodium-dev|libsodium-devel|libsodium|libsodium
nlohmann-json|header:nlohmann/json.hpp|nlohmann-json3-dev|json-devel|nlohmann-json|nlohmann-json
toml++|header:toml++/toml.h|libtomlplusplus-dev|tomlplusplus-devel|tomlplusplus|tomlplusplus
CLI11|header:CLI/CLI.hpp|libcli11-dev|cli11-devel|cli11|cli11
libwebsockets|pc:libwebsockets|libwebsockets-dev|libwebsockets-devel|libwebsockets|libwebsockets
fmt|header:fmt/format.h|libfmt-dev|fmt-devel|fmt|fmt
'
LTN_PACKAGES_TEST='
cmocka|pc:cmocka|libcmocka-dev|libcmocka-devel|cmocka|cmocka
python|cmd:python3|python3|python3|python|python
clang|cmd:clang++|clang|clang|clang|llvm
clang runtime|clang-runtime|@clang-rt|compiler-rt|compiler-rt|-
clang-format|cmd:clang-format|clang-format|clang-tools-extra|clang|clang-format
clang-tidy|cmd:clang-tidy|clang-tidy|clang-tools-extra|clang|llvm
shellcheck|cmd:shellcheck|shellcheck|ShellCheck|shellcheck|shellcheck
'

package_is_there()
{
    local probe=$1 name
    case "$probe" in
        cmd:*)
            for name in $(tr ',' ' ' <<<"${probe#cmd:}"); do
                have "$name" && return 0
            done
            return 1
            ;;
        pc:*) have pkg-config && pkg-config --exists "${probe#pc:}" ;;
        path:*) [ -e "${probe#path:}" ] ;;
        header:*)
            # Asked, not included: reading these headers takes a second each.
            have c++ && printf '#if !__has_include(<%s>)\n#error\n#endif\n' "${probe#header:}" |
                c++ -std=c++20 -E -x c++ - >/dev/null 2>&1
            ;;
        clang-runtime)
            have clang || return 1
            local runtime
            runtime=$(clang -print-file-name="libclang_rt.fuzzer-$(uname -m).a" 2>/dev/null)
            [ -f "$runtime" ] && return 0
            runtime=$(clang -fsanitize=fuzzer -print-runtime-dir 2>/dev/null)
            compgen -G "$runtime/*clang_rt.fuzzer*" >/dev/null
            ;;
    esac
}

# The sanitizer runtime's package carries clang's version in its name.
clang_runtime_package()
{
    local major
    major=$(apt-cache depends clang 2>/dev/null | sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
    echo "libclang-rt-${major:-14}-dev"
}

apt_install()
{
    local root=() arg packages=()
    if [ "$(id -u)" -ne 0 ]; then
        root=(sudo -n)
    fi
    for arg in "$@"; do
        if [ "$arg" = "@clang-rt" ]; then
            arg=$(clang_runtime_package)
            # Releases before 14 have the runtime in another package.
            apt-cache show "$arg" >/dev/null 2>&1 || continue
        fi
        packages+=("$arg")
    done
    say "installing system packages with apt-get: ${packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends -o DPkg::Lock::Timeout=300 "${packages[@]}"
}

# need_packages build|test...
need_packages()
{
    local set rows="" name probe apt dnf pacman brew
    local apt_names=() dnf_names=() pacman_names=() brew_names=() missing=()
    for set in "$@"; do
        case "$set" in
            build) rows+=$LTN_PACKAGES_BUILD ;;
            test) rows+=$LTN_PACKAGES_TEST ;;
        esac
    done
    while IFS='|' read -r name probe apt dnf pacman brew; do
        [ -n "$name" ] || continue
        package_is_there "$probe" && continue
        missing+=("$name")
        apt_names+=("$apt")
        dnf_names+=("$dnf")
        pacman_names+=("$pacman")
        [ "$brew" = "-" ] || brew_names+=("$brew")
    done <<<"$rows"
    # The archive's keyring belongs to the third way to the sources; only apt can use it.
    if have apt-get && [ ! -f /usr/share/keyrings/debian-archive-keyring.gpg ]; then
        missing+=(debian-archive-keyring)
        apt_names+=(debian-archive-keyring)
    fi
    [ ${#missing[@]} -gt 0 ] || return 0

    if have apt-get && { [ "$(id -u)" -eq 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }; then
        run_step "apt-get update" apt_update
        run_step "apt-get install ${apt_names[*]}" apt_install "${apt_names[@]}"
        return
    fi
    say "missing on this machine: ${missing[*]}. Install with:"
    if have apt-get; then
        say "  sudo apt-get install ${apt_names[*]/@clang-rt/$(clang_runtime_package)}"
    elif have dnf; then
        say "  sudo dnf install ${dnf_names[*]}"
    elif have pacman; then
        say "  sudo pacman -S --needed ${pacman_names[*]}"
    elif have brew; then
        say "  brew install ${brew_names[*]}"
    else
        say "  (apt)    apt-get install ${apt_names[*]/@clang-rt/$(clang_runtime_package)}"
        say "  (dnf)    dnf install ${dnf_names[*]}"
        say "  (pacman) pacman -S --needed ${pacman_names[*]}"
        say "  (brew)   brew install ${brew_names[*]}"
    fi
    exit 1
}

# A list that cannot be refreshed (one dead third-party source) may still serve what we need.
apt_update()
{
    if [ "$(id -u)" -eq 0 ]; then
        apt-get update -qq || true
    else
        sudo -n apt-get update -qq || true
    fi
}

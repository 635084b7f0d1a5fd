# How the three libraries are built. This file is part of the name of a cache entry: whatever changes
# here gives a new entry. Inputs: CC, CXX, LTN_FLAVOUR (release or sanitizers joined by +), LTN_JOBS.
# The functions check every command themselves, because `set -e` does not hold inside a condition.
# shellcheck shell=bash

# Only our own code is held to the undefined-behaviour sanitizer; the three libraries take part in
# finding memory errors and races, which need instrumentation on both sides.
flavour_flags()
{
    case "$LTN_FLAVOUR" in
        release) echo "-O3" ;;
        *thread*) echo "-O1 -g -fsanitize=thread" ;;
        *address*) echo "-O1 -g -fsanitize=address" ;;
        *) return 1 ;;
    esac
}

common_flags()
{
    echo "$(flavour_flags) -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections"
}

unpack()
{
    mkdir -p "$2"
    tar -xf "$1" -C "$2" --strip-components=1
}

wolfssl_assembly_options()
{
    case "$(uname -m)" in
        x86_64 | amd64) echo "--enable-intelasm --enable-aesni --enable-sp-asm" ;;
        aarch64 | arm64) echo "--enable-armasm --enable-sp-asm" ;;
    esac
}

# A symbol of each piece of assembly that carries our traffic; wolfSSL's own CMake build, for one,
# leaves them out without a word and is twenty times slower.
wolfssl_assembly_symbols()
{
    case "$(uname -m)" in
        x86_64 | amd64)
            echo "AES_GCM_encrypt_update_avx2 AES_GCM_encrypt_update_aesni chacha_encrypt_avx2" \
                "poly1305_blocks_avx2 curve25519_avx2 sp_256_mont_mul_avx2_4"
            ;;
        aarch64 | arm64) echo "AES_GCM_encrypt_AARCH64 curve25519 sp_256_mont_mul_4" ;;
    esac
}

build_wolfssl()
{
    local source=$1 prefix=$2
    cd "$source" || return 1
    ./autogen.sh || return 1
    # WOLFSSL_QUIC_MAX_RECORD_CAPACITY: without it a declared length reserves 1 MiB.
    # CUSTOM_RAND_GENERATE_BLOCK: src/quic/tls feeds all randomness, so that a seed replays.
    # HAVE_AES_ECB: ngtcp2's header protection. WOLFSSL_TICKET_NONCE_MALLOC: rustls' tickets have
    # nonces of 32 bytes where wolfSSL takes 8.
    local flags
    flags="$(common_flags) -DWOLFSSL_QUIC_MAX_RECORD_CAPACITY=32768"
    flags+=" -DCUSTOM_RAND_GENERATE_BLOCK=ltn_tls_random -DWOLFSSL_ECDSA_DETERMINISTIC_K"
    flags+=" -DHAVE_AES_ECB -DWOLFSSL_TICKET_NONCE_MALLOC -DWOLFSSL_ALT_NAMES"
    # shellcheck disable=SC2046
    ASAN_OPTIONS=detect_leaks=0 CFLAGS="$flags" ./configure --prefix="$prefix" \
        --libdir="$prefix/lib" --enable-static --disable-shared --enable-quic --disable-hashdrbg \
        $(wolfssl_assembly_options) --enable-sp=yes --enable-aesgcm-stream \
        --enable-session-ticket --enable-hkdf --enable-ed25519 --enable-curve25519 \
        --enable-certgen --enable-certext --enable-keygen --enable-keying-material \
        --disable-mlkem --disable-oldtls --disable-examples --disable-crypttests \
        --disable-benchmark --disable-dependency-tracking || return 1
    make -j"$LTN_JOBS" && make install
}

check_wolfssl()
{
    local symbol symbols missing=""
    symbols=$(nm "$1/lib/libwolfssl.a" 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u)
    for symbol in $(wolfssl_assembly_symbols) wolfSSL_set_quic_method \
        wolfSSL_export_keying_material wolfSSL_EVP_aes_128_ecb; do
        grep -qxE "_?$symbol" <<<"$symbols" || missing+=" $symbol"
    done
    if [ -n "$missing" ]; then
        echo "wolfSSL: expected these symbols in libwolfssl.a, they are not there:$missing"
        return 1
    fi
}

build_cmake()
{
    local source=$1 prefix=$2
    shift 2
    cmake -S "$source" -B "$source/ltn-build" -G Ninja -DCMAKE_BUILD_TYPE=None \
        -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" \
        -DCMAKE_C_FLAGS="$(common_flags)" -DCMAKE_CXX_FLAGS="$(common_flags)" \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DCMAKE_INSTALL_PREFIX="$prefix" \
        -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_PREFIX_PATH="$prefix" "$@" &&
        cmake --build "$source/ltn-build" --parallel "$LTN_JOBS" &&
        cmake --install "$source/ltn-build"
}

build_libuv()
{
    build_cmake "$1" "$2" -DLIBUV_BUILD_SHARED=OFF -DLIBUV_BUILD_TESTS=OFF -DBUILD_TESTING=OFF || return 1
    # Some releases call the static library libuv_a.a.
    [ -f "$2/lib/libuv.a" ] || cp "$2/lib/libuv_a.a" "$2/lib/libuv.a"
}

# NOMEMPOOL is what ngtcp2's configure calls --disable-mempool. With its pools every connection has
# room of its own for 16 streams, 16 packets and 16 frames, of which an idle one uses about one each:
# 9.5 KiB. Without them the allocator of src/quic/memory.h keeps what is free, for all connections of
# an endpoint. An ngtcp2 that was built with pools serves as well.
build_ngtcp2()
{
    build_cmake "$1" "$2" -DCMAKE_C_FLAGS="$(common_flags) -DNOMEMPOOL" -DENABLE_LIB_ONLY=ON \
        -DENABLE_WOLFSSL=ON -DENABLE_OPENSSL=OFF -DENABLE_SHARED_LIB=OFF \
        -DENABLE_STATIC_LIB=ON -DBUILD_TESTING=OFF
}

# A packager's way: installed ngtcp2, wolfSSL and libuv. What an installed one lacks is refused by
# name, because most of it would fail only much later, or not fail and be slow or unsafe.
include(CheckCSourceCompiles)
include(CMakePushCheckState)

file(STRINGS "${PROJECT_SOURCE_DIR}/tools/deps/pins.tsv" ltn_pins REGEX "^least\t")
foreach(pin IN LISTS ltn_pins)
    string(REPLACE "\t" ";" pin "${pin}")
    list(GET pin 1 name)
    list(GET pin 2 LTN_LEAST_${name})
endforeach()

pkg_check_modules(WOLFSSL REQUIRED IMPORTED_TARGET "wolfssl>=${LTN_LEAST_wolfssl}")
pkg_check_modules(NGTCP2 REQUIRED IMPORTED_TARGET "libngtcp2>=${LTN_LEAST_ngtcp2}"
    "libngtcp2_crypto_wolfssl>=${LTN_LEAST_ngtcp2}")
pkg_check_modules(UV REQUIRED IMPORTED_TARGET "libuv>=${LTN_LEAST_libuv}")

set(ltn_lacking)
# ltn_require_wolfssl(WHAT condition of the preprocessor)
function(ltn_require_wolfssl what condition)
    string(MAKE_C_IDENTIFIER "LTN_WOLFSSL_HAS_${what}" variable)
    cmake_push_check_state(RESET)
    set(CMAKE_REQUIRED_INCLUDES ${WOLFSSL_INCLUDE_DIRS})
    set(CMAKE_REQUIRED_QUIET ON)
    # Compiled, not linked: the random hook may stand unresolved in a static wolfSSL.
    set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
    check_c_source_compiles("
        #include <wolfssl/options.h>
        #define ltn_tls_random 1
        #define other_hook 0
        #if !(${condition})
        #error lacking
        #endif
        int ltn_probe;" ${variable})
    cmake_pop_check_state()
    if(NOT ${variable})
        set(ltn_lacking "${ltn_lacking};${what}" PARENT_SCOPE)
    endif()
endfunction()

ltn_require_wolfssl("QUIC (--enable-quic)" "defined(WOLFSSL_QUIC)")
ltn_require_wolfssl("the exporter (--enable-keying-material)" "defined(HAVE_KEYING_MATERIAL)")
ltn_require_wolfssl("session tickets (--enable-session-ticket)" "defined(HAVE_SESSION_TICKET)")
ltn_require_wolfssl("32-byte ticket nonces (-DWOLFSSL_TICKET_NONCE_MALLOC)"
    "defined(WOLFSSL_TICKET_NONCE_MALLOC)")
ltn_require_wolfssl("AES-ECB (-DHAVE_AES_ECB)" "defined(HAVE_AES_ECB)")
ltn_require_wolfssl("AES by the block (-DWOLFSSL_AES_DIRECT)" "defined(WOLFSSL_AES_DIRECT)")
ltn_require_wolfssl("HKDF (--enable-hkdf)" "defined(HAVE_HKDF)")
ltn_require_wolfssl("ChaCha20-Poly1305 (--enable-chacha --enable-poly1305)"
    "defined(HAVE_CHACHA) && defined(HAVE_POLY1305)")
ltn_require_wolfssl("a bound on records (-DWOLFSSL_QUIC_MAX_RECORD_CAPACITY=32768)"
    "defined(WOLFSSL_QUIC_MAX_RECORD_CAPACITY)")
ltn_require_wolfssl("the random hook (-DCUSTOM_RAND_GENERATE_BLOCK=ltn_tls_random)"
    "defined(CUSTOM_RAND_GENERATE_BLOCK) && CUSTOM_RAND_GENERATE_BLOCK + 0 == 1")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    ltn_require_wolfssl("assembly (--enable-intelasm --enable-aesni)" "defined(WOLFSSL_AESNI)")
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    ltn_require_wolfssl("assembly (--enable-armasm)" "defined(WOLFSSL_ARMASM)")
endif()
if(ltn_lacking)
    list(REMOVE_ITEM ltn_lacking "")
    list(JOIN ltn_lacking "\n  " ltn_lacking)
    message(FATAL_ERROR "The installed wolfSSL ${WOLFSSL_VERSION} lacks:\n  ${ltn_lacking}\n"
        "Build it with these, or leave LTN_SYSTEM_DEPS off.")
endif()

set(LTN_STATIC_ARCHIVES PkgConfig::NGTCP2 PkgConfig::WOLFSSL PkgConfig::UV)
set(ltn_deps_include ${NGTCP2_INCLUDE_DIRS} ${WOLFSSL_INCLUDE_DIRS} ${UV_INCLUDE_DIRS})

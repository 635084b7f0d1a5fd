#include <cstring>

#include "abi/handles.h"
#include "codec/text.h"
#include "crypto/secret.h"
#include "crypto/sr25519.h"
#include "wallet/key_file.h"

using namespace ltn;

extern "C" {

ltn_status ltn_seed_generate(uint8_t seed[LTN_SEED_LEN])
{
    if (seed == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (Error error = runtime::init_process(); !error.ok()) return abi::status_of(error.code);
        runtime::fill_random({seed, LTN_SEED_LEN});
        return LTN_OK;
    });
}

ltn_status ltn_hotkey_encode(char* out, size_t out_size, size_t* len,
                             const uint8_t key[LTN_KEY_LEN])
{
    if (out == nullptr || key == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&] {
        crypto::PublicKey bytes;
        std::memcpy(bytes.data(), key, bytes.size());
        return abi::copy_text(out, out_size, len, codec::ss58_encode(bytes));
    });
}

ltn_status ltn_hotkey_decode(uint8_t key[LTN_KEY_LEN], const char* text, uint32_t flags,
                             ltn_error* error)
{
    if (key == nullptr || text == nullptr) return abi::invalid(error, "expected a key and a text");
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
        if ((flags & ~static_cast<uint32_t>(LTN_HOTKEY_ANY_PREFIX)) != 0) {
            return abi::invalid(error, "unknown flag for ltn_hotkey_decode");
        }
        const auto policy = (flags & LTN_HOTKEY_ANY_PREFIX) != 0 ? codec::Ss58Policy::any_prefix
                                                                 : codec::Ss58Policy::only_42;
        auto decoded = codec::ss58_decode(text, policy);
        if (!decoded) return abi::report(error, decoded.error());
        if (!crypto::is_valid_public_key(decoded->key)) {
            return abi::report(error,
                               {Code::bad_key, Category::handshake,
                                "not a usable sr25519 public key: the identity or no point"});
        }
        std::memcpy(key, decoded->key.data(), decoded->key.size());
        return LTN_OK;
    });
}

ltn_status ltn_signature_verify(const uint8_t key[LTN_KEY_LEN], const uint8_t* message,
                                size_t message_len, const uint8_t* signature, size_t signature_len)
{
    if (key == nullptr || (message == nullptr && message_len > 0) || signature == nullptr) {
        return LTN_ERR_INVALID_ARGUMENT;
    }
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok())
            return abi::status_of(failed.code);
        crypto::PublicKey bytes;
        std::memcpy(bytes.data(), key, bytes.size());
        const bool good = crypto::verify(bytes, {message, message_len}, {signature, signature_len});
        return good ? LTN_OK : LTN_ERR_BAD_SIGNATURE;
    });
}

ltn_status ltn_key_file_write(const char* path, const uint8_t seed[LTN_SEED_LEN], uint32_t flags,
                              ltn_error* error)
{
    if (path == nullptr || seed == nullptr)
        return abi::invalid(error, "expected a path and a seed");
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
        if ((flags & ~static_cast<uint32_t>(LTN_KEY_FILE_OVERWRITE)) != 0) {
            return abi::invalid(error, "unknown flag for ltn_key_file_write");
        }
        crypto::SecretArray<LTN_SEED_LEN> secret;
        std::memcpy(secret.data(), seed, LTN_SEED_LEN);
        wallet::WriteTerms terms;
        if ((flags & LTN_KEY_FILE_OVERWRITE) != 0) terms.if_exists = wallet::IfExists::replace;
        abi::SystemRandom random;
        return abi::report(error, wallet::write_key_file(path, secret.array(), terms, random));
    });
}

}  // extern "C"

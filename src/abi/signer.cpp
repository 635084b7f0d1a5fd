#include <cstring>

#include "abi/handles.h"
#include "crypto/secret.h"

using namespace ltn;

namespace {

// A signature runs on the caller's thread; nothing that a protocol of ours signs comes near this.
constexpr size_t kMessageMax = size_t{1} << 20;

ltn_status give(ltn_signer** out, std::shared_ptr<runtime::Signer> signer)
{
    auto handle = std::make_unique<ltn_signer>();
    handle->signer = std::move(signer);
    *out = handle.release();
    return LTN_OK;
}

Result<crypto::PublicKey> usable_key(const uint8_t* bytes)
{
    if (Error failed = runtime::init_process(); !failed.ok()) return failed;
    crypto::PublicKey key;
    std::memcpy(key.data(), bytes, key.size());
    if (!crypto::is_valid_public_key(key)) {
        return Error(Code::bad_key, Category::config,
                     "not a usable sr25519 public key: the identity or no point");
    }
    return key;
}

}  // namespace

extern "C" {

ltn_status ltn_signer_new_seed(ltn_signer** out, const uint8_t seed[LTN_SEED_LEN], ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (out == nullptr || seed == nullptr)
        return abi::invalid(error, "expected a place and a seed");
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
        crypto::SecretArray<LTN_SEED_LEN> secret;
        std::memcpy(secret.data(), seed, LTN_SEED_LEN);
        return give(out, runtime::Signer::local(crypto::KeyPair::from_seed(secret.array())));
    });
}

ltn_status ltn_signer_new_callback(ltn_signer** out, const uint8_t key[LTN_KEY_LEN],
                                   ltn_question_fn sign, void* user_data, ltn_destroy_fn destroy,
                                   ltn_error* error)
{
    return abi::guarded(error, [&]() -> ltn_status {
        auto data = abi::host_data(user_data, destroy);
        if (out != nullptr) *out = nullptr;
        if (out == nullptr || key == nullptr || sign == nullptr) {
            return abi::invalid(error, "expected a place, a key and a function");
        }
        auto usable = usable_key(key);
        if (!usable) return abi::report(error, usable.error());
        return give(out, runtime::Signer::callback(usable.value(), sign, std::move(data)));
    });
}

ltn_status ltn_signer_new_queue(ltn_signer** out, const uint8_t key[LTN_KEY_LEN], ltn_queue* queue,
                                uint64_t tag, ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (out == nullptr || key == nullptr || queue == nullptr) {
        return abi::invalid(error, "expected a place, a key and a queue");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(queue)) return abi::refuse_forked(error);
        auto usable = usable_key(key);
        if (!usable) return abi::report(error, usable.error());
        return give(out, runtime::Signer::queued(usable.value(), queue->queue, tag));
    });
}

ltn_status ltn_signer_public_key(const ltn_signer* signer, uint8_t key[LTN_KEY_LEN])
{
    if (signer == nullptr || key == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    std::memcpy(key, signer->signer->key().data(), LTN_KEY_LEN);
    return LTN_OK;
}

const char* ltn_signer_warning(const ltn_signer* signer)
{
    return signer == nullptr ? "" : signer->signer->warning.c_str();
}

ltn_status ltn_signer_sign(const ltn_signer* signer, uint8_t signature[LTN_SIGNATURE_LEN],
                           const uint8_t* message, size_t message_len)
{
    if (signer == nullptr || signature == nullptr || (message == nullptr && message_len > 0)) {
        return LTN_ERR_INVALID_ARGUMENT;
    }
    if (message_len > kMessageMax) return LTN_ERR_TOO_LARGE;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        if (abi::forked(signer)) return LTN_ERR_FORKED;
        const auto made = signer->signer->sign({message, message_len});
        if (!made) return LTN_ERR_UNSUPPORTED;
        std::memcpy(signature, made->data(), made->size());
        return LTN_OK;
    });
}

void ltn_signer_free(ltn_signer* signer)
{
    delete signer;
}

}  // extern "C"

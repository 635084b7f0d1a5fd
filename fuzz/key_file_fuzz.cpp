// Key files, plain and sealed with the password "fuzz": any bytes give a key or an error with a text, and the text repeats nothing secret.
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "codec/text.h"
#include "wallet/key_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const bool ready = ltn::crypto::init();
    if (!ready) std::abort();
    // The least that Argon2 allows: what it costs is not what is tried here.
    ltn::wallet::Unlock unlock;
    unlock.cost = {3, 8192};
    unlock.password = []() -> ltn::Result<ltn::crypto::SecretBytes> {
        ltn::crypto::SecretBytes password(4);
        std::memcpy(password.data(), "fuzz", 4);
        return password;
    };
    ltn::Result<ltn::wallet::KeyFile> file = ltn::wallet::parse_key_file({data, size}, unlock);
    if (!file.ok()) {
        if (file.error().text.empty() || file.error().text.size() > 300) std::abort();
        if (file.error().category != ltn::Category::config) std::abort();
        return 0;
    }
    if (!ltn::crypto::is_valid_public_key(file->public_key)) std::abort();
    if (file->can_sign() && file->pair.public_key() != file->public_key) std::abort();
    if (ltn::codec::ss58_encode(file->public_key) != file->address) std::abort();
    return 0;
}

#include "wallet/nacl_box.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

namespace ltn::wallet {

namespace {

constexpr std::string_view kPrefix = "$NACL";
constexpr size_t kTagLen = crypto_secretbox_MACBYTES;
static_assert(crypto_secretbox_NONCEBYTES == kNaclNonceLen);

// The shortest content that can be a key: {"ss58Address":"..."} or a phrase of twelve short words.
constexpr size_t kPlainMin = 64;
constexpr size_t kFileMin = kPrefix.size() + kNaclNonceLen + kTagLen + kPlainMin;

// The same for every file, so that a password gives the same key everywhere; a fact of the format.
constexpr uint8_t kSalt[crypto_pwhash_SALTBYTES] = {0x13, 0x71, 0x83, 0xdf, 0xf1, 0x5a, 0x09, 0xbc,
                                                    0x9c, 0x90, 0xb5, 0x51, 0x87, 0x39, 0xe9, 0xb1};

struct Form {
    Encryption encryption;
    std::string_view first_bytes;
    std::string_view name;
};

constexpr Form kForms[] = {
    {Encryption::nacl, kPrefix, "NaCl secretbox"},
    {Encryption::ansible_vault, "$ANSIBLE_VAULT", "Ansible Vault"},
    {Encryption::fernet, "gAAAAA", "Fernet"},
};

using BoxKey = crypto::SecretArray<crypto_secretbox_KEYBYTES>;

Error derive(ByteView password, const PasswordCost& cost, BoxKey& key)
{
    if (password.empty() || password.size() > kPasswordLenMax) {
        return {Code::password, Category::config,
                "expected a password of 1 to " + std::to_string(kPasswordLenMax) + " bytes, got " +
                    std::to_string(password.size())};
    }
    errno = 0;
    if (crypto_pwhash_argon2i(key.data(), crypto_secretbox_KEYBYTES,
                              reinterpret_cast<const char*>(password.data()), password.size(),
                              kSalt, cost.passes, cost.memory_bytes,
                              crypto_pwhash_argon2i_ALG_ARGON2I13) != 0) {
        if (errno == EINVAL) {
            return {Code::out_of_range, Category::config, "the cost of the password is not usable"};
        }
        return {Code::no_memory, Category::config,
                "turning the password into a key takes " + std::to_string(cost.memory_bytes >> 20) +
                    " MiB of memory, which the system refused"};
    }
    return {};
}

}  // namespace

Encryption encryption_of(ByteView file)
{
    for (const Form& form : kForms) {
        if (as_text(file).starts_with(form.first_bytes)) return form.encryption;
    }
    return Encryption::none;
}

std::string_view encryption_name(Encryption encryption)
{
    for (const Form& form : kForms) {
        if (form.encryption == encryption) return form.name;
    }
    return "none";
}

Error check_nacl_form(ByteView file)
{
    if (file.size() >= kFileMin) return {};
    return {Code::config, Category::config,
            "damaged: expected an encrypted key of at least " + std::to_string(kFileMin) +
                " bytes, got " + std::to_string(file.size())};
}

Result<crypto::SecretBytes> open_nacl(ByteView file, ByteView password, const PasswordCost& cost)
{
    if (Error error = check_nacl_form(file); !error.ok()) return error;
    BoxKey key;
    if (Error error = derive(password, cost, key); !error.ok()) return error;
    const uint8_t* nonce = file.data() + kPrefix.size();
    const uint8_t* box = nonce + kNaclNonceLen;
    const size_t box_len = file.size() - kPrefix.size() - kNaclNonceLen;
    crypto::SecretBytes plain(box_len - kTagLen);
    if (crypto_secretbox_open_easy(plain.data(), box, box_len, nonce, key.data()) != 0) {
        return Error(Code::password, Category::config,
                     "wrong password (or the file was altered after it was written)");
    }
    return plain;
}

Result<Bytes> seal_nacl(ByteView plain, ByteView password,
                        const std::array<uint8_t, kNaclNonceLen>& nonce, const PasswordCost& cost)
{
    BoxKey key;
    if (Error error = derive(password, cost, key); !error.ok()) return error;
    Bytes file(kPrefix.size() + kNaclNonceLen + kTagLen + plain.size());
    std::copy(kPrefix.begin(), kPrefix.end(), file.begin());
    std::copy(nonce.begin(), nonce.end(), file.begin() + kPrefix.size());
    crypto_secretbox_easy(file.data() + kPrefix.size() + kNaclNonceLen, plain.data(), plain.size(),
                          nonce.data(), key.data());
    return file;
}

}  // namespace ltn::wallet

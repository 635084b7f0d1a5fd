// What the fields of a key file mean. The secret is never copied into ordinary memory on its way
// from the file to the key pair.
#include "wallet/key_file.h"

#include <algorithm>
#include <utility>

#include "codec/text.h"
#include "crypto/secret.h"
#include "wallet/bip39.h"
#include "wallet/key_json.h"

namespace ltn::wallet {

namespace {

constexpr int64_t kCryptoTypeEd25519 = 0;
constexpr int64_t kCryptoTypeSr25519 = 1;

Error refuse(Code code, std::string text)
{
    return Error(code, Category::config, std::move(text));
}

Error in_field(KeyField field, const std::string& text)
{
    return refuse(Code::bad_key,
                  "field " + std::string(kKeyFieldNames[static_cast<size_t>(field)]) + ": " + text);
}

Result<KeyFile> with_pair(crypto::KeyPair&& pair, KeySource source)
{
    KeyFile file;
    file.public_key = pair.public_key();
    file.address = codec::ss58_encode(file.public_key);
    file.pair = std::move(pair);
    file.source = source;
    return file;
}

Result<KeyFile> from_phrase(std::string_view phrase)
{
    crypto::SecretArray<32> seed;
    if (Error error = seed_from_phrase(phrase, seed); !error.ok()) {
        return in_field(KeyField::secret_phrase, error.text);
    }
    return with_pair(crypto::KeyPair::from_seed(seed.array()), KeySource::phrase);
}

// Both fields hold either form: 32 bytes are a seed, 64 are scalar and nonce seed.
Result<KeyFile> from_hex(std::string_view hex, KeyField field, KeySource source)
{
    if (hex.starts_with("0x")) hex.remove_prefix(2);
    if (hex.size() != 64 && hex.size() != 128) {
        return in_field(field, "expected 64 or 128 hexadecimal digits, got " +
                                   std::to_string(hex.size()) + " characters");
    }
    crypto::SecretArray<64> raw;
    if (!codec::hex_decode_into(hex, raw.bytes().first(hex.size() / 2))) {
        return in_field(field, "expected hexadecimal digits, got another character");
    }
    if (hex.size() == 128) {
        Result<crypto::KeyPair> pair = crypto::KeyPair::from_secret(raw.view());
        if (!pair) return in_field(field, pair.error().text);
        return with_pair(std::move(*pair), source);
    }
    crypto::SecretArray<32> seed;
    std::copy_n(raw.data(), 32, seed.data());
    return with_pair(crypto::KeyPair::from_seed(seed.array()), source);
}

Result<KeyFile> from_address(std::string_view text)
{
    Result<codec::Ss58> address = codec::ss58_decode(text);
    if (!address) return in_field(KeyField::ss58_address, address.error().text);
    if (!crypto::is_valid_public_key(address->key)) {
        return in_field(KeyField::ss58_address, "expected a valid public key, got no usable point");
    }
    KeyFile file;
    file.public_key = address->key;
    file.address = codec::ss58_encode(file.public_key);
    return file;
}

Result<KeyFile> parse_plain(ByteView json)
{
    Result<KeyJson> fields = parse_key_json(json);
    if (!fields) return fields.error();

    const int64_t crypto_type = fields->crypto_type.value_or(kCryptoTypeSr25519);
    if (crypto_type != kCryptoTypeSr25519) {
        return refuse(
            Code::bad_key,
            "field cryptoType: expected 1 (sr25519), got " + std::to_string(crypto_type) +
                (crypto_type == kCryptoTypeEd25519 ? " (Ed25519), which cannot authenticate here"
                                                   : ""));
    }
    if (const auto& phrase = fields->at(KeyField::secret_phrase)) return from_phrase(*phrase);
    if (const auto& seed = fields->at(KeyField::secret_seed)) {
        return from_hex(*seed, KeyField::secret_seed, KeySource::seed);
    }
    if (const auto& secret = fields->at(KeyField::private_key)) {
        return from_hex(*secret, KeyField::private_key, KeySource::private_key);
    }
    if (const auto& address = fields->at(KeyField::ss58_address)) return from_address(*address);
    return refuse(Code::config,
                  "expected one of secretPhrase, secretSeed, privateKey, ss58Address, got none");
}

Result<KeyFile> parse_sealed(ByteView content, const Unlock& unlock)
{
    if (Error error = check_nacl_form(content); !error.ok()) return error;
    if (!unlock.password) {
        return refuse(Code::password, "encrypted, and there is no password for it");
    }
    Result<crypto::SecretBytes> password = unlock.password();
    if (!password) return password.error();
    Result<crypto::SecretBytes> plain = open_nacl(content, password->view(), unlock.cost);
    if (!plain) return plain.error();
    Result<KeyFile> file = parse_plain(plain->view());
    // The seal held, so nobody altered it: it was made around something that is no key.
    if (!file) {
        return refuse(file.error().code, "damaged: the password is right, what it opened is not: " +
                                             file.error().text);
    }
    file->encrypted = true;
    return file;
}

}  // namespace

Result<KeyFile> parse_key_file(ByteView content, const Unlock& unlock)
{
    if (content.size() > kKeyFileLenMax) {
        return refuse(Code::too_large, "expected at most " + std::to_string(kKeyFileLenMax) +
                                           " bytes, got " + std::to_string(content.size()));
    }
    switch (const Encryption encryption = encryption_of(content)) {
        case Encryption::none: return parse_plain(content);
        case Encryption::nacl: return parse_sealed(content, unlock);
        default:
            return refuse(Code::unsupported,
                          "expected a plain or a $NACL key file, got one encrypted with " +
                              std::string(encryption_name(encryption)) +
                              ", which is not supported: have the wallet software convert it");
    }
}

}  // namespace ltn::wallet

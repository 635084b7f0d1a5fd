// BIP-39 words to entropy, PBKDF2 to the seed.
#include "wallet/bip39.h"

#include <sodium.h>

#include <algorithm>
#include <optional>
#include <string>

#include "crypto/hash.h"
#include "wallet/bip39_words.h"

namespace ltn::wallet {

namespace {

constexpr size_t kBitsPerWord = 11;
constexpr size_t kWordsMin = 12;
constexpr size_t kWordsMax = 24;
constexpr int kPbkdf2Rounds = 2048;

Error bad_phrase(const std::string& text)
{
    return Error(Code::bad_key, Category::config, "secret phrase: " + text);
}

bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Takes the next word off `rest`; empty at the end.
std::string_view next_word(std::string_view& rest)
{
    while (!rest.empty() && is_space(rest.front())) rest.remove_prefix(1);
    size_t len = 0;
    while (len < rest.size() && !is_space(rest[len])) ++len;
    const std::string_view word = rest.substr(0, len);
    rest.remove_prefix(len);
    return word;
}

std::optional<unsigned> index_of(std::string_view word)
{
    std::string_view list = kBip39English;
    for (unsigned index = 0; !list.empty(); ++index) {
        if (next_word(list) == word) return index;
        if (list == " ") break;
    }
    return std::nullopt;
}

// One block of PBKDF2-HMAC-SHA512 with an empty passphrase; a block is as long as the output.
void derive(ByteView entropy, crypto::SecretArray<64>& out)
{
    crypto_auth_hmacsha512_state keyed;
    crypto_auth_hmacsha512_init(&keyed, entropy.data(), entropy.size());
    constexpr uint8_t kSaltAndBlock[] = {'m', 'n', 'e', 'm', 'o', 'n', 'i', 'c', 0, 0, 0, 1};

    crypto::SecretArray<64> u;
    crypto_auth_hmacsha512_state state = keyed;
    crypto_auth_hmacsha512_update(&state, kSaltAndBlock, sizeof(kSaltAndBlock));
    crypto_auth_hmacsha512_final(&state, u.data());
    out.array() = u.array();
    for (int round = 1; round < kPbkdf2Rounds; ++round) {
        state = keyed;
        crypto_auth_hmacsha512_update(&state, u.data(), 64);
        crypto_auth_hmacsha512_final(&state, u.data());
        for (size_t i = 0; i < 64; ++i) out.data()[i] ^= u.data()[i];
    }
    crypto::secret_wipe(&state, sizeof(state));
    crypto::secret_wipe(&keyed, sizeof(keyed));
}

}  // namespace

Error seed_from_phrase(std::string_view phrase, crypto::SecretArray<32>& seed)
{
    // 24 words are 264 bits: 32 bytes of entropy and one of checksum.
    crypto::SecretArray<33> bits;
    size_t words = 0;
    for (std::string_view rest = phrase;;) {
        const std::string_view word = next_word(rest);
        if (word.empty()) break;
        if (++words > kWordsMax) break;
        const std::optional<unsigned> index = index_of(word);
        if (!index) {
            return bad_phrase("word " + std::to_string(words) + " is not in the English list");
        }
        for (size_t bit = 0; bit < kBitsPerWord; ++bit) {
            const size_t at = (words - 1) * kBitsPerWord + bit;
            const unsigned value = *index >> (kBitsPerWord - 1 - bit) & 1u;
            bits.data()[at / 8] |= static_cast<uint8_t>(value << (7 - at % 8));
        }
    }
    if (words < kWordsMin || words > kWordsMax || words % 3 != 0) {
        return bad_phrase("expected 12, 15, 18, 21 or 24 words, got " +
                          (words > kWordsMax ? "more than 24" : std::to_string(words)));
    }
    // Each three words carry 32 bits of entropy and one of checksum.
    const size_t entropy_len = words / 3 * 4;
    const size_t checksum_bits = words / 3;
    crypto::SecretArray<32> hash;
    crypto::sha256(bits.view().first(entropy_len), hash.array());
    const unsigned difference = bits.data()[entropy_len] ^ hash.data()[0];
    if ((difference >> (8 - checksum_bits)) != 0) {
        return bad_phrase("the checksum in the last word does not match");
    }
    crypto::SecretArray<64> derived;
    derive(bits.view().first(entropy_len), derived);
    std::copy_n(derived.data(), 32, seed.data());
    return {};
}

}  // namespace ltn::wallet

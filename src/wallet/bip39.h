// From a secret phrase to a key's seed, the Substrate way: the key derivation runs over the entropy
// behind the words, not over the sentence (spec/transport.md 6.3).
#pragma once

#include <string_view>

#include "base/status.h"
#include "crypto/secret.h"

namespace ltn::wallet {

// 12, 15, 18, 21 or 24 English words, separated by white space. The error never repeats a word: it
// may end up in a log, and a phrase with one typing error is still a secret.
Error seed_from_phrase(std::string_view phrase, crypto::SecretArray<32>& seed);

}  // namespace ltn::wallet

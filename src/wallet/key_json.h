// The fields of a key file, found without letting a JSON library see the secrets among them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::wallet {

// In the order in which they are tried.
enum class KeyField { secret_phrase, secret_seed, private_key, ss58_address };
inline constexpr size_t kKeyFieldCount = 4;

inline constexpr std::array<std::string_view, kKeyFieldCount> kKeyFieldNames = {
    "secretPhrase", "secretSeed", "privateKey", "ss58Address"};

struct KeyJson {
    // Views into the text that was parsed. Absent, null and not a string are one.
    std::array<std::optional<std::string_view>, kKeyFieldCount> fields;
    std::optional<int64_t> crypto_type;

    const std::optional<std::string_view>& at(KeyField field) const
    {
        return fields[static_cast<size_t>(field)];
    }
};

Result<KeyJson> parse_key_json(ByteView json);

}  // namespace ltn::wallet

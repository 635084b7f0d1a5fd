// Plain key files as the wallet software of the network writes them: one JSON object
// (spec/transport.md 6.2 and 6.3). Encrypted files are recognised and refused by name.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/sr25519.h"

namespace ltn::wallet {

inline constexpr size_t kKeyFileLenMax = 64 * 1024;

enum class KeySource { phrase, seed, private_key, address };

struct KeyFile {
    crypto::KeyPair pair;  // without a secret if the file holds an address only
    crypto::PublicKey public_key{};
    std::string address;  // SS58 with prefix 42, made from the key
    KeySource source = KeySource::address;

    bool can_sign() const { return pair.has_secret(); }
};

// The first of secretPhrase, secretSeed, privateKey and ss58Address that is there as a string
// decides; the others are not compared with it. Errors have Category::config and never repeat
// anything that was in the file.
Result<KeyFile> parse_key_file(ByteView json);

// The same from a regular file of at most kKeyFileLenMax bytes; the error names the path.
Result<KeyFile> read_key_file(const std::string& path);

enum class IfExists { refuse, replace };

// Mode 0600. Others see the old content or the new one, never a part.
Error write_key_file(const std::string& path, const crypto::Seed& seed,
                     IfExists if_exists = IfExists::refuse);

// {root}/{wallet}/hotkeys/{hotkey}. A leading "~" in `root` stands for `home`; names are single
// path components.
Result<std::string> hotkey_path(std::string_view root, std::string_view wallet,
                                std::string_view hotkey, std::string_view home);

}  // namespace ltn::wallet

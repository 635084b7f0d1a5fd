// Key files as the wallet software of the network writes them: one JSON object (spec/transport.md 6.2 and
// 6.3), plain or sealed with a password (nacl_box.h). Other encryptions are refused by name.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"
#include "crypto/secret.h"
#include "crypto/sr25519.h"
#include "wallet/file.h"
#include "wallet/nacl_box.h"

namespace ltn::wallet {

inline constexpr size_t kKeyFileLenMax = 64 * 1024;

enum class KeySource { phrase, seed, private_key, address };

struct KeyFile {
    crypto::KeyPair pair;  // without a secret if the file holds an address only
    crypto::PublicKey public_key{};
    std::string address;  // SS58 with prefix 42, made from the key
    KeySource source = KeySource::address;
    bool encrypted = false;
    unsigned mode = 0;  // permission bits of the file it was read from

    bool can_sign() const { return pair.has_secret(); }
    bool exposed() const { return (mode & 077U) != 0; }
};

// How an encrypted file is opened. `password` is asked only for a file that may hold a key.
struct Unlock {
    std::function<Result<crypto::SecretBytes>()> password;
    PasswordCost cost;
};

// The first of secretPhrase, secretSeed, privateKey and ss58Address that is there as a string
// decides; the others are not compared with it. Errors have Category::config and never repeat
// anything that was in the file.
Result<KeyFile> parse_key_file(ByteView content, const Unlock& unlock = {});

// The same from a regular file of at most kKeyFileLenMax bytes; the error names the path.
Result<KeyFile> read_key_file(const std::string& path, const Unlock& unlock = {});

// The public side without a password: of a sealed file, its companion's word for it.
Result<KeyFile> read_public_key(const std::string& path);

struct WriteTerms {
    IfExists if_exists = IfExists::refuse;
    ByteView password = {};  // empty: plain
    PasswordCost cost = {};
    bool companion = false;  // also writes companion_path()
};

// Mode 0600. Others see the old content or the new one, never a part. `random` gives the nonce of a
// sealed file.
Error write_key_file(const std::string& path, const crypto::Seed& seed, const WriteTerms& terms,
                     Random& random);

// {path}pub.txt: the public side of a hotkey, for who must not read the secret.
std::string companion_path(const std::string& path);

// {root}/{wallet}/hotkeys/{hotkey}. Nothing is expanded; names are single path components.
Result<std::string> hotkey_path(std::string_view root, std::string_view wallet,
                                std::string_view hotkey);

}  // namespace ltn::wallet

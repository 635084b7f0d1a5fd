// Key files that a password opens: `$NACL`, then a nonce, then a secretbox under a key that Argon2i makes
// of the password (spec/transport.md 6.4). The older forms are known by name only.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

namespace ltn::wallet {

enum class Encryption { none, nacl, ansible_vault, fernet };

Encryption encryption_of(ByteView file);
std::string_view encryption_name(Encryption encryption);

// What one guess of a password costs. Files of the network's wallets have the default; tests inject
// less, since 512 MiB and a second each would be the whole test.
struct PasswordCost {
    uint64_t passes = 8;
    size_t memory_bytes = size_t{512} << 20;
};

inline constexpr size_t kNaclNonceLen = 24;
inline constexpr size_t kPasswordLenMax = 4096;

// Whether a `$NACL` file can hold a key at all. Cheap: asked before anybody is asked for a password.
Error check_nacl_form(ByteView file);

// Code::password when the seal does not hold: the password is wrong, or the file was altered; the
// format cannot tell these two apart. Code::no_memory when Argon2 does not get its memory.
Result<crypto::SecretBytes> open_nacl(ByteView file, ByteView password,
                                      const PasswordCost& cost = {});

Result<Bytes> seal_nacl(ByteView plain, ByteView password,
                        const std::array<uint8_t, kNaclNonceLen>& nonce,
                        const PasswordCost& cost = {});

}  // namespace ltn::wallet

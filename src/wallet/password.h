// Where the password of a key file may come from besides its owner: a file, or the environment in the form
// of the network's wallets (spec/transport.md 6.4).
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "crypto/secret.h"

namespace ltn::wallet {

// BT_PW_ and the path in capitals, its slashes and points turned into underscores. Letters beyond ASCII
// stay as they are.
std::string password_variable(std::string_view path);

// The value of that variable: Base64 of the password XORed with the variable's name, repeated.
Result<crypto::SecretBytes> password_from_variable(std::string_view variable,
                                                   std::string_view value);

// The first line of a regular file.
Result<crypto::SecretBytes> read_password_file(const std::string& path);

}  // namespace ltn::wallet

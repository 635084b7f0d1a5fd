// Our signer's answer before it is used (promise S2).
#pragma once

#include <string_view>

#include "base/bytes.h"
#include "transport/types.h"

namespace ltn::transport {

// Signing errors, one line: what the signer itself reported, a wrong length, or that the signature
// does not verify against our own hotkey.
Error check_own_signature(const Hotkey& hotkey, bool signer_is_ours, std::string_view message,
                          const Result<Bytes>& signature);

}  // namespace ltn::transport

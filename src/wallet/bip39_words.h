// The 2048 words out of which a secret phrase is made.
#pragma once

namespace ltn::wallet {

extern const char kBip39English[];

}  // namespace ltn::wallet

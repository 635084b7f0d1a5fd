#include "transport/nonce.h"

#include <array>

#include "codec/text.h"

namespace ltn::transport {

std::string make_nonce(Random& random)
{
    std::array<uint8_t, kNonceTextLen / 2> raw{};
    random.fill(raw);
    return codec::hex_encode(raw);
}

bool is_valid_nonce(std::string_view text)
{
    if (text.size() != kNonceTextLen) return false;
    for (char c : text) {
        bool digit = c >= '0' && c <= '9';
        bool lower = c >= 'a' && c <= 'f';
        bool upper = c >= 'A' && c <= 'F';
        if (!digit && !lower && !upper) return false;
    }
    return true;
}

}  // namespace ltn::transport

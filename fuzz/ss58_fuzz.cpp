// SS58: whatever the strict policy takes, the liberal one takes too, and it encodes to the same
// text.
#include <cstdint>
#include <cstdlib>

#include "codec/text.h"
#include "crypto/sr25519.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    using namespace ltn::codec;
    static const bool ready = ltn::crypto::init();
    if (!ready) std::abort();
    const std::string_view text = ltn::as_text({data, size});
    const ltn::Result<Ss58> strict = ss58_decode(text);
    const ltn::Result<Ss58> liberal = ss58_decode(text, Ss58Policy::any_prefix);
    if (strict.ok()) {
        if (!liberal.ok() || liberal.value().key != strict.value().key) std::abort();
        if (ss58_encode(strict.value().key) != text) std::abort();
    }
    if (liberal.ok()) {
        const Ss58& address = liberal.value();
        const ltn::Result<Ss58> again =
            ss58_decode(ss58_encode(address.key, address.prefix), Ss58Policy::any_prefix);
        if (!again.ok() || again.value().key != address.key) std::abort();
        if (again.value().prefix != address.prefix) std::abort();
    } else if (liberal.error().text.empty()) {
        std::abort();
    }
    // The input as key and prefix.
    if (size >= 34) {
        std::array<uint8_t, 32> key{};
        for (size_t i = 0; i < key.size(); ++i) key[i] = data[i];
        const auto prefix = static_cast<uint16_t>((data[32] << 8 | data[33]) & 0x3fff);
        const ltn::Result<Ss58> back =
            ss58_decode(ss58_encode(key, prefix), Ss58Policy::any_prefix);
        if (back.ok() != (prefix != 46 && prefix != 47)) std::abort();
        if (back.ok() && (back.value().key != key || back.value().prefix != prefix)) std::abort();
    }
    return 0;
}

// SS58: Base58 over prefix, key and two bytes of a BLAKE2b checksum. The order of the checks and
// their texts are those of the wire specification, 13.9.
#include "codec/text.h"

#include <algorithm>

#include "crypto/hash.h"

namespace ltn::codec {

namespace {

constexpr std::string_view kAlphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::string_view kChecksumContext = "SS58PRE";
constexpr size_t kChecksumLen = 2;
constexpr size_t kKeyLen = 32;
constexpr size_t kPrefixLenMax = 2;
constexpr size_t kBodyLenMax = kPrefixLenMax + kKeyLen;
constexpr uint16_t kDefaultPrefix = 42;
constexpr uint16_t kPrefixMax = 16383;
// Base58 is quadratic, so its input is bounded. 36 bytes take at most 50 characters, and a text
// above this bound holds at least 47 bytes: refusing it can refuse nothing valid.
constexpr size_t kTextLenMax = 64;

constexpr uint8_t kInvalid = 0xff;

constexpr std::array<uint8_t, 256> make_values()
{
    std::array<uint8_t, 256> values{};
    values.fill(kInvalid);
    for (size_t i = 0; i < kAlphabet.size(); ++i) {
        values[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
    }
    return values;
}

constexpr std::array<uint8_t, 256> kValues = make_values();

// Digits of base 58 or 256, most significant last, as the schoolbook conversion makes them.
struct Digits {
    std::array<uint8_t, kTextLenMax> at{};
    size_t len = 0;

    void multiply_add(unsigned old_base, unsigned digit, unsigned base)
    {
        unsigned carry = digit;
        for (size_t i = 0; i < len; ++i) {
            carry += at[i] * old_base;
            at[i] = static_cast<uint8_t>(carry % base);
            carry /= base;
        }
        while (carry != 0) {
            at[len++] = static_cast<uint8_t>(carry % base);
            carry /= base;
        }
    }
};

Digits base58_decode(std::string_view text)
{
    Digits number;
    for (char c : text) number.multiply_add(58, kValues[static_cast<uint8_t>(c)], 256);
    const size_t zeros = std::min(text.find_first_not_of('1'), text.size());
    number.len += zeros;
    std::reverse(number.at.begin(), number.at.begin() + number.len);
    return number;
}

std::string base58_encode(ByteView bytes)
{
    Digits number;
    size_t zeros = 0;
    while (zeros < bytes.size() && bytes[zeros] == 0) ++zeros;
    for (uint8_t byte : bytes) number.multiply_add(256, byte, 58);
    std::string text(zeros, '1');
    for (size_t i = number.len; i > 0; --i) text.push_back(kAlphabet[number.at[i - 1]]);
    return text;
}

std::array<uint8_t, kChecksumLen> checksum_of(ByteView body)
{
    std::array<uint8_t, kChecksumContext.size() + kBodyLenMax> input{};
    auto end = std::copy(kChecksumContext.begin(), kChecksumContext.end(), input.begin());
    end = std::copy(body.begin(), body.end(), end);
    const auto hash = crypto::blake2b_512({input.data(), static_cast<size_t>(end - input.begin())});
    return {hash[0], hash[1]};
}

Error bad_key(std::string text)
{
    return Error(Code::bad_key, Category::handshake, std::move(text));
}

}  // namespace

std::string ss58_encode(const std::array<uint8_t, 32>& key, uint16_t prefix)
{
    prefix = std::min(prefix, kPrefixMax);
    std::array<uint8_t, kBodyLenMax + kChecksumLen> bytes{};
    size_t len = 0;
    if (prefix < 64) {
        bytes[len++] = static_cast<uint8_t>(prefix);
    } else {
        bytes[len++] = static_cast<uint8_t>(0x40u | (prefix & 0x00fcu) >> 2);
        bytes[len++] = static_cast<uint8_t>(prefix >> 8 | (prefix & 0x0003u) << 6);
    }
    std::copy(key.begin(), key.end(), bytes.begin() + len);
    len += key.size();
    const auto checksum = checksum_of({bytes.data(), len});
    std::copy(checksum.begin(), checksum.end(), bytes.begin() + len);
    return base58_encode({bytes.data(), len + kChecksumLen});
}

Result<Ss58> ss58_decode(std::string_view text, Ss58Policy policy)
{
    // A long text is not read to its end: what it holds cannot matter any more.
    const bool too_long = text.size() > kTextLenMax;
    for (char c : text.substr(0, kTextLenMax)) {
        if (kValues[static_cast<uint8_t>(c)] == kInvalid) {
            return bad_key("Base 58 requirement is violated");
        }
    }
    if (too_long) return bad_key("Length is bad");

    const Digits raw = base58_decode(text);
    if (raw.len < 2) return bad_key("Length is bad");
    const ByteView bytes(raw.at.data(), raw.len);
    Ss58 result;
    size_t prefix_len = 1;
    if (bytes[0] < 64) {
        result.prefix = bytes[0];
    } else if (bytes[0] < 128) {
        prefix_len = 2;
        const unsigned low = (bytes[0] << 2 & 0xffu) | bytes[1] >> 6;
        result.prefix = static_cast<uint16_t>((bytes[1] & 0x3fu) << 8 | low);
    } else {
        return bad_key("Invalid SS58 prefix byte.");
    }
    const size_t body_len = prefix_len + kKeyLen;
    if (bytes.size() != body_len + kChecksumLen) return bad_key("Length is bad");
    if (result.prefix == 46 || result.prefix == 47) {
        return bad_key("Disallowed SS58 Address Format for this datatype.");
    }
    const auto checksum = checksum_of(bytes.first(body_len));
    if (!std::equal(checksum.begin(), checksum.end(), bytes.begin() + body_len)) {
        return bad_key("Invalid checksum");
    }
    if (policy == Ss58Policy::only_42) {
        if (result.prefix != kDefaultPrefix) {
            return bad_key("SS58 prefix " + std::to_string(result.prefix) +
                           " is not accepted here, expected 42");
        }
        if (prefix_len != 1) {
            return bad_key("SS58 prefix 42 is spelt with two bytes, expected one");
        }
    }
    std::copy_n(bytes.begin() + prefix_len, kKeyLen, result.key.begin());
    return result;
}

}  // namespace ltn::codec

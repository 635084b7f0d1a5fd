#include "quic/tokens.h"

#include <sodium.h>

#include <algorithm>
#include <cstring>

namespace ltn::quic {

namespace {

constexpr size_t kUsedMax = 65536;
// Clocks of two machines that share a secret may differ a little.
constexpr uint64_t kSkewMs = 2000;

constexpr size_t kNonceLen = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagLen = crypto_aead_xchacha20poly1305_ietf_ABYTES;
// mark, generation (low byte), nonce, sealed{ time of issue, what is inside }
constexpr size_t kOverhead = 2 + kNonceLen + 8 + kTagLen;

uint64_t load64(const uint8_t* in)
{
    uint64_t value = 0;
    for (size_t i = 0; i < 8; ++i) value |= static_cast<uint64_t>(in[i]) << (8 * i);
    return value;
}

void store64(uint8_t* out, uint64_t value)
{
    for (size_t i = 0; i < 8; ++i) out[i] = static_cast<uint8_t>(value >> (8 * i));
}

// What a token is bound to: purpose, address, for Retry also port and the id it was issued with.
struct Bound {
    uint8_t bytes[1 + 1 + 16 + 4 + 2 + 1 + NGTCP2_MAX_CIDLEN];
    size_t len = 0;

    Bound(uint8_t mark, const Address& remote)
    {
        bytes[len++] = mark;
        bytes[len++] = static_cast<uint8_t>(remote.family);
        std::memcpy(bytes + len, remote.ip.data(), 16);
        len += 16;
        for (int i = 0; i < 4; ++i) {
            bytes[len++] = static_cast<uint8_t>(remote.scope_id >> (8 * i));
        }
    }
    void add(uint16_t port, const ngtcp2_cid& id)
    {
        bytes[len++] = static_cast<uint8_t>(port >> 8);
        bytes[len++] = static_cast<uint8_t>(port & 0xff);
        bytes[len++] = static_cast<uint8_t>(id.datalen);
        std::memcpy(bytes + len, id.data, id.datalen);
        len += id.datalen;
    }
    ByteView view() const { return ByteView(bytes, len); }
};

constexpr uint8_t kMarkRetry = 0x52, kMarkNewToken = 0x4e;

}  // namespace

Tokens::Tokens(ByteView secret, const Lives& lives)
    : secret_(secret.begin(), secret.end()),
      retry_{kMarkRetry,
             "ltn retry token",
             lives.retry_ns / kMillisecond,
             std::max(lives.key_period_ns, lives.retry_ns) / kMillisecond + 1,
             {}},
      // Two generations of keys must cover the life of a token that is meant for tomorrow.
      new_token_{kMarkNewToken,
                 "ltn new token",
                 lives.new_token_ns / kMillisecond,
                 std::max(lives.key_period_ns, lives.new_token_ns) / kMillisecond + 1,
                 {}},
      used_retry_(retry_.life_ms, kUsedMax),
      used_new_token_(new_token_.life_ms, kUsedMax)
{
}

const Key& Tokens::key_of(Kind& kind, uint64_t generation)
{
    Kind::Cached& cached = kind.keys[generation % 2];
    if (cached.generation != generation) {
        cached.generation = generation;
        cached.key = derive_key(secret_, kind.purpose, generation);
    }
    return cached.key;
}

size_t Tokens::seal(Kind& kind, MutableBytes out, ByteView plain, ByteView bound, Random& random,
                    Instant now)
{
    if (out.size() < kOverhead + plain.size()) return 0;
    uint64_t generation = now.unix_ms / kind.key_period_ms;
    out[0] = kind.mark;
    out[1] = static_cast<uint8_t>(generation);
    random.fill(out.subspan(2, kNonceLen));
    uint8_t message[8 + 1 + NGTCP2_MAX_CIDLEN];
    store64(message, now.unix_ms);
    if (!plain.empty()) std::memcpy(message + 8, plain.data(), plain.size());
    unsigned long long sealed_len = 0;
    crypto_aead_xchacha20poly1305_ietf_encrypt(
        out.data() + 2 + kNonceLen, &sealed_len, message, 8 + plain.size(), bound.data(),
        bound.size(), nullptr, out.data() + 2, key_of(kind, generation).data());
    return 2 + kNonceLen + static_cast<size_t>(sealed_len);
}

std::optional<ByteView> Tokens::open(Kind& kind, MutableBytes plain, ByteView token, ByteView bound,
                                     Checked& checked, Instant now)
{
    if (token.size() < kOverhead || token.size() > kLenMax) return std::nullopt;
    uint64_t generation = now.unix_ms / kind.key_period_ms;
    if (token[1] != static_cast<uint8_t>(generation)) {
        if (generation == 0 || token[1] != static_cast<uint8_t>(generation - 1)) {
            return std::nullopt;
        }
        --generation;
    }
    unsigned long long len = 0;
    if (plain.size() + kOverhead - 8 < token.size() ||
        crypto_aead_xchacha20poly1305_ietf_decrypt(
            plain.data(), &len, nullptr, token.data() + 2 + kNonceLen, token.size() - 2 - kNonceLen,
            bound.data(), bound.size(), token.data() + 2, key_of(kind, generation).data()) != 0) {
        return std::nullopt;
    }
    checked.id = load64(token.data() + 2);
    checked.issued_ms = load64(plain.data());
    return ByteView(plain.data() + 8, static_cast<size_t>(len) - 8);
}

size_t Tokens::make_retry(MutableBytes out, const Address& remote, const ngtcp2_cid& retry_scid,
                          const ngtcp2_cid& original_dcid, Random& random, Instant now)
{
    Bound bound(kMarkRetry, remote);
    bound.add(remote.port, retry_scid);
    uint8_t plain[1 + NGTCP2_MAX_CIDLEN];
    plain[0] = static_cast<uint8_t>(original_dcid.datalen);
    std::memcpy(plain + 1, original_dcid.data, original_dcid.datalen);
    return seal(retry_, out, ByteView(plain, 1 + original_dcid.datalen), bound.view(), random, now);
}

size_t Tokens::make_new_token(MutableBytes out, const Address& remote, Random& random, Instant now)
{
    Bound bound(kMarkNewToken, remote);
    return seal(new_token_, out, {}, bound.view(), random, now);
}

bool Tokens::fresh(const Kind& kind, ReplayFilter& used, const Checked& checked, Instant now)
{
    return checked.issued_ms <= now.unix_ms + kSkewMs &&
           now.unix_ms <= checked.issued_ms + kind.life_ms &&
           used.unused(checked.id, checked.issued_ms, now.unix_ms);
}

Tokens::Checked Tokens::check(ByteView token, const Address& remote, const ngtcp2_cid& dcid,
                              Instant now)
{
    Checked checked;
    if (token.empty()) return checked;
    uint8_t plain[8 + 1 + NGTCP2_MAX_CIDLEN + 8];
    if (token[0] == kMarkNewToken) {
        Bound bound(kMarkNewToken, remote);
        if (open(new_token_, plain, token, bound.view(), checked, now) &&
            fresh(new_token_, used_new_token_, checked, now)) {
            checked.verdict = Verdict::valid_new_token;
        }
        return checked;
    }
    if (token[0] != kMarkRetry) return checked;
    checked.verdict = Verdict::forged_retry;
    Bound bound(kMarkRetry, remote);
    bound.add(remote.port, dcid);
    std::optional<ByteView> inside = open(retry_, plain, token, bound.view(), checked, now);
    if (!inside || inside->empty() || (*inside)[0] + 1u != inside->size() ||
        (*inside)[0] > NGTCP2_MAX_CIDLEN) {
        return checked;
    }
    ngtcp2_cid_init(&checked.original_dcid, inside->data() + 1, (*inside)[0]);
    checked.verdict =
        fresh(retry_, used_retry_, checked, now) ? Verdict::valid_retry : Verdict::spent_retry;
    return checked;
}

bool Tokens::looks_ours(ByteView token)
{
    return token.size() >= kOverhead && token.size() <= kLenMax &&
           (token[0] == kMarkRetry || token[0] == kMarkNewToken);
}

void Tokens::use(const Checked& token, Instant now)
{
    if (token.verdict == Verdict::valid_retry) {
        used_retry_.use(token.id, token.issued_ms, now.unix_ms);
    } else if (token.verdict == Verdict::valid_new_token) {
        used_new_token_.use(token.id, token.issued_ms, now.unix_ms);
    }
}

}  // namespace ltn::quic

// Address validation tokens of a server: one kind in Retry packets, bound to address and port and
// short-lived, one in NEW_TOKEN frames, bound to the address and good for the next connection.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <optional>

#include "base/address.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/time.h"
#include "quic/replay_filter.h"
#include "quic/secret.h"

namespace ltn::quic {

class Tokens {
public:
    static constexpr size_t kLenMax = 128;

    struct Lives {
        Nanos retry_ns;
        Nanos new_token_ns;
        Nanos key_period_ns;  // of Retry tokens; at least their life is used
    };
    Tokens(ByteView secret, const Lives& lives);

    // Bytes written. `retry_scid` is the id that the client must use with the token.
    size_t make_retry(MutableBytes out, const Address& remote, const ngtcp2_cid& retry_scid,
                      const ngtcp2_cid& original_dcid, Random& random, Instant now);
    size_t make_new_token(MutableBytes out, const Address& remote, Random& random, Instant now);

    // `ignored`: no token, or one that is not ours; a Retry may follow. `forged`: looks like a
    // Retry token, but we never made it for this address and id. `spent`: it was one, but is
    // expired or used.
    enum class Verdict { valid_retry, valid_new_token, spent_retry, forged_retry, ignored };
    struct Checked {
        Verdict verdict = Verdict::ignored;
        ngtcp2_cid original_dcid{};  // of a valid Retry token
        uint64_t id = 0;
        uint64_t issued_ms = 0;
    };
    Checked check(ByteView token, const Address& remote, const ngtcp2_cid& dcid, Instant now);
    // Worth the decryption: of a length and with a mark of ours.
    static bool looks_ours(ByteView token);
    // A valid token counts as used when the packet that carried it turned out to be genuine: a
    // damaged copy that comes first must not spoil it.
    void use(const Checked& token, Instant now);

private:
    struct Kind {
        uint8_t mark;
        std::string_view purpose;
        uint64_t life_ms;
        uint64_t key_period_ms;
        // The keys of this generation and the one before, made when first needed.
        struct Cached {
            uint64_t generation = ~0ULL;
            Key key{};
        } keys[2];
    };

    const Key& key_of(Kind& kind, uint64_t generation);
    size_t seal(Kind& kind, MutableBytes out, ByteView plain, ByteView bound, Random& random,
                Instant now);
    // What is inside an authentic token of this kind, of whatever age.
    std::optional<ByteView> open(Kind& kind, MutableBytes plain, ByteView token, ByteView bound,
                                 Checked& checked, Instant now);
    static bool fresh(const Kind& kind, ReplayFilter& used, const Checked& checked, Instant now);

    Bytes secret_;
    Kind retry_, new_token_;
    ReplayFilter used_retry_, used_new_token_;
};

}  // namespace ltn::quic

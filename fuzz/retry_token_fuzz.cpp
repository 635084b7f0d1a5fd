// Address validation tokens: nothing passes that we did not make. The first byte of the input says
// what the rest is: a token as it stands, or what to change in a genuine one.
#include "quic_fuzz.h"

using namespace ltn;
using namespace ltn::fuzz;
using quic::Tokens;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) return 0;
    static const Bytes secret(32, 7);
    static Tokens tokens(secret, {15 * kSecond, 24 * 3600 * kSecond, 3600 * kSecond});
    const Instant now{0, 1'700'000'000'000};
    const Address from = Address::v4(1, 2, 3, 4, 5);
    CountingRandom random;
    ngtcp2_cid scid, odcid;
    ngtcp2_cid_init(&scid, reinterpret_cast<const uint8_t*>("12345678"), 8);
    ngtcp2_cid_init(&odcid, reinterpret_cast<const uint8_t*>("abcdefghijkl"), 12);

    Bytes genuine[2] = {Bytes(Tokens::kLenMax), Bytes(Tokens::kLenMax)};
    genuine[0].resize(tokens.make_new_token(genuine[0], from, random, now));
    genuine[1].resize(tokens.make_retry(genuine[1], from, scid, odcid, random, now));
    Bytes token(data + 1, data + size);
    if ((data[0] & 2) != 0) {
        Bytes changes = std::move(token);
        token = genuine[data[0] & 1];
        for (size_t i = 0; i < changes.size() && i < token.size(); ++i) token[i] ^= changes[i];
    }
    // Either kind: a fuzzer that sees comparisons copies the one it was not given.
    bool same = token == genuine[0] || token == genuine[1];
    Tokens::Checked checked = tokens.check(token, from, scid, now);
    bool valid = checked.verdict == Tokens::Verdict::valid_retry ||
                 checked.verdict == Tokens::Verdict::valid_new_token;
    require(valid == same);
    if (checked.verdict == Tokens::Verdict::valid_retry) {
        require(ngtcp2_cid_eq(&checked.original_dcid, &odcid) != 0);
    }
    return 0;
}

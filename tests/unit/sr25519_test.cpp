// Signatures against the reference crate, and what must not verify.
#include "crypto/sr25519.h"
#include "crypto/secret.h"
#include "vector_lines.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using ltn::as_bytes;
using ltn::Bytes;
using ltn::ByteView;
using ltn::codec::hex_encode;
using namespace ltn::crypto;
using namespace ltn::test;

class ZeroRandom final : public ltn::Random {
public:
    void fill(ltn::MutableBytes out) override
    {
        for (uint8_t& byte : out) byte = 0;
    }
};

// splitmix64, so that a failure comes back on the next run.
class SeededRandom final : public ltn::Random {
public:
    explicit SeededRandom(uint64_t seed) : state_(seed) {}
    void fill(ltn::MutableBytes out) override
    {
        for (uint8_t& byte : out) {
            state_ += 0x9e3779b97f4a7c15u;
            uint64_t z = (state_ ^ (state_ >> 30)) * 0xbf58476d1ce4e5b9u;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
            byte = static_cast<uint8_t>(z >> 40);
        }
    }

private:
    uint64_t state_;
};

Seed seed_of(uint8_t byte)
{
    Seed seed{};
    seed.fill(byte);
    return seed;
}

std::string sign_hex(const KeyPair& pair, std::string_view message)
{
    ZeroRandom zero;
    return hex_encode(pair.sign(as_bytes(message), zero));
}

void seed_expands_to_the_known_secret_and_key(void**)
{
    const KeyPair pair = KeyPair::from_seed(seed_of(1));
    std::array<uint8_t, 64> secret{};
    pair.export_secret(secret);
    assert_string_equal(hex_encode(secret).c_str(),
                        "0bdd6dbf4edf8925e8c128bc2ddd9ed555e36240ca30ca7633d80e18d177de0d"
                        "b17a2a2cf3d4a41a8e4e18cc45c8656d558eceddb0adb46bfa088a5f53bed252");
    assert_string_equal(hex_encode(pair.public_key()).c_str(),
                        "189dac29296d31814dc8c56cf3d36a0543372bba7538fa322a4aebfebc39e056");
    assert_string_equal(hex_encode(KeyPair::from_seed(seed_of(2)).public_key()).c_str(),
                        "1a4fee48c1ba1a48e8cd43782a8485d635aa91cfb82cbb477f0c1c576bc4031c");
    const Seed other =
        unhex_array<32>("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    assert_string_equal(hex_encode(KeyPair::from_seed(other).public_key()).c_str(),
                        "44a996beb1eef7bdcab976ab6d2ca26104834164ecf28fb375600576fcc6eb0f");
}

void zero_randomness_gives_the_published_signatures(void**)
{
    assert_string_equal(sign_hex(KeyPair::from_seed(seed_of(1)), "test message").c_str(),
                        "ba0d9f600c6472e85bacccf856f922bbb4840377d3e11667406aa7b3cfbcd411"
                        "fce8e0930a949974bdb9fb7d0f92d913d7ac8a3c64564e77293b844e95ebf682");
    assert_string_equal(sign_hex(KeyPair::from_seed(seed_of(2)), "").c_str(),
                        "bc30113f18d994bda0e1185306f6d871790665d0ea94c2180739cd8698c3166e"
                        "69aaa6859b9eade75e8634807768e76f4a9fe9c410c034c7fb31801f50956a82");
}

void signature_of_a_third_party_verifies(void**)
{
    const PublicKey key =
        unhex_array<32>("46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a");
    const Bytes signature = unhex(
        "4e172314444b8f820bb54c22e95076f220ed25373e5c178234aa6c211d292712"
        "44b947e3ff3418ff6b45fd1df1140c8cbff69fc58ee6dc96df70936a2bb74b82");
    assert_true(verify(key, as_bytes("this is a message"), signature));
    assert_false(verify(key, as_bytes("this is a message."), signature));
}

void handshake_strings_sign_as_published(void**)
{
    const std::string validator = "5CfCr47V5Dte6bwxNBE8K9oNnQd9fiay6aDEEkgYtFv7w4Fq";
    const std::string miner = "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH";
    const std::string tail =
        ":000102030405060708090a0b0c0d0e0f:5NZV0ap3NxLk5+VlfoUxUyXIMea0Meiad8RccG5iH7c=";
    assert_string_equal(
        sign_hex(KeyPair::from_seed(seed_of(2)), "handshake:" + validator + ":1700000000" + tail)
            .c_str(),
        "20627eff4ba1662cfae0616d9bba9d2533f85d16a2725ccadb91e38202aaf67f"
        "37f3a8af79a0d3987813f69acb6318d4a8c2b00b8c2b7aa229a33574b14cea8e");
    assert_string_equal(
        sign_hex(KeyPair::from_seed(seed_of(1)),
                 "handshake_response:" + validator + ":" + miner + ":1700000001" + tail)
            .c_str(),
        "96b9a240dd02da527e76ca47663b166faa6b6bd73d3deaffb340b1975818c747"
        "d9f7c5a1f614357cd8eb464b661939002018f6f45cc892aaebaf0459f4f1fa88");
}

void reference_vectors_sign_to_the_byte_and_verify(void**)
{
    ZeroRandom zero;
    size_t checked = 0;
    for (const Fields& line : read_vector_lines("sr25519.txt")) {
        if (line[0] != "sign") continue;
        const KeyPair pair = KeyPair::from_seed(unhex_array<32>(line[1]));
        std::array<uint8_t, 64> secret{};
        pair.export_secret(secret);
        assert_string_equal(hex_encode(secret).c_str(), line[2].c_str());
        assert_string_equal(hex_encode(pair.public_key()).c_str(), line[3].c_str());
        const Bytes message = unhex(line[4]);
        const Signature signature = pair.sign(message, zero);
        assert_string_equal(hex_encode(signature).c_str(), line[5].c_str());
        assert_true(verify(pair.public_key(), message, signature));

        ltn::Result<KeyPair> again = KeyPair::from_secret(secret);
        assert_true(again.ok());
        assert_true(again->sign(message, zero) == signature);
        ++checked;
    }
    assert_int_equal(checked, 120);
}

void reference_verdicts_are_ours(void**)
{
    size_t good = 0;
    size_t bad = 0;
    for (const Fields& line : read_vector_lines("sr25519.txt")) {
        if (line[0] != "verify") continue;
        const bool expected = line[1] == "good";
        const bool got = verify(unhex_array<32>(line[3]), unhex(line[4]), unhex(line[5]));
        if (got != expected) fail_msg("%s: expected %s", line[2].c_str(), line[1].c_str());
        ++(expected ? good : bad);
    }
    assert_true(good >= 24);
    assert_true(bad >= 200);
}

void our_signatures_verify_and_differ(void**)
{
    SeededRandom random(7);
    for (int i = 0; i < 200; ++i) {
        Seed seed{};
        random.fill(seed);
        const KeyPair pair = KeyPair::from_seed(seed);
        assert_true(is_valid_public_key(pair.public_key()));
        Bytes message(random.next_u64() % 300);
        random.fill(message);
        const Signature one = pair.sign(message, random);
        const Signature two = pair.sign(message, random);
        assert_true(one != two);
        assert_true(verify(pair.public_key(), message, one));
        assert_true(verify(pair.public_key(), message, two));
        Signature broken = one;
        broken[random.next_u64() % 64] ^= static_cast<uint8_t>(1u << random.next_u64() % 8);
        assert_false(verify(pair.public_key(), message, broken));
    }
}

void identity_and_wrong_spellings_are_no_keys(void**)
{
    assert_false(is_valid_public_key(PublicKey{}));
    size_t bad_keys = 0;
    for (const Fields& line : read_vector_lines("sr25519.txt")) {
        if (line[0] != "verify") continue;
        const PublicKey key = unhex_array<32>(line[3]);
        const bool wrong = line[2] == "key_negated" || line[2] == "key_high_bit" ||
                           line[2] == "key_above_prime" || line[2] == "key_all_ones" ||
                           line[2] == "key_not_on_curve" || line[2] == "key_odd" ||
                           line[2].starts_with("identity_key");
        if (line[2] == "plain") assert_true(is_valid_public_key(key));
        if (!wrong) continue;
        if (is_valid_public_key(key)) fail_msg("%s passed as a key", line[2].c_str());
        ++bad_keys;
    }
    assert_true(bad_keys > 25);
}

void secret_with_a_bad_scalar_is_refused_with_a_reason(void**)
{
    std::array<uint8_t, 64> secret{};
    assert_true(KeyPair::from_secret(secret).error().code == ltn::Code::bad_key);
    assert_string_equal(KeyPair::from_secret(ByteView(secret).first(63)).error().text.c_str(),
                        "secret key: expected 64 bytes, got 63");
    const std::string order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    const std::string below = "ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
    assert_string_equal(
        KeyPair::from_secret(unhex(order + std::string(64, '0'))).error().text.c_str(),
        "secret key: expected a scalar below the group order, got one that is not");
    assert_true(KeyPair::from_secret(unhex(below + std::string(64, '0'))).ok());
    secret.fill(0xff);
    assert_false(KeyPair::from_secret(secret).ok());
}

void pair_without_a_secret_signs_nothing_that_verifies(void**)
{
    ZeroRandom zero;
    KeyPair pair = KeyPair::from_seed(seed_of(3));
    const PublicKey key = pair.public_key();
    KeyPair moved = std::move(pair);
    assert_true(moved.has_secret());
    assert_true(moved.public_key() == key);
    const KeyPair empty;
    assert_false(empty.has_secret());
    assert_false(verify(key, as_bytes("x"), empty.sign(as_bytes("x"), zero)));
    KeyPair target = KeyPair::from_seed(seed_of(4));
    target = std::move(moved);
    assert_true(verify(key, as_bytes("x"), target.sign(as_bytes("x"), zero)));
}

void secret_memory_starts_zero_and_moves(void**)
{
    SecretBytes memory(100);
    for (uint8_t byte : memory.view()) assert_int_equal(byte, 0);
    memory.bytes()[99] = 7;
    SecretBytes other = std::move(memory);
    assert_int_equal(memory.size(), 0);
    assert_int_equal(other.view()[99], 7);
    other.truncate(3);
    assert_int_equal(other.size(), 3);
    secret_free(nullptr);
    secret_free(secret_alloc(0));
    assert_int_equal(reinterpret_cast<uintptr_t>(SecretBytes(1).data()) % 16, 0);
}

}  // namespace

int main()
{
    if (!init()) return 1;
    const CMUnitTest tests[] = {
        cmocka_unit_test(seed_expands_to_the_known_secret_and_key),
        cmocka_unit_test(zero_randomness_gives_the_published_signatures),
        cmocka_unit_test(signature_of_a_third_party_verifies),
        cmocka_unit_test(handshake_strings_sign_as_published),
        cmocka_unit_test(reference_vectors_sign_to_the_byte_and_verify),
        cmocka_unit_test(reference_verdicts_are_ours),
        cmocka_unit_test(our_signatures_verify_and_differ),
        cmocka_unit_test(identity_and_wrong_spellings_are_no_keys),
        cmocka_unit_test(secret_with_a_bad_scalar_is_refused_with_a_reason),
        cmocka_unit_test(pair_without_a_secret_signs_nothing_that_verifies),
        cmocka_unit_test(secret_memory_starts_zero_and_moves),
    };
    return cmocka_run_group_tests_name("sr25519", tests, nullptr, nullptr);
}

// The permutation against its published values.
#include "crypto/keccak.h"
#include "codec/text.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}

namespace {

using ltn::crypto::KeccakLanes;

std::string first_bytes(const KeccakLanes& lanes, size_t count)
{
    ltn::Bytes bytes;
    for (size_t i = 0; i < count; ++i) {
        bytes.push_back(static_cast<uint8_t>(lanes[i / 8] >> (8 * (i % 8))));
    }
    return ltn::codec::hex_encode(bytes);
}

void zero_state_permutes_to_the_published_bytes(void**)
{
    KeccakLanes lanes{};
    ltn::crypto::keccak_f1600(lanes);
    assert_string_equal(first_bytes(lanes, 32).c_str(),
                        "e7dde140798f25f18a47c033f9ccd584eea95aa61e2698d54d49806f304715bd");
    assert_true(lanes[24] == 0xeaf1ff7b5ceca249u);
}

void second_permutation_gives_the_published_lanes(void**)
{
    KeccakLanes lanes{};
    ltn::crypto::keccak_f1600(lanes);
    ltn::crypto::keccak_f1600(lanes);
    assert_true(lanes[0] == 0x2d5c954df96ecb3cu);
    assert_true(lanes[24] == 0x20d06cd26a8fbf5cu);
}

// SHA3-256 of "abc" by hand: a mistake in any lane would show.
void sha3_built_on_it_matches_the_standard(void**)
{
    KeccakLanes lanes{};
    lanes[0] = 0x06636261;
    lanes[16] = 0x8000000000000000u;
    ltn::crypto::keccak_f1600(lanes);
    assert_string_equal(first_bytes(lanes, 32).c_str(),
                        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(zero_state_permutes_to_the_published_bytes),
        cmocka_unit_test(second_permutation_gives_the_published_lanes),
        cmocka_unit_test(sha3_built_on_it_matches_the_standard),
    };
    return cmocka_run_group_tests_name("keccak", tests, nullptr, nullptr);
}

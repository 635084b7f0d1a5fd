// STROBE and Merlin against published values and against transcripts of the reference crate.
#include "crypto/hash.h"
#include "crypto/merlin.h"
#include "crypto/strobe.h"
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
using ltn::codec::hex_encode;
using ltn::crypto::Strobe;
using ltn::crypto::Transcript;
using namespace ltn::test;

void merlin_protocol_starts_at_the_known_positions(void**)
{
    const Strobe strobe("Merlin v1.0");
    assert_int_equal(strobe.position(), 13);
    assert_int_equal(strobe.begin_position(), 1);
}

void published_sequence_gives_the_published_output(void**)
{
    Strobe strobe("Conformance Test Protocol");
    strobe.meta_ad(as_bytes("ms"), false);
    strobe.meta_ad(as_bytes("g"), true);
    strobe.ad(Bytes(1024, 0x63), false);
    strobe.meta_ad(as_bytes("prf"), false);
    std::array<uint8_t, 32> out{};
    strobe.prf(out, false);
    assert_string_equal(hex_encode(out).c_str(),
                        "b48e645ca17c667fd5206ba57a6a228d72d8e1903814d3f17f622996d7cfefb0");
    strobe.meta_ad(as_bytes("key"), false);
    strobe.key(out, false);
    strobe.meta_ad(as_bytes("prf"), false);
    strobe.prf(out, false);
    assert_string_equal(hex_encode(out).c_str(),
                        "07e45cce8078cee259e3e375bb85d75610e2d1e1201c5f645045a194edd49ff8");
}

void output_in_pieces_equals_output_at_once(void**)
{
    Strobe whole("pieces");
    Strobe parts = whole;
    Bytes expected(400);
    whole.prf(expected, false);
    Bytes got(400);
    const ltn::MutableBytes view(got);
    parts.prf(view.first(165), false);
    parts.prf(view.subspan(165, 2), true);
    parts.prf(view.subspan(167), true);
    assert_memory_equal(expected.data(), got.data(), expected.size());
}

void simple_transcript_gives_the_published_challenge(void**)
{
    Transcript transcript("test protocol");
    transcript.append("some label", as_bytes("some data"));
    std::array<uint8_t, 32> challenge{};
    transcript.challenge("challenge", challenge);
    assert_string_equal(hex_encode(challenge).c_str(),
                        "d5a21972d0d5fe320c0d263fac7fffb8145aa640af6e9bca177c03c7efcf0615");
}

void random_transcripts_agree_with_the_reference(void**)
{
    size_t checked = 0;
    Transcript transcript("");
    for (const Fields& line : read_vector_lines("sr25519.merlin.txt")) {
        if (line[0] == "new") {
            transcript = Transcript(line[1]);
            continue;
        }
        std::string label = line[1];
        for (char& c : label) c = c == '_' ? ' ' : c;
        if (line[0] == "append") {
            transcript.append(label, unhex(line[2]));
            continue;
        }
        const Bytes expected = unhex(line.back());
        Bytes out(expected.size());
        if (line[0] == "challenge") {
            transcript.challenge(label, out);
        } else {
            transcript.witness(label, unhex(line[2]), unhex(line[3]), out);
        }
        assert_memory_equal(out.data(), expected.data(), expected.size());
        ++checked;
    }
    assert_true(checked > 80);
}

void hashes_give_the_known_digests(void**)
{
    using namespace ltn::crypto;
    assert_string_equal(hex_encode(blake2b_256({})).c_str(),
                        "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    assert_string_equal(hex_encode(blake2b_256(as_bytes("btlightning"))).c_str(),
                        "e4d655d1aa773712e4e7e5657e85315325c831e6b431e89a77c45c706e621fb7");
    assert_string_equal(hex_encode(blake2b_512(as_bytes("abc"))).substr(0, 32).c_str(),
                        "ba80a53f981c4d0d6a2797b69f12f6e9");
    std::array<uint8_t, 64> sha{};
    sha512(as_bytes("abc"), sha);
    assert_string_equal(hex_encode(sha).substr(0, 32).c_str(), "ddaf35a193617abacc417349ae204131");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(merlin_protocol_starts_at_the_known_positions),
        cmocka_unit_test(published_sequence_gives_the_published_output),
        cmocka_unit_test(output_in_pieces_equals_output_at_once),
        cmocka_unit_test(simple_transcript_gives_the_published_challenge),
        cmocka_unit_test(random_transcripts_agree_with_the_reference),
        cmocka_unit_test(hashes_give_the_known_digests),
    };
    return cmocka_run_group_tests_name("strobe_merlin", tests, nullptr, nullptr);
}

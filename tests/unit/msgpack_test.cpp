// The MessagePack reader and writer, against rmp-serde's judgement and at every edge of a length.
#include <cmath>
#include <cstring>

#include "allocation_count.h"
#include "codec/msgpack.h"
#include "msgpack_spelling.h"
#include "vector_lines.h"

// After the C++ headers, because it defines macros with names such as fail.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
extern "C" {
#include <cmocka.h>
}
#undef skip  // the reader has a function of that name

namespace {

using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;
using namespace ltn::codec::msgpack;
using ltn::test::respell;
using ltn::test::unhex;

Bytes nested_arrays(size_t levels)
{
    Bytes out(levels, 0x91);
    out.back() = 0x90;
    return out;
}

std::string refusal(const Bytes& bytes)
{
    Reader reader(bytes);
    ltn::Result<ByteView> covered = reader.skip();
    assert_false(covered.ok());
    assert_int_equal(static_cast<int>(covered.error().code),
                     static_cast<int>(ltn::Code::malformed));
    return covered.error().text;
}

void every_vector_is_read_as_the_peers_library_reads_it(void**)
{
    size_t accepted = 0;
    size_t refused = 0;
    for (const ltn::test::Fields& fields : ltn::test::read_vector_lines("msgpack.txt")) {
        const Bytes input = unhex(fields.at(1));
        Reader reader(input);
        Bytes again;
        const bool ok = respell(reader, again);
        std::string outcome = "refused";
        if (ok) outcome = "ok " + std::to_string(reader.offset()) + " " + hex_encode(again);
        const std::string expected = ltn::test::join_fields(fields, 2);
        if (outcome != expected) std::fprintf(stderr, "vector %s\n", fields[0].c_str());
        assert_string_equal(outcome.c_str(), expected.c_str());
        ++(ok ? accepted : refused);
    }
    assert_true(accepted >= 200);
    assert_true(refused >= 100);
}

void every_value_cut_short_is_refused_at_every_byte(void**)
{
    for (const ltn::test::Fields& fields : ltn::test::read_vector_lines("msgpack.txt")) {
        if (fields.at(2) != "ok") continue;
        const Bytes input = unhex(fields.at(1));
        const size_t len = std::stoul(fields.at(3));
        for (size_t cut = 0; cut < len; ++cut) {
            // Exactly as long, so that a read past the end is seen by the sanitizer.
            const Bytes part(input.begin(), input.begin() + static_cast<ptrdiff_t>(cut));
            Reader reader(part);
            assert_false(reader.skip().ok());
            assert_int_equal(reader.offset(), 0);
        }
    }
}

void every_marker_is_read_or_refused_with_every_following_byte(void**)
{
    for (unsigned marker = 0; marker < 256; ++marker) {
        for (unsigned fill = 0; fill < 256; ++fill) {
            Bytes input(9, static_cast<uint8_t>(fill));
            input[0] = static_cast<uint8_t>(marker);
            Reader reader(input);
            const ltn::Result<Token> token = reader.next();
            if (marker == 0xc1) assert_false(token.ok());
            if (marker < 0x80 || marker >= 0xe0) assert_true(token.ok());
            if (!token.ok()) assert_int_equal(reader.offset(), 0);
        }
    }
}

void numbers_come_with_their_sign_and_width_removed(void**)
{
    const Bytes input = unhex(
        "05cc05d005d2000000057fff80cd8000d080d18000d3800000000000000000"
        "cfffffffffffffffff");
    Reader reader(input);
    for (int i = 0; i < 4; ++i) {
        const Token five = *reader.next();
        assert_int_equal(static_cast<int>(five.kind), static_cast<int>(Kind::unsigned_int));
        assert_int_equal(five.u64, 5);
    }
    assert_int_equal(reader.next()->u64, 127);
    assert_int_equal(reader.next()->i64, -1);
    assert_int_equal(reader.next()->count, 0);  // 0x80 is an empty map, not a number
    assert_int_equal(reader.next()->u64, 0x8000);
    assert_int_equal(reader.next()->i64, -128);
    assert_int_equal(reader.next()->i64, -32768);
    assert_true(reader.next()->i64 == INT64_MIN);
    assert_int_equal(reader.next()->u64, 0);
    assert_true(reader.next()->u64 == UINT64_MAX);
    assert_true(reader.at_end());
}

void floats_keep_their_width_and_their_bits(void**)
{
    Bytes out;
    Writer writer(out);
    writer.float32(-1.5f);
    writer.float64(0.1);
    writer.float32(std::nanf("1"));
    assert_string_equal(hex_encode(ByteView(out).first(14)).c_str(),
                        "cabfc00000cb3fb999999999999a");
    Reader reader(out);
    assert_true(reader.next()->f32 == -1.5f);
    assert_true(reader.next()->f64 == 0.1);
    assert_true(std::isnan(reader.next()->f32));
}

void a_length_beyond_the_input_is_refused_before_anything_is_read(void**)
{
    for (const char* text : {"c4ff", "c5ffff", "c6ffffffff", "d9ff", "daffff", "dbffffffff",
                             "c7ff00", "c8ffff00", "c9ffffffff00", "dcffff", "ddffffffff", "deffff",
                             "dfffffffff", "9f", "8f", "bf", "d800"}) {
        const Bytes input = unhex(text);
        const size_t allocated = ltn::test::allocations_of([&] {
            Reader reader(input);
            (void)reader.skip();
        });
        // The error's text only, never the declared length.
        assert_true(allocated < 16);
        Reader reader(input);
        assert_false(reader.skip().ok());
    }
}

void a_count_larger_than_what_is_left_is_refused_at_the_marker(void**)
{
    Bytes input = unhex("dd00000005");
    input.insert(input.end(), 4, 0xc1);  // never looked at
    assert_string_equal(refusal(input).c_str(),
                        "expected 5 elements after the marker at byte 0, got only 4 bytes");
    input = unhex("df80000000");
    input.insert(input.end(), 64, 0xc0);
    assert_string_equal(refusal(input).c_str(),
                        "expected 4294967296 elements after the marker at byte 0, "
                        "got only 64 bytes");
    Reader one_short(input = unhex("8200c001"));
    assert_false(one_short.next().ok());
    Reader enough(input = unhex("8200c001c0"));
    assert_true(enough.skip().ok());
}

void refusals_say_what_was_expected_and_where(void**)
{
    assert_string_equal(refusal(unhex("92c0")).c_str(),
                        "expected 2 elements after the marker at byte 0, got only 1 bytes");
    assert_string_equal(refusal(unhex("91a361")).c_str(),
                        "expected 3 bytes after the marker at byte 1, got 1");
    assert_string_equal(refusal(unhex("91c1")).c_str(),
                        "expected a value, got marker 0xc1 at byte 1");
    assert_string_equal(refusal({}).c_str(), "expected a value, got the end at byte 0");
    assert_string_equal(refusal(unhex("929101")).c_str(),
                        "expected a value, got the end at byte 3");
    assert_string_equal(refusal(nested_arrays(1024)).c_str(),
                        "expected at most 1023 levels of nesting, got one more at byte 1023");
}

void the_deepest_allowed_nesting_is_exactly_1023(void**)
{
    for (size_t levels : {1, 2, 1022, 1023}) {
        const Bytes input = nested_arrays(levels);
        Reader reader(input);
        assert_int_equal(reader.skip()->size(), levels);
    }
    const Bytes input = nested_arrays(1024);
    Reader too_deep(input);
    assert_false(too_deep.skip().ok());
    Reader generous(input);
    assert_false(generous.skip(5000).ok());  // no caller can lift the bound
}

void nesting_counts_open_levels_and_not_values(void**)
{
    Bytes wide = {0xdc, 0x0f, 0xff};
    for (int i = 0; i < 0xfff; ++i) wide.insert(wide.end(), {0x91, 0x90});
    Reader reader(wide);
    assert_true(reader.skip(3).ok());
    Reader shallow(wide);
    assert_false(shallow.skip(2).ok());
    const Bytes ext = unhex("91d40000");
    assert_true(Reader(ext).skip(2).ok());
    assert_false(Reader(ext).skip(1).ok());
    const Bytes scalar = {0x07};
    assert_true(Reader(scalar).skip(0).ok());
    const Bytes empty = {0x90};
    assert_false(Reader(empty).skip(0).ok());
}

void lengths_are_written_in_the_shortest_form(void**)
{
    const struct {
        size_t len;
        const char* str;
        const char* bin;
        const char* ext;
    } rows[] = {
        {0, "a0", "c400", "c70009"},
        {1, "a1", "c401", "d409"},
        {2, "a2", "c402", "d509"},
        {3, "a3", "c403", "c70309"},
        {4, "a4", "c404", "d609"},
        {8, "a8", "c408", "d709"},
        {16, "b0", "c410", "d809"},
        {31, "bf", "c41f", "c71f09"},
        {32, "d920", "c420", "c72009"},
        {255, "d9ff", "c4ff", "c7ff09"},
        {256, "da0100", "c50100", "c8010009"},
        {65535, "daffff", "c5ffff", "c8ffff09"},
        {65536, "db00010000", "c600010000", "c90001000009"},
    };
    for (const auto& row : rows) {
        const std::string body(row.len, 'x');
        for (const auto& [kind, head] :
             {std::pair(Kind::str, row.str), std::pair(Kind::bin, row.bin),
              std::pair(Kind::ext, row.ext)}) {
            Bytes out;
            Writer writer(out);
            if (kind == Kind::str) writer.str(body);
            if (kind == Kind::bin) writer.bin(ltn::as_bytes(body));
            if (kind == Kind::ext) writer.ext(9, ltn::as_bytes(body));
            assert_string_equal(hex_encode(ByteView(out).first(out.size() - row.len)).c_str(),
                                head);
            Reader reader(out);
            const Token token = *reader.next();
            assert_int_equal(static_cast<int>(token.kind), static_cast<int>(kind));
            assert_int_equal(token.bytes.size(), row.len);
            assert_true(reader.at_end());
        }
    }
}

void counts_are_written_in_the_shortest_form(void**)
{
    const struct {
        uint32_t count;
        const char* array;
        const char* map;
    } rows[] = {
        {0, "90", "80"},
        {15, "9f", "8f"},
        {16, "dc0010", "de0010"},
        {65535, "dcffff", "deffff"},
        {65536, "dd00010000", "df00010000"},
        {UINT32_MAX, "ddffffffff", "dfffffffff"},
    };
    for (const auto& row : rows) {
        Bytes array;
        Writer(array).array(row.count);
        assert_string_equal(hex_encode(array).c_str(), row.array);
        Bytes map;
        Writer(map).map(row.count);
        assert_string_equal(hex_encode(map).c_str(), row.map);
    }
}

// xorshift64*: every failure comes again.
struct Dice {
    uint64_t state;
    uint64_t next()
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return state * 0x2545f4914f6cdd1d;
    }
    size_t below(size_t bound) { return static_cast<size_t>((next() >> 11) % bound); }
};

// Tokens of one random value, written as they are drawn: containers are closed by a count of what is
// still owed, so that no recursion is needed here either.
void write_random(Dice& dice, Bytes& out)
{
    Writer writer(out);
    for (uint64_t owed = 1; owed > 0; --owed) {
        const bool may_open = owed < 40;
        switch (dice.below(may_open ? 12 : 9)) {
            case 0: writer.nil(); break;
            case 1: writer.boolean(dice.below(2) == 1); break;
            case 2: writer.unsigned_int(dice.next() >> dice.below(64)); break;
            case 3: writer.signed_int(static_cast<int64_t>(dice.next()) >> dice.below(64)); break;
            case 4: writer.float32(static_cast<float>(dice.below(1000)) / 8); break;
            case 5: writer.float64(static_cast<double>(dice.next()) / 3); break;
            case 6: writer.str(std::string(dice.below(70), 'q')); break;
            case 7: writer.bin(Bytes(dice.below(300), 0xb1)); break;
            case 8:
                writer.ext(static_cast<int8_t>(dice.next()), Bytes(dice.below(20), 0xee));
                break;
            case 9:
            case 10: {
                const auto count = static_cast<uint32_t>(dice.below(20));
                writer.array(count);
                owed += count;
                break;
            }
            default: {
                const auto count = static_cast<uint32_t>(dice.below(9));
                writer.map(count);
                owed += 2 * uint64_t{count};
            }
        }
    }
}

void what_the_writer_wrote_reads_back_to_the_same_bytes(void**)
{
    for (uint64_t seed = 1; seed <= 400; ++seed) {
        Dice dice{seed * 0x9e3779b97f4a7c15};
        Bytes written;
        write_random(dice, written);
        const size_t len = written.size();
        written.push_back(0xc1);
        Reader reader(written);
        Bytes again;
        assert_true(respell(reader, again));
        assert_int_equal(reader.offset(), len);
        written.pop_back();
        assert_true(again == written);
    }
}

void damaged_values_never_read_past_the_end(void**)
{
    Dice dice{0x5eed};
    for (int round = 0; round < 4000; ++round) {
        Bytes bytes;
        write_random(dice, bytes);
        for (size_t hits = 1 + dice.below(4); hits > 0; --hits) {
            bytes[dice.below(bytes.size())] = static_cast<uint8_t>(dice.next());
        }
        bytes.resize(1 + dice.below(bytes.size()));
        bytes.shrink_to_fit();
        Reader reader(bytes);
        const ltn::Result<ByteView> covered = reader.skip();
        assert_true(reader.offset() <= bytes.size());
        assert_int_equal(reader.offset(), covered.ok() ? covered.value().size() : 0);
    }
}

void a_value_is_found_by_its_key_and_the_last_of_two_wins(void**)
{
    const Bytes map = unhex("85a16101a16292a161c0a16103a1639181a161090704");
    assert_string_equal(hex_encode(find(map, "a")).c_str(), "03");
    assert_string_equal(hex_encode(find(map, "b")).c_str(), "92a161c0");
    assert_string_equal(hex_encode(find(map, "c")).c_str(), "9181a16109");
    assert_true(find(map, "d").empty());
    assert_true(find(map, "").empty());
    assert_string_equal(hex_encode(find(unhex("8290a1630ca16101"), "a")).c_str(), "");
    const Bytes array_key = unhex("829101a163a16101");
    assert_string_equal(hex_encode(find(array_key, "a")).c_str(), "01");
    assert_true(find(unhex("9101"), "a").empty());
    assert_true(find({}, "a").empty());
    for (size_t cut = 0; cut < map.size(); ++cut) {
        assert_true(
            find(Bytes(map.begin(), map.begin() + static_cast<ptrdiff_t>(cut)), "a").empty());
    }
}

void reading_and_skipping_allocate_nothing(void**)
{
    Dice dice{77};
    Bytes bytes;
    write_random(dice, bytes);
    bytes.insert(bytes.begin(), {0x92, 0x91, 0x90});
    const size_t allocated = ltn::test::allocations_of([&] {
        Reader reader(bytes);
        assert_true(reader.next().ok());
        assert_true(reader.skip().ok());
        assert_true(reader.skip().ok());
        assert_true(reader.at_end());
    });
    assert_int_equal(allocated, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_read_as_the_peers_library_reads_it),
        cmocka_unit_test(every_value_cut_short_is_refused_at_every_byte),
        cmocka_unit_test(every_marker_is_read_or_refused_with_every_following_byte),
        cmocka_unit_test(numbers_come_with_their_sign_and_width_removed),
        cmocka_unit_test(floats_keep_their_width_and_their_bits),
        cmocka_unit_test(a_length_beyond_the_input_is_refused_before_anything_is_read),
        cmocka_unit_test(a_count_larger_than_what_is_left_is_refused_at_the_marker),
        cmocka_unit_test(refusals_say_what_was_expected_and_where),
        cmocka_unit_test(the_deepest_allowed_nesting_is_exactly_1023),
        cmocka_unit_test(nesting_counts_open_levels_and_not_values),
        cmocka_unit_test(lengths_are_written_in_the_shortest_form),
        cmocka_unit_test(counts_are_written_in_the_shortest_form),
        cmocka_unit_test(what_the_writer_wrote_reads_back_to_the_same_bytes),
        cmocka_unit_test(damaged_values_never_read_past_the_end),
        cmocka_unit_test(a_value_is_found_by_its_key_and_the_last_of_two_wins),
        cmocka_unit_test(reading_and_skipping_allocate_nothing),
    };
    return cmocka_run_group_tests_name("msgpack", tests, nullptr, nullptr);
}

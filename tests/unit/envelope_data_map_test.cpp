// What a handler sees of `data`: keys made one spelling, repeats resolved, the rest as it came.
#include <algorithm>
#include <type_traits>

#include "allocation_count.h"
#include "codec/envelope.h"
#include "codec/frame.h"
#include "codec/msgpack.h"
#include "envelope_support.h"
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

namespace {

using ltn::as_bytes;
using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;
using ltn::test::lies_within;
using ltn::test::packet_with;
using ltn::test::sorted_map;
using ltn::test::unhex;

// The map that a handler is given for `data`, in hex; by way of a packet and of check_data_map.
std::string seen_by_handler(const Bytes& data)
{
    const Bytes payload = packet_with(data);
    const ltn::Result<SynapsePacket> packet = decode_synapse_packet(payload);
    assert_true(packet.ok());
    assert_int_equal(packet->timestamp_s, 7);
    const ltn::Result<Bytes> checked = check_data_map(data);
    assert_true(checked.ok());
    const ByteView own = checked->empty() ? ByteView(data) : ByteView(checked.value());
    assert_true(std::ranges::equal(own, packet->data));
    assert_true(checked->empty() == packet->normalised.empty());
    assert_true(
        lies_within(packet->data, checked->empty() ? ByteView(payload) : packet->normalised));
    return hex_encode(packet->data);
}

void a_normal_map_is_handed_on_as_it_came(void**)
{
    // Long forms, repeats below the top level and keys of any kind there are normal.
    for (const char* hex : {"80", "de0000", "df00000001d90161cd0001", "81a16183c0c0c001a16100",
                            "82a16181c401ff02a162c401ff", "81a0a0", "81a3e282aca3e282ac"}) {
        assert_string_equal(seen_by_handler(unhex(hex)).c_str(), hex);
    }
}

void a_bin_key_becomes_str_at_the_top_level_only(void**)
{
    assert_string_equal(seen_by_handler(unhex("81c4016107")).c_str(), "81a16107");
    assert_string_equal(seen_by_handler(unhex("82a16207c4016181c4016201")).c_str(),
                        "82a16207a16181c4016201");
    assert_string_equal(seen_by_handler(unhex("81c40007")).c_str(), "81a007");
}

void of_a_repeated_key_the_last_pair_stays(void**)
{
    assert_string_equal(seen_by_handler(unhex("82a16101a16102")).c_str(), "81a16102");
    assert_string_equal(seen_by_handler(unhex("83a16101a16203c4016102")).c_str(), "82a16203a16102");
    assert_string_equal(seen_by_handler(unhex("83a1619101d90161c0c50001610a")).c_str(), "81a1610a");
}

void a_str_that_is_not_text_reaches_the_handler_as_bin(void**)
{
    assert_string_equal(seen_by_handler(unhex("81a161a2ff61")).c_str(), "81a161c402ff61");
    assert_string_equal(seen_by_handler(unhex("82a16192a1ff81a1fea1fda16202")).c_str(),
                        "82a16192c401ff81c401fec401fda16202");
}

void many_keys_are_told_apart_and_repeats_found(void**)
{
    for (uint32_t count : {15u, 16u, 17u, 300u, 70000u}) {
        Bytes unique;
        msgpack::Writer writer(unique);
        writer.map(count);
        for (uint32_t i = 0; i < count; ++i) {
            writer.str("key number " + std::to_string(i * 7919 % count));
            writer.unsigned_int(i);
        }
        assert_true(check_data_map(unique)->empty());

        Bytes repeated;
        msgpack::Writer again(repeated);
        again.map(2 * count);
        for (uint32_t i = 0; i < 2 * count; ++i) {
            again.str("key number " + std::to_string(i % count));
            again.unsigned_int(i);
        }
        const Bytes normal = *check_data_map(repeated);
        msgpack::Reader reader(normal);
        assert_int_equal(reader.next()->count, count);
        for (uint32_t i = 0; i < count; ++i) {
            assert_true(reader.next().ok());
            assert_int_equal(reader.next()->u64, count + i);
        }
        assert_true(reader.at_end());
    }
}

// Equal length, equal ends: nothing but a full comparison tells them apart.
void keys_made_to_collide_are_still_told_apart_quickly(void**)
{
    const uint32_t count = 20000;
    Bytes bytes;
    msgpack::Writer writer(bytes);
    writer.map(count);
    for (uint32_t i = 0; i < count; ++i) {
        std::string key = "prefix_prefix_00000_suffix_suffix";
        for (uint32_t digit = 0, rest = i % (count - 1); digit < 5; ++digit, rest /= 10) {
            key[14 + digit] = static_cast<char>('0' + rest % 10);
        }
        writer.str(key);
        writer.nil();
    }
    const Bytes normal = *check_data_map(bytes);
    assert_int_equal(msgpack::Reader(normal).next()->count, count - 1);
}

void what_a_host_hands_in_must_be_one_map_and_nothing_after_it(void**)
{
    const auto refusal = [](const char* hex) {
        const ltn::Result<Bytes> checked = check_data_map(unhex(hex));
        assert_int_equal(static_cast<int>(checked.error().code),
                         static_cast<int>(ltn::Code::malformed));
        return checked.error().text;
    };
    assert_string_equal(refusal("").c_str(), "expected a value, got the end at byte 0");
    assert_string_equal(refusal("90").c_str(), "expected a map for data, got array at byte 0");
    assert_string_equal(refusal("8080").c_str(),
                        "expected nothing after the data map, got 1 more bytes at byte 1");
    assert_string_equal(refusal("8101c0").c_str(),
                        "expected a str key in data, got unsigned integer at byte 1");
    assert_string_equal(refusal("81a161c1").c_str(), "expected a value, got marker 0xc1 at byte 3");
    Bytes deep = {0x81, 0xa1, 0x61};
    deep.insert(deep.end(), 1020, 0x91);
    deep.push_back(0x90);
    assert_true(check_data_map(deep).ok());
    deep.insert(deep.begin() + 3, 0x91);
    assert_false(check_data_map(deep).ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_normal_map_is_handed_on_as_it_came),
        cmocka_unit_test(a_bin_key_becomes_str_at_the_top_level_only),
        cmocka_unit_test(of_a_repeated_key_the_last_pair_stays),
        cmocka_unit_test(a_str_that_is_not_text_reaches_the_handler_as_bin),
        cmocka_unit_test(many_keys_are_told_apart_and_repeats_found),
        cmocka_unit_test(keys_made_to_collide_are_still_told_apart_quickly),
        cmocka_unit_test(what_a_host_hands_in_must_be_one_map_and_nothing_after_it),
    };
    return cmocka_run_group_tests_name("envelope_data_map", tests, nullptr, nullptr);
}

#include "codec/envelope_data_map.h"

#include "codec/envelope.h"
#include "codec/envelope_keys.h"
#include "codec/envelope_text.h"

namespace ltn::codec {

namespace {

using msgpack::Cursor;
using msgpack::Item;
using msgpack::Kind;
using msgpack::Writer;

[[gnu::cold, gnu::noinline]] bool wrong_kind(std::string& problem, std::string_view expected,
                                             const Item& item)
{
    problem = "expected ";
    problem += expected;
    problem += ", got ";
    problem += msgpack::kind_name(item.kind);
    problem += " at byte " + std::to_string(item.offset);
    return false;
}

[[gnu::cold, gnu::noinline]] bool key_not_text(std::string& problem, const Item& item)
{
    problem =
        "expected a UTF-8 key in data, got other bytes at byte " + std::to_string(item.offset);
    return false;
}

// Copies one value, with every str that is not text turned into bin.
void copy_value(Cursor& cursor, Writer& out)
{
    const ByteView input = cursor.input();
    size_t copied_to = cursor.offset();
    const bool valid = cursor.walk(kDataValueDepthMax, [&](const Item& item) {
        const ByteView body = item.bytes_of(input);
        if (is_text(body)) return;
        out.raw(input.subspan(copied_to, item.offset - copied_to));
        out.bin(body);
        copied_to = item.body + item.size;
    });
    // The scan before this has been here, so it is valid.
    if (valid) out.raw(input.subspan(copied_to, cursor.offset() - copied_to));
}

Bytes rewrite(ByteView input, size_t first_key, uint32_t pairs,
              const std::vector<uint32_t>& superseded, size_t end)
{
    Bytes bytes;
    bytes.reserve(end - first_key + 5);
    Writer out(bytes);
    out.map(pairs - static_cast<uint32_t>(superseded.size()));
    Cursor cursor(input, first_key);
    auto dropped = superseded.begin();
    for (uint32_t i = 0; i < pairs; ++i) {
        Item key;
        if (!cursor.read(key)) break;
        if (dropped != superseded.end() && *dropped == key.offset) {
            ++dropped;
            if (!cursor.skip(kDataValueDepthMax)) break;
            continue;
        }
        out.str(as_text(key.bytes_of(input)));
        copy_value(cursor, out);
    }
    return bytes;
}

}  // namespace

bool read_data_map(Cursor& cursor, ByteView& view, Bytes& normalised, std::string& problem)
{
    const ByteView input = cursor.input();
    Item head;
    if (!cursor.read(head)) return false;
    if (head.kind != Kind::map) return wrong_kind(problem, "a map for data", head);
    const size_t first_key = cursor.offset();
    KeyIndex keys(input, head.size);
    bool normal = true;
    for (uint32_t i = 0; i < head.size; ++i) {
        Item key;
        if (!cursor.read(key)) return false;
        if (key.kind != Kind::str && key.kind != Kind::bin) {
            return wrong_kind(problem, "a str key in data", key);
        }
        if (!is_text(key.bytes_of(input))) return key_not_text(problem, key);
        normal &= key.kind == Kind::str;
        keys.add(key);
        const bool valid = cursor.walk(kDataValueDepthMax, [&](const Item& item) {
            normal = normal && is_text(item.bytes_of(input));
        });
        if (!valid) return false;
    }
    const std::vector<uint32_t> superseded = keys.superseded();
    if (normal && superseded.empty()) {
        view = cursor.from(head.offset);
        return true;
    }
    normalised = rewrite(input, first_key, head.size, superseded, cursor.offset());
    view = normalised;
    return true;
}

Result<Bytes> check_data_map(ByteView data)
{
    const auto refuse = [](std::string text) {
        return Error(Code::malformed, Category::serialization, std::move(text));
    };
    // No frame could carry it, and offsets in it are kept in 32 bits.
    if (data.size() > UINT32_MAX) {
        return Error(Code::too_large, Category::serialization,
                     "expected data below 4 GiB, got " + std::to_string(data.size()) + " bytes");
    }
    Cursor cursor(data);
    ByteView view;
    Bytes normalised;
    std::string problem;
    if (!read_data_map(cursor, view, normalised, problem)) {
        return refuse(problem.empty() ? msgpack::fault_text(cursor.fault()) : std::move(problem));
    }
    if (cursor.left() != 0) {
        return refuse("expected nothing after the data map, got " + std::to_string(cursor.left()) +
                      " more bytes at byte " + std::to_string(cursor.offset()));
    }
    return normalised;
}

}  // namespace ltn::codec

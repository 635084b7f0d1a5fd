// The one spelling of a value that the vectors use: every token in its shortest form, a str that is
// not UTF-8 as bin, a `data` map sorted by key.
#pragma once

#include <map>
#include <string>

#include "codec/msgpack.h"
#include "codec/text.h"

namespace ltn::test {

inline void write_token(codec::msgpack::Writer& out, const codec::msgpack::Token& token)
{
    using codec::msgpack::Kind;
    switch (token.kind) {
        case Kind::nil: return out.nil();
        case Kind::boolean: return out.boolean(token.boolean);
        case Kind::unsigned_int: return out.unsigned_int(token.u64);
        case Kind::negative_int: return out.signed_int(token.i64);
        case Kind::float32: return out.float32(token.f32);
        case Kind::float64: return out.float64(token.f64);
        case Kind::str:
            if (codec::is_valid_utf8(token.bytes)) return out.str(as_text(token.bytes));
            return out.bin(token.bytes);
        case Kind::bin: return out.bin(token.bytes);
        case Kind::array: return out.array(token.count);
        case Kind::map: return out.map(token.count);
        case Kind::ext: return out.ext(token.ext_type, token.bytes);
    }
}

// One value, containers included; what follows it is left. False: not valid.
inline bool respell(codec::msgpack::Reader& in, Bytes& out)
{
    using codec::msgpack::Kind;
    codec::msgpack::Reader probe = in;
    if (!probe.skip().ok()) return false;
    codec::msgpack::Writer writer(out);
    for (uint64_t values = 1; values > 0; --values) {
        Result<codec::msgpack::Token> token = in.next();
        if (!token.ok()) return false;
        if (token->kind == Kind::array) values += token->count;
        if (token->kind == Kind::map) values += 2 * uint64_t{token->count};
        write_token(writer, *token);
    }
    return in.offset() == probe.offset();
}

// A map as handlers are to see it: str keys, none twice. Empty: it is not like that.
inline Bytes sorted_map(ByteView data)
{
    using codec::msgpack::Kind;
    codec::msgpack::Reader in(data);
    Result<codec::msgpack::Token> head = in.next();
    if (!head.ok() || head->kind != Kind::map) return {};
    std::map<std::string, Bytes> entries;
    for (uint32_t i = 0; i < head->count; ++i) {
        Result<codec::msgpack::Token> key = in.next();
        if (!key.ok() || key->kind != Kind::str || !codec::is_valid_utf8(key->bytes)) return {};
        Bytes& value = entries[std::string(as_text(key->bytes))];
        if (!value.empty() || !respell(in, value)) return {};
    }
    if (!in.at_end()) return {};
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.map(static_cast<uint32_t>(entries.size()));
    for (const auto& [key, value] : entries) {
        writer.str(key);
        writer.raw(value);
    }
    return out;
}

}  // namespace ltn::test

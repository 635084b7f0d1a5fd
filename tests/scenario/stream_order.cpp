#include "scenario/stream_order.h"

#include "codec/msgpack.h"

namespace ltn::scenario {

namespace {

// splitmix64
uint64_t mixed(uint64_t value)
{
    value += 0x9e3779b97f4a7c15;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
    value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
    return value ^ (value >> 31);
}

}  // namespace

uint64_t number_in(ByteView data, std::string_view key)
{
    const ByteView value = codec::msgpack::find(data, key);
    if (value.empty()) return UINT64_MAX;
    auto token = codec::msgpack::Reader(value).next();
    if (!token.ok() || token->kind != codec::msgpack::Kind::unsigned_int) return UINT64_MAX;
    return token->u64;
}

SharedBytes encode_order(const StreamOrder& order)
{
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.map(4);
    writer.str("c");
    writer.unsigned_int(order.client);
    writer.str("i");
    writer.unsigned_int(order.call);
    writer.str("n");
    writer.unsigned_int(order.chunks);
    writer.str("l");
    writer.unsigned_int(order.chunk_len_max);
    return SharedBytes::take(std::move(out));
}

std::optional<StreamOrder> decode_order(ByteView data)
{
    const StreamOrder out{number_in(data, "c"), number_in(data, "i"), number_in(data, "n"),
                          number_in(data, "l")};
    if (out.chunks == UINT64_MAX || out.chunk_len_max == UINT64_MAX) return std::nullopt;
    return out;
}

Bytes ordered_chunk(const StreamOrder& order, uint64_t index)
{
    const uint64_t seed = mixed(mixed(order.client << 32 | order.call) ^ index);
    Bytes out(seed % (order.chunk_len_max + 1));
    uint64_t word = 0;
    for (size_t i = 0; i < out.size(); ++i) {
        if (i % 8 == 0) word = mixed(seed + i);
        out[i] = static_cast<uint8_t>(word >> (i % 8 * 8));
    }
    return out;
}

}  // namespace ltn::scenario

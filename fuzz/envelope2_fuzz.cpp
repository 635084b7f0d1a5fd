// Every payload through every decoder of the second token. What is accepted must encode again, the
// encoding must be accepted, and must come out of a second round as it went in.
#include "codec/envelope2.h"
#include "codec/msgpack.h"
#include "fuzz_require.h"

using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;
using ltn::fuzz::require;
using ltn::fuzz::require_normal;

namespace {

void write_text(msgpack::Writer& writer, const std::optional<std::string_view>& text)
{
    text.has_value() ? writer.str(*text) : writer.nil();
}

void write_code(msgpack::Writer& writer, const std::optional<uint64_t>& code)
{
    code.has_value() ? writer.unsigned_int(*code) : writer.nil();
}

void write(const HandshakeRequest2& value, Bytes& out)
{
    encode(value, out);
}

void write(const HandshakeResponse2& value, Bytes& out)
{
    encode(value, out);
}

void write(const SynapsePacket2& value, Bytes& out)
{
    require_normal(value.data);
    require(value.terms.priority <= kPriorityMax);
    msgpack::Writer writer(out);
    writer.array(kRequest2Elements);
    writer.str(value.synapse_type);
    writer.raw(value.data);
    encode_request_tail(value.timestamp_s, value.terms, out);
}

void write(const SynapseResponse2& value, Bytes& out)
{
    require_normal(value.data);
    msgpack::Writer writer(out);
    writer.array(kResponse2Elements);
    writer.boolean(value.success);
    writer.raw(value.data);
    writer.unsigned_int(value.timestamp_s);
    write_text(writer, value.error);
    write_code(writer, value.code);
}

void write(const StreamChunk& value, Bytes& out)
{
    encode_stream_chunk(value.data, out);
}

void write(const StreamEnd2& value, Bytes& out)
{
    msgpack::Writer writer(out);
    writer.array(3);
    writer.boolean(value.success);
    write_text(writer, value.error);
    write_code(writer, value.code);
}

template <class Decode>
void round_trip(ByteView input, Decode&& decode)
{
    const auto first = decode(input);
    if (!first.ok()) {
        require(!first.error().text.empty());
        return;
    }
    Bytes written;
    write(first.value(), written);
    const auto second = decode(written);
    require(second.ok());
    Bytes again;
    write(second.value(), again);
    require(again == written);
    // Elements of a later version behind ours change nothing (docs/wire-2.md).
    require(written[0] < 0x9e);
    written[0] = static_cast<uint8_t>(written[0] + 2);
    written.insert(written.end(), {0xc0, 0x91, 0x07});
    const auto longer = decode(written);
    require(longer.ok());
    Bytes shorter;
    write(longer.value(), shorter);
    require(shorter == again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const ByteView input(data, size);
    round_trip(input, decode_handshake_request2);
    round_trip(input, decode_handshake_response2);
    round_trip(input, decode_synapse_packet2);
    round_trip(input, decode_synapse_response2);
    round_trip(input, decode_stream_chunk2);
    round_trip(input, decode_stream_end2);
    return 0;
}

// Every payload through every decoder. What is accepted must encode again, the encoding must be
// accepted, and must come out of a second round as it went in.
#include "codec/envelope.h"
#include "fuzz_require.h"

using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;
using ltn::fuzz::require;
using ltn::fuzz::require_normal;

namespace {

void write(const HandshakeRequest& value, Bytes& out)
{
    encode(value, out);
}

void write(const HandshakeResponse& value, Bytes& out)
{
    encode(value, out);
}

void write(const SynapsePacket& value, Bytes& out)
{
    require_normal(value.data);
    encode_synapse_packet(value.synapse_type, value.data, value.timestamp_s, out);
}

void write(const SynapseResponse& value, Bytes& out)
{
    require_normal(value.data);
    encode_synapse_response(value.success, value.data, value.timestamp_s, value.error, out);
}

void write(const StreamChunk& value, Bytes& out)
{
    encode_stream_chunk(value.data, out);
}

void write(const StreamEnd& value, Bytes& out)
{
    encode_stream_end(value.success, value.error, out);
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
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const ByteView input(data, size);
    round_trip(input, decode_handshake_request);
    round_trip(input, decode_handshake_response);
    round_trip(input, decode_synapse_packet);
    round_trip(input, decode_synapse_response);
    round_trip(input, decode_stream_chunk);
    round_trip(input, decode_stream_end);
    (void)check_data_map(input);
    return 0;
}

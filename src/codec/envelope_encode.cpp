// Writes the six structures: an array of the field count, fields in wire order, nothing optional
// about the element of an absent optional.
#include "codec/envelope.h"
#include "codec/msgpack.h"

namespace ltn::codec {

namespace {

using msgpack::Writer;

void optional_text(Writer& writer, std::optional<std::string_view> text)
{
    if (text) {
        writer.str(*text);
    } else {
        writer.nil();
    }
}

}  // namespace

void encode(const HandshakeRequest& value, Bytes& out)
{
    Writer writer(out);
    writer.array(4);
    writer.str(value.validator_hotkey);
    writer.unsigned_int(value.timestamp_s);
    writer.str(value.nonce);
    writer.str(value.signature);
}

void encode(const HandshakeResponse& value, Bytes& out)
{
    Writer writer(out);
    writer.array(6);
    writer.str(value.miner_hotkey);
    writer.unsigned_int(value.timestamp_s);
    writer.str(value.signature);
    writer.boolean(value.accepted);
    writer.str(value.connection_id);
    optional_text(writer, value.cert_fingerprint);
}

void encode_synapse_packet(std::string_view synapse_type, ByteView data, uint64_t timestamp_s,
                           Bytes& out)
{
    Writer writer(out);
    writer.array(3);
    writer.str(synapse_type);
    writer.raw(data);
    writer.unsigned_int(timestamp_s);
}

void encode_synapse_response(bool success, ByteView data, uint64_t timestamp_s,
                             std::optional<std::string_view> error, Bytes& out)
{
    Writer writer(out);
    writer.array(4);
    writer.boolean(success);
    writer.raw(data);
    writer.unsigned_int(timestamp_s);
    optional_text(writer, error);
}

void encode_stream_chunk(ByteView data, Bytes& out)
{
    Writer writer(out);
    writer.array(1);
    writer.bin(data);
}

void encode_stream_end(bool success, std::optional<std::string_view> error, Bytes& out)
{
    Writer writer(out);
    writer.array(2);
    writer.boolean(success);
    optional_text(writer, error);
}

}  // namespace ltn::codec

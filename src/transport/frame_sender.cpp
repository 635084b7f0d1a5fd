#include "transport/frame_sender.h"

#include <algorithm>

#include "codec/envelope.h"
#include "codec/msgpack.h"

namespace ltn::transport {

namespace {

using codec::FrameType;
using codec::kFrameHeaderLen;
using codec::msgpack::Writer;

Error check_size(uint64_t payload_len, uint64_t payload_max)
{
    if (payload_len > UINT32_MAX) {
        return Error(Code::too_large, Category::transport,
                     "frame payload " + std::to_string(payload_len) + " bytes exceeds u32::MAX");
    }
    if (payload_len > payload_max) {
        return Error(Code::too_large, Category::transport,
                     "frame payload " + std::to_string(payload_len) + " bytes exceeds maximum " +
                         std::to_string(payload_max));
    }
    return {};
}

void write_header(Bytes& frame, FrameType type, size_t payload_len)
{
    auto header = codec::frame_header(type, static_cast<uint32_t>(payload_len));
    std::copy(header.begin(), header.end(), frame.begin());
}

// `frame` holds five free bytes, then the envelope up to the data; `tail` writes what follows it.
template <class Tail>
Error send_around(quic::Connection& link, quic::StreamId stream, FrameType type, Bytes frame,
                  const SharedBytes& data, uint64_t payload_max, Tail&& write_tail, bool fin = true)
{
    size_t head_len = frame.size();
    bool contiguous = data.size() < kContiguousMax;
    if (contiguous) frame.insert(frame.end(), data.view().begin(), data.view().end());
    write_tail(frame);
    uint64_t payload_len = frame.size() - kFrameHeaderLen + (contiguous ? 0 : data.size());
    Error size_error = check_size(payload_len, payload_max);
    if (!size_error.ok()) return size_error;
    write_header(frame, type, payload_len);
    SharedBytes ours = SharedBytes::take(std::move(frame));
    if (contiguous) return link.send(stream, std::move(ours), fin);
    Error error = link.send(stream, ours.slice(0, head_len), false);
    if (error.ok()) error = link.send(stream, data, false);
    if (error.ok()) error = link.send(stream, ours.slice(head_len, ours.size() - head_len), fin);
    return error;
}

Bytes frame_start(size_t reserve)
{
    Bytes frame;
    frame.reserve(kFrameHeaderLen + reserve);
    frame.resize(kFrameHeaderLen);
    return frame;
}

}  // namespace

uint64_t synapse_packet_len(std::string_view synapse_type, size_t data_len, uint64_t timestamp_s)
{
    Bytes scratch;
    Writer writer(scratch);
    writer.str({});
    writer.unsigned_int(timestamp_s);
    size_t name = synapse_type.size();
    size_t longer = name < 32 ? 0 : name < 256 ? 1 : name < 65536 ? 2 : 4;
    return 1 + scratch.size() + longer + name + data_len;
}

Error send_synapse_packet(quic::Connection& link, quic::StreamId stream,
                          std::string_view synapse_type, const SharedBytes& data,
                          uint64_t timestamp_s, uint64_t payload_max,
                          const codec::RequestTerms* terms)
{
    size_t inline_len = data.size() < kContiguousMax ? data.size() : 0;
    Bytes frame = frame_start(synapse_type.size() + inline_len + 28);
    Writer writer(frame);
    writer.array(terms == nullptr ? 3 : codec::kRequest2Elements);
    writer.str(synapse_type);
    const auto write_tail = [timestamp_s, terms](Bytes& out) {
        if (terms == nullptr) {
            Writer(out).unsigned_int(timestamp_s);
        } else {
            codec::encode_request_tail(timestamp_s, *terms, out);
        }
    };
    return send_around(link, stream, FrameType::synapse_packet, std::move(frame), data, payload_max,
                       write_tail, terms == nullptr || !terms->more_follows);
}

Error send_synapse_response(quic::Connection& link, quic::StreamId stream, const SharedBytes& data,
                            uint64_t timestamp_s, uint64_t payload_max, bool second)
{
    size_t inline_len = data.size() < kContiguousMax ? data.size() : 0;
    Bytes frame = frame_start(inline_len + 16);
    Writer writer(frame);
    writer.array(second ? codec::kResponse2Elements : 4);
    writer.boolean(true);
    return send_around(link, stream, FrameType::synapse_response, std::move(frame), data,
                       payload_max, [timestamp_s, second](Bytes& out) {
                           Writer tail(out);
                           tail.unsigned_int(timestamp_s);
                           tail.nil();
                           if (second) tail.nil();
                       });
}

Error send_synapse_failure(quic::Connection& link, quic::StreamId stream, std::string_view error,
                           uint64_t timestamp_s, bool second, codec::AnswerCode code)
{
    Bytes payload;
    payload.reserve(error.size() + 20);
    if (second) {
        Writer writer(payload);
        writer.array(codec::kResponse2Elements);
        writer.boolean(false);
        writer.raw(codec::kEmptyMap);
        codec::encode_answer_tail(timestamp_s, error, code, payload);
    } else {
        codec::encode_synapse_response(false, codec::kEmptyMap, timestamp_s, error, payload);
    }
    return send_frame(link, stream, FrameType::synapse_response, payload);
}

Error check_stream_chunk(size_t data_len, uint64_t payload_max)
{
    uint64_t envelope = data_len < 256 ? 3 : data_len < 65536 ? 4 : 6;
    return check_size(data_len + envelope, payload_max);
}

Error send_stream_chunk(quic::Connection& link, quic::StreamId stream, const SharedBytes& data,
                        uint64_t* taken)
{
    bool contiguous = data.size() < kContiguousMax;
    Bytes frame = frame_start((contiguous ? data.size() : 0) + 8);
    Writer writer(frame);
    writer.array(1);
    writer.bin_header(data.size());
    uint64_t payload_len = frame.size() - kFrameHeaderLen + data.size();
    if (contiguous) frame.insert(frame.end(), data.view().begin(), data.view().end());
    write_header(frame, FrameType::stream_chunk, payload_len);
    *taken = kFrameHeaderLen + payload_len;
    Error error = link.send(stream, SharedBytes::take(std::move(frame)), false);
    if (error.ok() && !contiguous) error = link.send(stream, data, false);
    return error;
}

Error send_stream_end(quic::Connection& link, quic::StreamId stream,
                      std::optional<std::string_view> error, bool second,
                      std::optional<codec::AnswerCode> code)
{
    Bytes payload;
    if (second) {
        codec::encode_stream_end2(error, code, payload);
    } else {
        codec::encode_stream_end(!error.has_value(), error, payload);
    }
    return send_frame(link, stream, FrameType::stream_end, payload);
}

Error send_frame(quic::Connection& link, quic::StreamId stream, FrameType type, ByteView payload)
{
    Bytes frame = frame_start(payload.size());
    frame.insert(frame.end(), payload.begin(), payload.end());
    write_header(frame, type, payload.size());
    return link.send(stream, SharedBytes::take(std::move(frame)), true);
}

void send_empty(quic::Connection& link, quic::StreamId stream)
{
    // The stream may be gone already; then there is nobody to tell.
    Error error = link.send(stream, SharedBytes(), true);
    (void)error;
}

}  // namespace ltn::transport

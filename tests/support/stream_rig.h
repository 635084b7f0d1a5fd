// A server core whose requests are answered by streams, and what a caller has read of one.
#pragma once

#include "support/server_rig.h"

namespace ltn::test {

// What a caller has read of a streamed answer.
struct Reading {
    std::vector<Bytes> chunks;
    // "" for success, the text of a failure, "none" while it runs, "torn" for anything else.
    std::string end = "none";
};

inline Reading reading_of(ByteView sent)
{
    Reading out;
    while (!sent.empty()) {
        auto parsed = codec::parse_frame(sent, 1 << 26);
        if (!parsed.ok() || out.end != "none") {
            out.end = "torn";
            return out;
        }
        sent = sent.subspan(codec::kFrameHeaderLen + parsed->payload.size());
        if (parsed->type == codec::FrameType::stream_chunk) {
            ByteView data = codec::decode_stream_chunk(parsed->payload)->data;
            out.chunks.emplace_back(data.begin(), data.end());
        } else if (parsed->type == codec::FrameType::stream_end) {
            auto end = codec::decode_stream_end(parsed->payload);
            out.end = end->success ? "" : std::string(end->error.value_or("no text"));
        } else {
            out.end = "torn";
        }
    }
    return out;
}

struct StreamRig : ServerRig {
    FakeConnection& peer;

    explicit StreamRig(transport::ServerConfig config = {})
        : ServerRig(std::move(config)), peer(*join())
    {
        events.echo = false;
        events.streamed = {"stream"};
    }

    quic::StreamId ask(bool fin = true) { return send(peer, packet("stream"), fin); }
    uint64_t newest() { return events.requests.back().id; }
    Code chunk(uint64_t id, size_t len, uint8_t fill = 7)
    {
        return core->send_chunk(id, SharedBytes::take(Bytes(len, fill)), clock.now).code;
    }
    Code end(uint64_t id) { return core->end_stream(id, clock.now).code; }
    Code fail(uint64_t id) { return core->fail(id, clock.now).code; }
    // Until the buffer is full; how many chunks were taken.
    size_t fill(uint64_t id, size_t len)
    {
        for (size_t count = 0;; ++count) {
            Code code = chunk(id, len);
            if (code == Code::full) return count;
            if (code != Code::ok || count > 100'000) return SIZE_MAX;
        }
    }
    Reading reading(quic::StreamId stream) { return reading_of(peer.streams[stream].sent); }
    void take(quic::StreamId stream, size_t unsent, size_t unacked)
    {
        link.endpoint->take(peer, stream, unsent, unacked);
        turn();
    }
};

}  // namespace ltn::test

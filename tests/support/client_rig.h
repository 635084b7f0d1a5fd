// A client core on a fake link; the test is every server it talks to.
#pragma once

#include "support/transport_recorders.h"

namespace ltn::test {

struct ClientRig {
    Clock clock;
    crypto::KeyPair own = key_of(2);
    crypto::KeyPair miner = key_of(1);
    CountingRandom random;
    NullLog log;
    NullSink sink;
    FakeLink link;
    ClientRecorder events;
    std::unique_ptr<transport::ClientCore> core;
    Address address = Address::v4(192, 0, 2, 1, 8091);
    uint64_t next_call = 1;

    explicit ClientRig(transport::ClientConfig config = {})
    {
        link.fingerprint = vector_fingerprint();
        config.hotkey = hotkey_of(own);
        events.pair = &own;
        events.clock = &clock;
        core = std::move(transport::create_client(std::move(config), events, random, log, clock.now,
                                                  link.factory())
                             .value());
        events.core = core.get();
    }

    void turn() { core->receive(Datagram{}, clock.now); }
    // As the runtime does: due work, then what leaves.
    void wait(Nanos by)
    {
        clock.advance(by);
        core->handle_expiry(clock.now);
        core->flush(sink, clock.now);
    }

    uint64_t call(Nanos deadline_ns = kNever, std::string type = "echo")
    {
        return call_for(miner.public_key(), deadline_ns, std::move(type));
    }
    uint64_t call_for(const crypto::PublicKey& peer, Nanos deadline_ns = kNever,
                      std::string type = "echo")
    {
        accepted = core->call(request_for(peer, deadline_ns, std::move(type)), clock.now);
        return next_call - 1;
    }
    // A call whose answer is a stream.
    uint64_t stream(const transport::StreamTerms& terms = {}, Nanos deadline_ns = kNever,
                    Bytes data = Bytes{0x80})
    {
        auto request = request_for(miner.public_key(), deadline_ns, "words");
        request.data = SharedBytes::take(std::move(data));
        accepted = core->open(std::move(request), terms, clock.now);
        return next_call - 1;
    }
    transport::CallRequest request_for(const crypto::PublicKey& peer, Nanos deadline_ns,
                                       std::string type)
    {
        transport::CallRequest request;
        request.id = next_call++;
        request.peer = peer;
        request.address = address;
        request.synapse_type = std::move(type);
        request.data = SharedBytes::copy(codec::kEmptyMap);
        request.deadline_ns = deadline_ns;
        return request;
    }
    Error accepted;

    FakeConnection& conn() { return link.endpoint->last(); }
    void reply(quic::StreamId stream, ByteView bytes, bool fin = true)
    {
        link.endpoint->data(conn(), stream, bytes, fin);
        turn();
    }

    // The newest stream the client opened, and the frame it sent there.
    quic::StreamId newest() { return conn().streams.rbegin()->first; }
    codec::HandshakeRequest request_on(quic::StreamId stream)
    {
        auto parsed = codec::parse_frame(conn().streams[stream].sent, 1 << 20);
        return codec::decode_handshake_request(parsed->payload).value();
    }

    // What an honest miner answers to the request on `stream`.
    codec::HandshakeResponse honest(quic::StreamId stream)
    {
        auto request = request_on(stream);
        codec::HandshakeResponse response;
        response.miner_hotkey = hotkey_of(miner).text;
        response.timestamp_s = clock.now.unix_s();
        response.accepted = true;
        response.connection_id = "conn_x";
        response.cert_fingerprint = codec::base64_encode(link.fingerprint);
        response.signature = codec::base64_encode(sign_with(
            miner, as_bytes(transport::response_string(
                       request.validator_hotkey, response.miner_hotkey, response.timestamp_s,
                       request.nonce, *response.cert_fingerprint))));
        return response;
    }
    void reply_handshake(const codec::HandshakeResponse& response)
    {
        Bytes payload;
        codec::encode(response, payload);
        reply(newest(), frame(codec::FrameType::handshake_response, payload));
    }
    // Dial done, handshake answered well.
    void authenticate()
    {
        turn();
        reply_handshake(honest(newest()));
    }
    Bytes success(std::string_view key = "k")
    {
        Bytes payload;
        codec::encode_synapse_response(true, map_of(key, {}), clock.now.unix_s(), std::nullopt,
                                       payload);
        return frame(codec::FrameType::synapse_response, payload);
    }
    Bytes failure(std::optional<std::string_view> text)
    {
        Bytes payload;
        codec::encode_synapse_response(false, codec::kEmptyMap, clock.now.unix_s(), text, payload);
        return frame(codec::FrameType::synapse_response, payload);
    }

    static Bytes chunk(ByteView data)
    {
        Bytes payload;
        codec::encode_stream_chunk(data, payload);
        return frame(codec::FrameType::stream_chunk, payload);
    }
    static Bytes end(bool success = true, std::optional<std::string_view> text = std::nullopt)
    {
        Bytes payload;
        codec::encode_stream_end(success, text, payload);
        return frame(codec::FrameType::stream_end, payload);
    }

    // The single outcome of a call; fails loudly when there is none or more than one.
    const transport::CallResult& outcome(uint64_t id)
    {
        static const transport::CallResult none{
            Error(Code::internal, Category::local, "not exactly one outcome"), {}, 0, 0, 0, 0, 0};
        const auto& all = events.done[id];
        return all.size() == 1 ? all.front() : none;
    }
    bool open(uint64_t id) { return events.done[id].empty(); }
};

}  // namespace ltn::test

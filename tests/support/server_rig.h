// A server core on a fake link; the test is every client that talks to it.
#pragma once

#include "support/transport_recorders.h"

namespace ltn::test {

struct ServerRig {
    Clock clock;
    crypto::KeyPair own = key_of(1);
    crypto::KeyPair validator = key_of(2);
    CountingRandom random;
    NullLog log;
    NullSink sink;
    FakeLink link;
    ServerRecorder events;
    std::unique_ptr<transport::ServerCore> core;
    uint64_t nonces_made = 0;

    explicit ServerRig(transport::ServerConfig config = {})
    {
        link.fingerprint = vector_fingerprint();
        config.hotkey = hotkey_of(own);
        events.pair = &own;
        events.clock = &clock;
        core = std::move(transport::create_server(std::move(config), events, random, log, clock.now,
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

    static Address from(uint8_t host, uint16_t port = 4000)
    {
        return Address::v4(198, 51, 100, host, port);
    }
    FakeConnection* accept(Address remote = from(1))
    {
        FakeConnection* connection = link.endpoint->accept(remote);
        turn();
        return connection;
    }

    // The next client-initiated stream number of a connection.
    std::map<FakeConnection*, quic::StreamId> next_stream;
    quic::StreamId send(FakeConnection& connection, ByteView bytes, bool fin = true)
    {
        quic::StreamId stream = next_stream[&connection];
        next_stream[&connection] += 4;
        link.endpoint->data(connection, stream, bytes, fin);
        turn();
        return stream;
    }

    codec::HandshakeRequest request_by(const crypto::KeyPair& who)
    {
        codec::HandshakeRequest request;
        request.validator_hotkey = hotkey_of(who).text;
        request.timestamp_s = clock.now.unix_s();
        std::array<uint8_t, 16> raw{};
        uint64_t count = ++nonces_made;
        std::memcpy(raw.data(), &count, sizeof count);
        request.nonce = codec::hex_encode(raw);
        sign(request, who);
        return request;
    }
    void sign(codec::HandshakeRequest& request, const crypto::KeyPair& who)
    {
        std::string message =
            transport::request_string(request.validator_hotkey, request.timestamp_s, request.nonce,
                                      codec::base64_encode(link.fingerprint));
        request.signature = codec::base64_encode(sign_with(who, as_bytes(message)));
    }
    quic::StreamId send_request(FakeConnection& connection, const codec::HandshakeRequest& request)
    {
        Bytes payload;
        codec::encode(request, payload);
        return send(connection, frame(codec::FrameType::handshake_request, payload));
    }
    codec::HandshakeResponse response_on(FakeConnection& connection, quic::StreamId stream)
    {
        auto parsed = codec::parse_frame(connection.streams[stream].sent, 1 << 20);
        if (!parsed.ok() || parsed->type != codec::FrameType::handshake_response) {
            codec::HandshakeResponse none;
            none.miner_hotkey = "no response frame";
            return none;
        }
        return codec::decode_handshake_response(parsed->payload).value();
    }
    // An authenticated connection of `who`.
    FakeConnection* join(const crypto::KeyPair& who, Address remote = from(1))
    {
        FakeConnection* connection = accept(remote);
        send_request(*connection, request_by(who));
        return connection;
    }
    FakeConnection* join() { return join(validator); }

    Bytes packet(std::string_view type, ByteView data = codec::kEmptyMap)
    {
        Bytes payload;
        codec::encode_synapse_packet(type, data, clock.now.unix_s(), payload);
        return frame(codec::FrameType::synapse_packet, payload);
    }
    // Error text of the SynapseResponse on a stream; "" for success, "?" for no such frame.
    std::string error_on(FakeConnection& connection, quic::StreamId stream)
    {
        const Bytes& sent = connection.streams[stream].sent;
        auto parsed = codec::parse_frame(sent, 1 << 26);
        if (!parsed.ok() || parsed->type != codec::FrameType::synapse_response) return "?";
        auto response = codec::decode_synapse_response(parsed->payload);
        if (!response.ok()) return "??";
        return response->success ? "" : std::string(response->error.value_or("none"));
    }
    // Whether our half ended without a byte: how an unreadable frame is reported.
    static bool empty_fin(FakeConnection& connection, quic::StreamId stream)
    {
        const FakeStream& s = connection.streams[stream];
        return s.sent.empty() && s.fin;
    }
};

}  // namespace ltn::test

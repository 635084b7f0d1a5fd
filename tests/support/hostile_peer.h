// A peer that speaks QUIC and TLS as it should and puts on its streams whatever the test says. Client
// or server.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "quic/endpoint_impl.h"
#include "support/hostile_frames.h"
#include "support/link_rig.h"
#include "support/small_wire.h"

namespace ltn::test {

class HostilePeer final : public sim::Node, public quic::ConnectionEvents {
public:
    struct Stream {
        Bytes bytes;
        bool fin = false;
        std::optional<uint64_t> reset, stopped;
        bool closed = false;
        bool answered = false;  // for whoever writes answers
    };

    SmallWire& wire;
    const Address address;
    crypto::KeyPair pair;
    std::map<quic::StreamId, Stream> streams;
    quic::Connection* link = nullptr;
    std::string ending;            // how the connection ended; empty: it did not
    Bytes secret;                  // that protects what it sends
    std::string exporter;          // of the second token
    bool second = false;           // that token was chosen
    bool consumes = true;          // gives credit back
    quic::StreamId told_from = 0;  // outcome() leaves out the streams before it
    // Something new stands on a stream, or it ended.
    std::function<void(HostilePeer&, quic::StreamId)> on_data;
    std::unique_ptr<quic::Endpoint> endpoint;

    HostilePeer(SmallWire& w, const Address& at, uint8_t key_fill, uint64_t seed, bool serve,
                quic::EndpointConfig config)
        : wire(w), address(at), pair(key_of(key_fill)), random_(seed)
    {
        config.retry = quic::RetryPolicy::never;
        config.key_log = [this, serve](std::string_view line) {
            const std::string_view name = serve ? "SERVER_TRAFFIC_" : "CLIENT_TRAFFIC_";
            if (line.substr(0, name.size()) != name) return;
            line.remove_prefix(line.rfind(' ') + 1);
            secret = codec::hex_decode(line).value_or(Bytes());
        };
        auto made = quic::Endpoint::create(std::move(config), serve, *this, nullptr, random_, log_,
                                           wire.now());
        if (!made.ok()) std::abort();
        endpoint = std::move(made.value());
        wire.join(*this, address);
    }
    ~HostilePeer() override
    {
        wire.leave(*this);
        endpoint.reset();  // it uses what is declared behind it
    }
    HostilePeer(const HostilePeer&) = delete;
    HostilePeer& operator=(const HostilePeer&) = delete;

    // Begins to dial. False when the connection is not ready in ten seconds.
    bool dial(const Address& to)
    {
        quic::ConnectOptions options;
        options.remote = to;
        auto made = endpoint->connect(options, wire.now());
        if (!made.ok()) return false;
        return wire.run_until([this] { return link != nullptr || !ending.empty(); },
                              10 * kSecond) &&
               link != nullptr;
    }
    Hello hello(const std::string& expected = {})
    {
        Hello out;
        out.second = second;
        out.hotkey = hotkey_of(pair).text;
        out.timestamp_s = wire.now().unix_s();
        Bytes raw(16);
        random_.fill(raw);
        out.nonce = codec::hex_encode(raw);
        out.fingerprint = codec::base64_encode(link->certificate_fingerprint().value());
        out.exporter = exporter;
        out.expected = expected;
        out.sign(pair);
        return out;
    }
    // The honest handshake; what follows is what outcome() tells.
    bool prove(const std::string& expected)
    {
        const quic::StreamId id = say(hello(expected).framed());
        const bool done = wire.run_until([&] { return streams[id].closed; }, 5 * kSecond);
        told_from = id + 4;
        return done && in_words(streams[id].bytes, second) == "accepted";
    }

    // The honest answer of a server to the payload of a handshake, signed. Nothing if it is none.
    std::optional<Proof> proof(ByteView payload)
    {
        Proof made;
        made.second = second;
        if (second) {
            auto asked = codec::decode_handshake_request2(payload);
            if (!asked.ok()) return std::nullopt;
            made.asked = std::move(asked.value());
        } else {
            auto asked = codec::decode_handshake_request(payload);
            if (!asked.ok()) return std::nullopt;
            static_cast<codec::HandshakeRequest&>(made.asked) = std::move(asked.value());
        }
        made.exporter = exporter;
        made.fingerprint = codec::base64_encode(link->certificate_fingerprint().value());
        made.out.miner_hotkey = hotkey_of(pair).text;
        made.out.timestamp_s = wire.now().unix_s();
        made.out.accepted = true;
        made.out.connection_id = "conn";
        made.out.cert_fingerprint = made.fingerprint;
        made.out.frame_payload_max = codec::kFramePayloadMaxMax;
        made.sign(pair);
        return made;
    }

    // -1: it cannot, just now or any more.
    quic::StreamId open()
    {
        if (link == nullptr) return -1;
        auto made = link->open_stream();
        if (!made.ok()) return -1;
        streams[made.value()];
        return made.value();
    }
    void send(quic::StreamId id, Bytes bytes, bool fin)
    {
        if (link == nullptr || id < 0) return;
        Error ignored = link->send(id, SharedBytes::take(std::move(bytes)), fin);
        (void)ignored;
    }
    quic::StreamId say(Bytes bytes, bool fin = true)
    {
        const quic::StreamId id = open();
        send(id, std::move(bytes), fin);
        return id;
    }
    void reset(quic::StreamId id, uint64_t code = 0)
    {
        if (link != nullptr && id >= 0) link->reset(id, code);
    }
    void stop(quic::StreamId id, uint64_t code = 0)
    {
        if (link != nullptr && id >= 0) link->stop_sending(id, code);
    }
    void close(std::string_view reason = "bye", uint64_t code = 0)
    {
        if (link != nullptr) link->close(code, reason);
    }
    ngtcp2_conn* native() { return static_cast<quic::ConnectionImpl&>(*link).native(); }

    // What became of the streams and of the connection.
    std::string outcome() const
    {
        std::vector<std::string> words;
        for (const auto& [id, stream] : streams) {
            if (id >= told_from) words.push_back(outcome_of(stream));
        }
        std::string out = joined(words);
        if (!out.empty()) out += " | ";
        return out + (ending.empty() ? "open" : ending);
    }

    // sim::Node
    void receive(const Datagram& datagram, Instant now) override
    {
        endpoint->receive(datagram, now);
    }
    Nanos next_expiry_ns() const override { return endpoint->next_expiry_ns(); }
    void handle_expiry(Instant now) override { endpoint->handle_expiry(now); }
    bool wants_flush() const override { return endpoint->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return endpoint->flush(sink, now); }

    // quic::ConnectionEvents
    void on_ready(quic::Connection& connection) override
    {
        link = &connection;
        ending.clear();
        second = transport::speaks_second(connection);
        if (second) exporter = transport::session_binding(connection).value();
        if (connection.is_server()) connection.raise_limits({128, 64 << 20});
    }
    void on_stream_data(quic::Connection& connection, quic::StreamId id, ByteView bytes,
                        bool fin) override
    {
        Stream& stream = streams[id];
        stream.bytes.insert(stream.bytes.end(), bytes.begin(), bytes.end());
        stream.fin = stream.fin || fin;
        if (consumes) connection.consumed(id, bytes.size());
        if (on_data) on_data(*this, id);
    }
    void on_stream_reset(quic::Connection&, quic::StreamId id, uint64_t code) override
    {
        streams[id].reset = code;
        if (on_data) on_data(*this, id);
    }
    void on_stop_sending(quic::Connection&, quic::StreamId id, uint64_t code) override
    {
        streams[id].stopped = code;
    }
    void on_stream_closed(quic::Connection&, quic::StreamId id) override
    {
        streams[id].closed = true;
    }
    void on_closed(quic::Connection& connection, const quic::CloseInfo& info) override
    {
        if (link != nullptr && link != &connection) return;
        link = nullptr;
        ending = ending_of(info);
    }

private:
    std::string outcome_of(const Stream& stream) const
    {
        std::string out = in_words(stream.bytes, second);
        if (stream.fin && out.empty()) out = "empty end";
        if (!stream.fin && !stream.reset.has_value()) out += out.empty() ? "nothing" : ", no end";
        const auto add = [&out](const char* word, const std::optional<uint64_t>& code) {
            if (!code.has_value()) return;
            if (!out.empty()) out += ", ";
            out += word + (" " + std::to_string(*code));
        };
        add("reset", stream.reset);
        add("stopped", stream.stopped);
        return out;
    }
    static std::string ending_of(const quic::CloseInfo& info)
    {
        using Cause = quic::CloseInfo::Cause;
        switch (info.cause) {
            case Cause::peer_application: return "closed '" + info.reason.substr(0, 40) + "'";
            case Cause::peer_transport: return "closed by QUIC, code " + std::to_string(info.code);
            case Cause::local: return "closed by itself";
            case Cause::idle_timeout: return "fell silent";
            default: return "broken: " + info.to_error().text;
        }
    }

    LinkRandom random_;
    NullLog log_;
};

}  // namespace ltn::test

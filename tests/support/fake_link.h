// A QUIC link made of plain function calls: the test plays the peer, or two of them are joined by
// join_links(). What the core sends is recorded; what the peer does is queued and happens inside
// the next endpoint call, as with the real link.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "quic/endpoint.h"
#include "transport/endpoint_factory.h"

namespace ltn::test {

struct FakeStream {
    Bytes sent;
    size_t chunks = 0;
    bool fin = false;
    bool reset = false;
    bool stopped = false;    // we asked the peer to stop
    bool peer_done = false;  // its fin or reset came
    size_t consumed = 0;
    size_t received = 0;
    uint64_t window = 0;  // 0: as the link likes
    uint64_t reset_code = 0;
    uint64_t stop_code = 0;
    bool closed = false;
    // What the peer leaves lying: bytes that did not leave, and bytes it has not acknowledged.
    quic::SendBacklog backlog;
    std::optional<quic::SendBacklog> watched;
    // For join_links: what was carried over already.
    size_t carried = 0;
    bool carried_fin = false;
    bool carried_reset = false;
    bool carried_stop = false;
};

class FakeEndpoint;

class FakeConnection final : public quic::Connection {
public:
    FakeConnection(FakeEndpoint& endpoint, uint64_t id, bool server, Address remote)
        : endpoint_(endpoint), id_(id), server_(server), remote_(remote)
    {
    }

    // What the test sets.
    bool is_ready = false;
    bool path_ok = true;
    uint64_t streams_allowed = 128;  // open at once, ours
    size_t unacked_bytes = 0;
    bool takes_nothing = false;  // what is sent stays in FakeStream::backlog until take()
    uint64_t slots_held = 0;
    std::optional<quic::Fingerprint> fingerprint;
    std::string chosen = "btlightning";
    Bytes session = Bytes(32, 0x5e);  // what only the two ends know
    // What the test reads.
    std::map<quic::StreamId, FakeStream> streams;
    bool is_closing = false;
    bool gone = false;
    std::string close_reason;
    std::optional<quic::StreamLimits> raised;
    Nanos deadline_ns = kNever;
    std::string deadline_reason;
    Nanos keep_alive_ns = 0;
    unsigned glitches = 0;

    uint64_t id() const override { return id_; }
    bool is_server() const override { return server_; }
    bool ready() const override { return is_ready; }
    bool closing() const override { return is_closing; }
    const Address& remote() const override { return remote_; }
    bool path_validated() const override { return path_ok; }
    std::optional<quic::Fingerprint> certificate_fingerprint() const override
    {
        return fingerprint;
    }
    std::string_view alpn() const override { return chosen; }
    Error exporter(std::string_view label, ByteView context, MutableBytes out) const override
    {
        if (label != quic::kBindingLabel || !context.empty() || out.size() != session.size()) {
            return Error(Code::wrong_state, Category::handshake, "not exported");
        }
        std::copy(session.begin(), session.end(), out.begin());
        return {};
    }
    quic::ConnectionStats stats() const override { return {}; }

    Result<quic::StreamId> open_stream() override
    {
        if (!is_ready || is_closing) {
            return Error(Code::wrong_state, Category::connection, "closing");
        }
        uint64_t open = 0;
        for (const auto& [id, stream] : streams) open += stream.closed ? 0 : 1;
        if (open >= streams_allowed) return Error(Code::full, Category::connection, "no streams");
        quic::StreamId id = next_stream_;
        next_stream_ += 4;
        streams[id];
        return id;
    }

    Error send(quic::StreamId id, SharedBytes bytes, bool fin) override
    {
        FakeStream& stream = streams[id];
        if (stream.closed || stream.fin || stream.reset || is_closing) {
            return Error(Code::closed, Category::connection, "stream is gone");
        }
        stream.sent.insert(stream.sent.end(), bytes.view().begin(), bytes.view().end());
        ++stream.chunks;
        stream.fin = fin;
        if (takes_nothing) {
            stream.backlog.unsent += bytes.size();
            stream.backlog.unacked += bytes.size();
            ++stream.backlog.pieces;
        }
        check_closed(id);
        return {};
    }

    size_t unacked(quic::StreamId id) const override { return backlog(id).unacked; }
    quic::SendBacklog backlog(quic::StreamId id) const override
    {
        auto found = streams.find(id);
        return found == streams.end() ? quic::SendBacklog{} : found->second.backlog;
    }
    void watch_room(quic::StreamId id, const quic::SendBacklog& at_most) override
    {
        streams[id].watched = at_most;
    }
    void hold_slot() override { ++slots_held; }
    void release_slot() override { --slots_held; }
    size_t unacked_total() const override
    {
        size_t total = unacked_bytes;
        for (const auto& [id, stream] : streams) total += stream.backlog.unacked;
        return total;
    }
    void set_window(quic::StreamId id, uint64_t bytes) override { streams[id].window = bytes; }
    void consumed(quic::StreamId id, size_t len) override { streams[id].consumed += len; }
    void reset(quic::StreamId id, uint64_t code) override
    {
        FakeStream& stream = streams[id];
        if (!stream.closed) stream.reset = true;
        stream.reset_code = code;
        stream.backlog = {};
        check_closed(id);
    }
    void stop_sending(quic::StreamId id, uint64_t code) override
    {
        FakeStream& stream = streams[id];
        if (!stream.closed) stream.stopped = true;
        stream.stop_code = code;
    }
    void raise_limits(const quic::StreamLimits& limits) override { raised = limits; }
    void set_keep_alive(Nanos interval_ns) override { keep_alive_ns = interval_ns; }
    void glitch(unsigned weight) override { glitches += weight; }
    void close(uint64_t, std::string_view reason) override
    {
        if (is_closing) return;
        is_closing = true;
        close_reason = reason;
        close_info.cause = quic::CloseInfo::Cause::local;
        close_info.reason = close_reason;
    }
    void set_deadline(Nanos at_ns, std::string_view reason) override
    {
        deadline_ns = at_ns;
        deadline_reason = reason;
    }

    void move_to(const Address& remote) { remote_ = remote; }
    // The peer, from inside an endpoint call.
    void check_closed(quic::StreamId id);
    quic::CloseInfo close_info;

private:
    FakeEndpoint& endpoint_;
    uint64_t id_;
    bool server_;
    Address remote_;
    quic::StreamId next_stream_ = 0;
};

class FakeEndpoint final : public quic::Endpoint {
public:
    FakeEndpoint(bool serve, quic::ConnectionEvents& events, quic::Gate* gate,
                 quic::EndpointConfig config)
        : config(std::move(config)), serve_(serve), events_(events), gate_(gate)
    {
    }

    quic::EndpointConfig config;
    quic::Fingerprint fingerprint{};
    std::vector<std::unique_ptr<FakeConnection>> connections;
    bool refuse_connect = false;
    bool ready_at_once = true;
    bool stopped_accepting = false;
    std::string closed_all;
    bool inside = false;
    size_t forbidden_calls = 0;
    size_t connects = 0;

    FakeConnection& last() { return *connections.back(); }

    // The peer's doings.
    void later(std::function<void()> what) { queue_.push_back(std::move(what)); }
    void make_ready(FakeConnection& connection)
    {
        later([this, &connection] {
            if (connection.is_closing) return;
            connection.is_ready = true;
            if (!connection.fingerprint) connection.fingerprint = fingerprint;
            events_.on_ready(connection);
        });
    }
    void ready_without_certificate(FakeConnection& connection)
    {
        later([this, &connection] {
            connection.is_ready = true;
            events_.on_ready(connection);
        });
    }
    // Server: null when the gate refused.
    FakeConnection* accept(const Address& remote)
    {
        if (gate_ != nullptr && gate_->admit(remote, true) != quic::Gate::Verdict::accept) {
            return nullptr;
        }
        connections.push_back(std::make_unique<FakeConnection>(*this, ++next_id_, true, remote));
        FakeConnection* connection = connections.back().get();
        later([this, connection] { events_.on_accepted(*connection); });
        make_ready(*connection);
        return connection;
    }
    void data(FakeConnection& connection, quic::StreamId id, ByteView bytes, bool fin)
    {
        later([this, &connection, id, copy = Bytes(bytes.begin(), bytes.end()), fin] {
            FakeStream& stream = connection.streams[id];
            if (connection.gone || stream.closed || stream.peer_done) return;
            stream.received += copy.size();
            stream.peer_done = fin;
            events_.on_stream_data(connection, id, copy, fin);
            connection.check_closed(id);
        });
    }
    void reset(FakeConnection& connection, quic::StreamId id)
    {
        later([this, &connection, id] {
            FakeStream& stream = connection.streams[id];
            if (connection.gone || stream.closed || stream.peer_done) return;
            stream.peer_done = true;
            events_.on_stream_reset(connection, id, 0);
            connection.check_closed(id);
        });
    }
    void stop_sending(FakeConnection& connection, quic::StreamId id)
    {
        later([this, &connection, id] {
            if (connection.gone || connection.streams[id].closed) return;
            events_.on_stop_sending(connection, id, 0);
        });
    }
    // The network takes `unsent` bytes of a stream and brings the acknowledgement of `unacked`.
    void take(FakeConnection& connection, quic::StreamId id, size_t unsent, size_t unacked)
    {
        later([this, &connection, id, unsent, unacked] {
            FakeStream& stream = connection.streams[id];
            quic::SendBacklog& left = stream.backlog;
            left.unsent -= std::min(unsent, left.unsent);
            left.unacked -= std::min(unacked, left.unacked);
            if (left.unacked == 0) left.pieces = 0;
            if (stream.watched.has_value() && left.unsent <= stream.watched->unsent &&
                left.unacked <= stream.watched->unacked && left.pieces <= stream.watched->pieces) {
                stream.watched.reset();
                events_.on_stream_room(connection, id);
            }
            if (left.unacked == 0 && stream.fin) events_.on_stream_flushed(connection, id);
            connection.check_closed(id);
        });
    }
    void path(FakeConnection& connection, bool validated)
    {
        later([this, &connection, validated] {
            connection.path_ok = validated;
            events_.on_path_changed(connection, validated);
        });
    }
    // The peer's newest packet came from there, and the path has not answered yet.
    void move(FakeConnection& connection, const Address& remote)
    {
        later([this, &connection, remote] {
            connection.move_to(remote);
            connection.path_ok = false;
            events_.on_path_changed(connection, false);
        });
    }
    void lose(FakeConnection& connection, quic::CloseInfo::Cause cause, std::string reason = {})
    {
        connection.is_closing = true;
        connection.close_info.cause = cause;
        connection.close_info.reason = std::move(reason);
    }
    void streams_available(FakeConnection& connection)
    {
        later([this, &connection] {
            if (!connection.gone) events_.on_streams_available(connection);
        });
    }
    void stream_closed(FakeConnection& connection, quic::StreamId id)
    {
        later([this, &connection, id] {
            if (connection.gone) return;
            events_.on_stream_closed(connection, id);
            if (!connection.is_server()) events_.on_streams_available(connection);
        });
    }

    // quic::Endpoint
    Result<quic::Connection*> connect(const quic::ConnectOptions& options, Instant) override
    {
        check_outside();
        ++connects;
        if (refuse_connect) {
            return Error(Code::connect, Category::connection, "no route");
        }
        connections.push_back(
            std::make_unique<FakeConnection>(*this, ++next_id_, false, options.remote));
        FakeConnection* connection = connections.back().get();
        connection->user = options.user;
        if (ready_at_once) make_ready(*connection);
        return static_cast<quic::Connection*>(connection);
    }
    std::optional<uint8_t> owner_loop(const Datagram&) const override { return std::nullopt; }
    bool is_handshake_work(const Datagram&) const override { return false; }
    void receive(const Datagram&, Instant now) override { run(now); }
    Nanos next_expiry_ns() const override
    {
        Nanos next = kNever;
        for (const auto& connection : connections) {
            if (!connection->gone) next = std::min(next, connection->deadline_ns);
        }
        return next;
    }
    void handle_expiry(Instant now) override
    {
        for (auto& connection : connections) {
            if (!connection->gone && connection->deadline_ns <= now.monotonic_ns) {
                connection->close(0, connection->deadline_reason);
            }
        }
        run(now);
    }
    bool flush(DatagramSink&, Instant now) override
    {
        run(now);
        return true;
    }
    bool wants_flush() const override { return false; }
    void close_all(std::string_view reason) override
    {
        check_outside();
        closed_all = reason;
        for (auto& connection : connections) {
            if (!connection->gone) connection->close(0, reason);
        }
    }
    void stop_accepting() override
    {
        check_outside();
        stopped_accepting = true;
    }
    std::optional<quic::Fingerprint> own_fingerprint() const override
    {
        if (!serve_) return std::nullopt;
        return fingerprint;
    }
    const quic::EndpointStats& stats() const override
    {
        stats_.bytes_unacked = 0;
        for (const auto& connection : connections) {
            if (!connection->gone) stats_.bytes_unacked += connection->unacked_total();
        }
        return stats_;
    }
    size_t connection_count() const override { return connections.size(); }

private:
    void check_outside()
    {
        if (inside) ++forbidden_calls;
    }
    void run(Instant)
    {
        check_outside();
        inside = true;
        for (size_t i = 0; i < queue_.size(); ++i) {
            auto what = std::move(queue_[i]);
            what();
        }
        queue_.clear();
        for (size_t i = 0; i < connections.size(); ++i) {
            FakeConnection& connection = *connections[i];
            if (!connection.is_closing || connection.gone) continue;
            connection.gone = true;
            events_.on_closed(connection, connection.close_info);
        }
        inside = false;
    }

    bool serve_;
    quic::ConnectionEvents& events_;
    quic::Gate* gate_;
    uint64_t next_id_ = 0;
    std::vector<std::function<void()>> queue_;
    mutable quic::EndpointStats stats_;
};

inline void FakeConnection::check_closed(quic::StreamId id)
{
    FakeStream& stream = streams[id];
    if (stream.closed || !stream.peer_done || !(stream.fin || stream.reset)) return;
    if (stream.backlog.unacked != 0 && !stream.reset) return;
    stream.closed = true;
    endpoint_.stream_closed(*this, id);
}

// Hands the core a fake endpoint and keeps a pointer to it.
struct FakeLink {
    FakeEndpoint* endpoint = nullptr;
    quic::Fingerprint fingerprint{};

    transport::EndpointFactory factory()
    {
        return [this](quic::EndpointConfig config, bool serve, quic::ConnectionEvents& events,
                      quic::Gate* gate, Random&, Log&,
                      Instant) -> Result<std::unique_ptr<quic::Endpoint>> {
            auto made = std::make_unique<FakeEndpoint>(serve, events, gate, std::move(config));
            made->fingerprint = fingerprint;
            endpoint = made.get();
            return std::unique_ptr<quic::Endpoint>(std::move(made));
        };
    }
};

// Carries everything that is new on `from` over to `to`, in pieces of at most `piece_max`. True
// when there was something.
inline bool carry(FakeConnection& from, FakeEndpoint& to_end, FakeConnection& to, size_t piece_max)
{
    bool any = false;
    for (auto& [id, stream] : from.streams) {
        while (stream.carried < stream.sent.size()) {
            size_t len = std::min(piece_max, stream.sent.size() - stream.carried);
            bool last = stream.carried + len == stream.sent.size();
            bool fin = last && stream.fin && !stream.reset;
            to_end.data(to, id, ByteView(stream.sent).subspan(stream.carried, len), fin);
            stream.carried += len;
            stream.carried_fin = stream.carried_fin || fin;
            any = true;
        }
        if (stream.fin && !stream.carried_fin && !stream.reset) {
            to_end.data(to, id, {}, true);
            stream.carried_fin = true;
            any = true;
        }
        if (stream.reset && !stream.carried_reset) {
            to_end.reset(to, id);
            stream.carried_reset = true;
            any = true;
        }
        if (stream.stopped && !stream.carried_stop) {
            to_end.stop_sending(to, id);
            stream.carried_stop = true;
            any = true;
        }
    }
    if (from.is_closing && !to.is_closing) {
        to_end.lose(to, quic::CloseInfo::Cause::peer_application, from.close_reason);
        any = true;
    }
    return any;
}

}  // namespace ltn::test

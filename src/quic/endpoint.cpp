// Routing, timers and the order of writing.
#include <sodium.h>

#include <algorithm>

#include "quic/endpoint_impl.h"
#include "quic/tls/random.h"

namespace ltn::quic {

namespace {

constexpr size_t kTrainRoom = 65507;  // the largest UDP payload over IPv4, GSO or not
constexpr size_t kSpareStreamsMax = 4096;
constexpr size_t kGravesMax = 4096;
constexpr size_t kRepliesMax = 256;

Error bad(const char* text)
{
    return Error(Code::invalid_argument, Category::config, text);
}

Error check(const EndpointConfig& config)
{
    if (config.alpn.empty()) return bad("expected at least one application protocol, got none");
    for (const std::string& name : config.alpn) {
        if (name.empty() || name.size() > 255 || name.find(',') != std::string::npos) {
            return bad("expected application protocols of 1 to 255 bytes without a comma");
        }
    }
    if (config.udp_payload_max < kUdpPayloadMin || config.udp_payload_max > kUdpPayloadMax) {
        return bad("expected a largest datagram of 1200 to 65487 bytes");
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const tls::Identity>> make_identity(Random& random)
{
    auto made = tls::make_identity(random);
    if (!made) return made.error();
    const auto wipe = [](tls::Identity* identity) {
        sodium_memzero(identity->key_der.data(), identity->key_der.size());
        delete identity;
    };
    return std::shared_ptr<const tls::Identity>(new tls::Identity(std::move(made.value())), wipe);
}

uint8_t connection_id_mask(ByteView server_secret)
{
    return ConnectionIds(server_secret, 0).mask();
}

Result<std::unique_ptr<Endpoint>> Endpoint::create(EndpointConfig config, bool serve,
                                                   ConnectionEvents& events, Gate* gate,
                                                   Random& random, Log& log, Instant now)
{
    std::shared_ptr<const tls::Identity> identity = std::move(config.identity);
    if (serve && identity == nullptr) {
        auto made = make_identity(random);
        if (!made) return made.error();
        identity = std::move(made.value());
    }
    auto endpoint = EndpointImpl::create(std::move(config), serve ? identity.get() : nullptr,
                                         events, gate, random, log, now);
    if (!endpoint) return endpoint.error();
    return std::unique_ptr<Endpoint>(std::move(endpoint.value()));
}

Result<std::unique_ptr<EndpointImpl>> EndpointImpl::create(EndpointConfig config,
                                                           const tls::Identity* identity,
                                                           ConnectionEvents& events, Gate* gate,
                                                           Random& random, Log& log, Instant now)
{
    if (Error error = check(config); !error.ok()) return error;
    if (sodium_init() < 0) {
        return Error(Code::internal, Category::local, "libsodium could not be started");
    }
    tls::RandomScope scope(random);
    if (config.server_secret.empty()) {
        config.server_secret.resize(32);
        random.fill(config.server_secret);
    }
    std::unique_ptr<EndpointImpl> self(
        new EndpointImpl(std::move(config), events, gate, random, log));
    self->now_ = now;
    if (self->config_.key_log) {
        log.write(LogLevel::warning, "quic.key_log_on",
                  {{"meaning", "whoever reads the key log reads every connection"}});
    }
    auto client = tls::Context::client();
    if (!client) return client.error();
    self->client_context_ = std::move(client.value());
    if (identity != nullptr) {
        auto server = tls::Context::server(*identity);
        if (!server) return server.error();
        self->server_context_ = std::move(server.value());
        self->fingerprint_ = identity->fingerprint;
        self->accepting_ = true;
    }
    return self;
}

EndpointImpl::EndpointImpl(EndpointConfig config, ConnectionEvents& events, Gate* gate,
                           Random& random, Log& log)
    : config_(std::move(config)),
      events_(events),
      gate_(gate),
      random_(random),
      log_(log),
      ids_(config_.server_secret, config_.loop_index),
      reset_(config_.server_secret, config_.resets_per_second_max),
      tokens_(config_.server_secret, {config_.retry_token_life_ns, config_.new_token_life_ns,
                                      config_.token_key_period_ns}),
      token_cache_(config_.token_cache_max),
      glitches_(config_.server_secret),
      load_({config_.handshakes_max, config_.handshakes_per_turn_max,
             config_.retry_above_handshakes, config_.retry_above_initials_per_second}),
      retry_budget_(config_.retries_per_second_max, config_.retries_per_second_max),
      refusal_budget_(config_.refusals_per_second_max, config_.refusals_per_second_max),
      negotiation_budget_(config_.negotiations_per_second_max, config_.negotiations_per_second_max),
      failure_log_budget_(1, 1),
      lending_{config_.lent_max},
      train_(kTrainRoom)
{
}

EndpointImpl::~EndpointImpl()
{
    tls::RandomScope scope(random_);
    connections_.clear();
}

void EndpointImpl::enter(Instant now)
{
    // ngtcp2 asserts that time does not go back; a caller that read its clock a little earlier is
    // not worth a crash.
    now.monotonic_ns = std::max(now.monotonic_ns, now_.monotonic_ns);
    now_ = now;
}

Result<Connection*> EndpointImpl::connect(const ConnectOptions& options, Instant now)
{
    enter(now);
    tls::RandomScope scope(random_);
    if (options.remote.family == Address::Family::none || options.remote.port == 0) {
        return bad("expected a remote address with a port, got none");
    }
    if (connections_.size() >= config_.connections_max) {
        return Error(Code::full, Category::connection,
                     "expected fewer than " + std::to_string(config_.connections_max) +
                         " connections, got as many");
    }
    auto made = ConnectionImpl::client(*this, next_connection_++, options);
    if (!made) return made.error();
    ConnectionImpl* connection = add(std::move(made.value()));
    mark_dirty(*connection);
    return static_cast<Connection*>(connection);
}

ConnectionImpl* EndpointImpl::add(std::unique_ptr<ConnectionImpl> connection)
{
    connection->slot = connections_.size();
    connections_.push_back(std::move(connection));
    stats_.connections = connections_.size();
    return connections_.back().get();
}

ConnectionImpl* EndpointImpl::find(const Destination& destination) const
{
    if (destination.id.size() == kConnectionIdLen) {
        ConnectionImpl* found = by_id_.find(ConnectionIds::key_of_ours(destination.id.data()));
        if (found != nullptr) return found;
    }
    if (!destination.long_header || by_first_id_.size() == 0) return nullptr;
    return by_first_id_.find(ids_.key_of_theirs(destination.id));
}

bool EndpointImpl::is_handshake_work(const Datagram& datagram) const
{
    std::optional<Destination> destination = destination_of(datagram.bytes);
    if (!destination) return false;
    const ConnectionImpl* connection = find(*destination);
    if (connection == nullptr) return destination->long_header;
    return !connection->handshake_complete();
}

std::optional<uint8_t> EndpointImpl::owner_loop(const Datagram& datagram) const
{
    std::optional<Destination> destination = destination_of(datagram.bytes);
    if (!destination || destination->id.size() != kConnectionIdLen) return std::nullopt;
    // The first id of a client may have our length; it then names a loop by chance, but the same
    // one for every packet.
    return ids_.loop_of(destination->id);
}

void EndpointImpl::receive(const Datagram& arrived, Instant now)
{
    enter(now);
    // A mapped address counted as another one than the same in plain form would have budgets,
    // tokens and a path of its own.
    Datagram datagram = arrived;
    datagram.remote = datagram.remote.canonical();
    datagram.local = datagram.local.canonical();
    ++stats_.datagrams_received;
    std::optional<Destination> destination = destination_of(datagram.bytes);
    if (!destination) {
        ++stats_.datagrams_dropped;
        return;
    }
    tls::RandomScope scope(random_);
    ConnectionImpl* connection = find(*destination);
    if (connection == nullptr) {
        receive_stray(datagram, *destination);
        return;
    }
    connection->read(datagram);
    settle(*connection);
}

Nanos EndpointImpl::next_expiry_ns() const
{
    return timers_.next_ns();
}

void EndpointImpl::handle_expiry(Instant now)
{
    enter(now);
    tls::RandomScope scope(random_);
    while (timers_.next_ns() <= now_.monotonic_ns) {
        auto* connection = static_cast<ConnectionImpl*>(timers_.earliest()->owner);
        // Off the heap until the flush that follows, so that none is looked at twice.
        timers_.remove(connection->timer);
        connection->on_timer();
        settle(*connection);
    }
    exhume_expired();
}

void EndpointImpl::mark_dirty(ConnectionImpl& connection)
{
    if (connection.dirty) return;
    connection.dirty = true;
    connection.next_dirty = nullptr;
    (dirty_tail_ == nullptr ? dirty_head_ : dirty_tail_->next_dirty) = &connection;
    dirty_tail_ = &connection;
}

bool EndpointImpl::wants_flush() const
{
    return blocked_.has_value() || reply_count_ > 0 || dirty_head_ != nullptr;
}

bool EndpointImpl::offer(DatagramSink& sink, const Train& train)
{
    if (sink.send(train)) return true;
    blocked_ = train;
    return false;
}

bool EndpointImpl::flush(DatagramSink& sink, Instant now)
{
    enter(now);
    load_.turn_over();
    tls::RandomScope scope(random_);
    if (blocked_) {
        if (!sink.send(*blocked_)) return false;
        blocked_.reset();
    }
    if (!flush_replies(sink)) return false;
    // One train each, in turns, until nobody has anything left that may go.
    while (dirty_head_ != nullptr) {
        ConnectionImpl& connection = *dirty_head_;
        ConnectionImpl::Wrote wrote = connection.write(sink);
        if (wrote == ConnectionImpl::Wrote::blocked) return false;
        dirty_head_ = connection.next_dirty;
        if (dirty_head_ == nullptr) dirty_tail_ = nullptr;
        connection.dirty = false;
        if (wrote == ConnectionImpl::Wrote::finished) {
            finish(connection);
            if (blocked_) return false;
        } else if (wrote == ConnectionImpl::Wrote::more) {
            mark_dirty(connection);
        } else {
            set_timer(connection, connection.due_ns());
        }
    }
    return true;
}

void EndpointImpl::settle(ConnectionImpl& connection)
{
    if (connection.dead()) finish(connection);
}

void EndpointImpl::finish(ConnectionImpl& connection)
{
    if (connection.dirty) {
        ConnectionImpl** link = &dirty_head_;
        ConnectionImpl* before = nullptr;
        while (*link != &connection) {
            before = *link;
            link = &before->next_dirty;
        }
        *link = connection.next_dirty;
        if (dirty_tail_ == &connection) dirty_tail_ = before;
        connection.dirty = false;
    }
    timers_.remove(connection.timer);
    if (!connection.ready()) {
        ++stats_.handshakes_failed;
        if (connection.is_server()) --stats_.handshaking;
    }
    bury(connection);
    // Out of the list first: the handler sees the count without it.
    std::unique_ptr<ConnectionImpl> owned = std::move(connections_[connection.slot]);
    if (connection.slot + 1 != connections_.size()) {
        connections_[connection.slot] = std::move(connections_.back());
        connections_[connection.slot]->slot = connection.slot;
    }
    connections_.pop_back();
    stats_.connections = connections_.size();
    events_.on_closed(*owned, owned->close_info());
    timers_.remove(owned->timer);
    owned.reset();
    lend_again();
}

void EndpointImpl::lend_to_all()
{
    lending_.short_of = false;
    for (const auto& connection : connections_) connection->lend();
}

void EndpointImpl::bury(ConnectionImpl& connection)
{
    using Cause = CloseInfo::Cause;
    for (uint64_t key : connection.ids()) remove_id(key, connection);
    by_first_id_.erase(connection.first_id_key(), &connection);
    Cause cause = connection.close_info().cause;
    // With these the peer is gone, or was never there.
    if (connection.never_began() || cause == Cause::idle_timeout ||
        cause == Cause::stateless_reset || cause == Cause::handshake_timeout ||
        cause == Cause::version) {
        return;
    }
    exhume_expired();
    if (graves_.size() >= kGravesMax) forget_oldest();
    auto grave = std::make_unique<Tombstone>();
    grave->until_ns = now_.monotonic_ns + connection.close_period_ns();
    grave->close_packet.assign(connection.close_packet().begin(), connection.close_packet().end());
    grave->ids = connection.ids();
    for (uint64_t key : grave->ids) graves_by_id_.insert(key, grave.get());
    if (connection.is_server()) {
        grave->first_id = connection.first_id_key();
        graves_by_first_id_.insert(grave->first_id, grave.get());
    }
    graves_.push_back(std::move(grave));
}

void EndpointImpl::exhume_expired()
{
    while (!graves_.empty() && graves_.front()->until_ns <= now_.monotonic_ns) forget_oldest();
}

void EndpointImpl::forget_oldest()
{
    Tombstone& grave = *graves_.front();
    for (uint64_t key : grave.ids) graves_by_id_.erase(key, &grave);
    graves_by_first_id_.erase(grave.first_id, &grave);
    graves_.pop_front();
}

void EndpointImpl::close_all(std::string_view reason)
{
    for (auto& connection : connections_) connection->close(0, reason);
}

Stream* EndpointImpl::new_stream()
{
    if (spare_streams_.empty()) return new Stream();
    Stream* stream = spare_streams_.back().release();
    spare_streams_.pop_back();
    return stream;
}

void EndpointImpl::free_stream(Stream* stream)
{
    if (spare_streams_.size() >= kSpareStreamsMax) {
        delete stream;
        return;
    }
    stream->recycle();
    spare_streams_.emplace_back(stream);
}

bool EndpointImpl::flush_replies(DatagramSink& sink)
{
    while (reply_count_ > 0) {
        const Reply& reply = replies_[reply_first_];
        Train train;
        train.local = reply.local;
        train.remote = reply.remote;
        train.bytes = ByteView(reply.bytes.data(), reply.len);
        train.segment_len = reply.len;
        if (!sink.send(train)) return false;
        reply_first_ = (reply_first_ + 1) % kRepliesMax;
        --reply_count_;
    }
    return true;
}

EndpointImpl::Reply* EndpointImpl::new_reply(const Datagram& datagram)
{
    if (reply_count_ == kRepliesMax) return nullptr;
    if (replies_.empty()) replies_.resize(kRepliesMax);
    Reply& reply = replies_[(reply_first_ + reply_count_) % kRepliesMax];
    ++reply_count_;
    reply.local = datagram.local;
    reply.remote = datagram.remote;
    reply.len = 0;
    return &reply;
}

}  // namespace ltn::quic

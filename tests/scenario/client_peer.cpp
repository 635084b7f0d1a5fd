#include "scenario/client_peer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "codec/msgpack.h"

namespace ltn::scenario {

SharedBytes make_data(uint64_t client, uint64_t call, size_t payload_len, sim::SeededRandom& random)
{
    Bytes payload(payload_len);
    random.fill(payload);
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.map(3);
    writer.str("c");
    writer.unsigned_int(client);
    writer.str("i");
    writer.unsigned_int(call);
    writer.str("p");
    writer.bin(payload);
    return SharedBytes::take(std::move(out));
}

ClientPeer::ClientPeer(sim::Network& network, Tally& tally, sim::SeededRandom random,
                       uint64_t number)
    : network_(network),
      tally_(tally),
      random_(random),
      core_random_(random.fork(2)),
      signer_(network, tally, random.fork(3)),
      number_(number)
{
    for (const char* name :
         {"stream read promptly", "stream read slowly", "stream left", "stream not read",
          "stream complete", "stream cut short", "chunk", "chunk empty", "miner ok",
          "miner refused", "registry update superseded", "dial", "dial after a failure"}) {
        tally_.declare(name);
    }
}

void ClientPeer::start(sim::NodeId id)
{
    id_ = id;
    transport::ClientConfig config;
    config.hotkey.key = signer_.key();
    config.hotkey.text = codec::ss58_encode(signer_.key());
    config.connect_timeout_ns = 5 * kSecond;
    config.idle_timeout_ns = 30 * kSecond;
    config.keep_alive_ns = 10 * kSecond;
    config.signer_timeout_ns = 3 * kSecond;
    // Bounds how long a healed line may go unused.
    config.reconnect_initial_backoff_ns = kReconnectPauseMin;
    config.reconnect_max_backoff_ns = kReconnectPauseMax;
    config.reconnect_slow_probe_ns = kReconnectPauseMax;
    auto made = transport::ClientCore::create(std::move(config), *this, core_random_, log_,
                                              network_.now(id));
    if (!made.ok()) {
        network_.violate("client does not start: " + made.error().display());
        return;
    }
    core_ = std::move(made.value());
}

transport::CallId ClientPeer::call(const crypto::PublicKey& peer, const Address& address,
                                   size_t payload_len, Nanos deadline_ns, Outcome outcome)
{
    const transport::CallId id = next_call_++;
    transport::CallRequest request;
    request.id = id;
    request.peer = peer;
    request.address = address;
    request.synapse_type = "echo";
    request.data = make_data(number_, id, payload_len, random_);
    request.deadline_ns = deadline_ns;
    Call call;
    call.outcome = std::move(outcome);
    (void)accept(std::move(request), std::move(call), nullptr);
    return id;
}

transport::CallId ClientPeer::open(const crypto::PublicKey& peer, const Address& address,
                                   uint64_t chunks, uint64_t chunk_len_max, Reader reader,
                                   Nanos deadline_ns)
{
    const transport::CallId id = next_call_++;
    Call call;
    call.order = StreamOrder{number_, id, chunks, chunk_len_max};
    call.reader = reader;
    call.leave_after = random_.below(chunks + 1);
    transport::CallRequest request;
    request.id = id;
    request.peer = peer;
    request.address = address;
    request.synapse_type = "stream";
    request.data = encode_order(*call.order);
    request.deadline_ns = deadline_ns;
    transport::StreamTerms terms;
    terms.first_chunk_ns = 10 * kSecond;
    terms.chunk_gap_ns = 10 * kSecond;
    terms.window_bytes = random_.between(1, 200'000);
    switch (reader) {
        case Reader::prompt: tally_.add("stream read promptly"); break;
        case Reader::slow: tally_.add("stream read slowly"); break;
        case Reader::leaving: tally_.add("stream left"); break;
        case Reader::idle: tally_.add("stream not read"); break;
    }
    (void)accept(std::move(request), std::move(call), &terms);
    return id;
}

Error ClientPeer::accept(transport::CallRequest request, Call call,
                         const transport::StreamTerms* terms)
{
    const transport::CallId id = request.id;
    // Booked first: the outcome may come inside call().
    call.data = request.data;
    calls_[id] = std::move(call);
    const Instant now = network_.now(id_);
    Error error = terms == nullptr ? core_->call(std::move(request), now)
                                   : core_->open(std::move(request), *terms, now);
    if (error.ok()) {
        ++accepted_;
    } else {
        if (calls_.erase(id) == 0) network_.violate("a rejected call was answered");
        tally_.add("call rejected");
    }
    return error;
}

void ClientPeer::update_registry(std::vector<transport::RegistryEntry> entries)
{
    // What an update drops may be dialled again at once.
    dials_.excuse_all();
    const uint64_t ticket = next_ticket_++;
    updates_[ticket] = std::vector<bool>(entries.size(), false);
    core_->update_registry(ticket, std::move(entries), network_.now(id_));
}

void ClientPeer::later(Nanos delay_ns, std::function<void()> act)
{
    network_.after(delay_ns, [alive = std::weak_ptr<char>(alive_), act = std::move(act)] {
        if (!alive.expired()) act();
    });
}

void ClientPeer::cancel(transport::CallId id)
{
    if (core_ == nullptr) return;
    core_->cancel(id, network_.now(id_));
    if (calls_.count(id) != 0) network_.violate("a cancelled call was not answered at once");
}

void ClientPeer::stop()
{
    leaving_ = true;
    core_->stop(network_.now(id_));
    if (!calls_.empty()) network_.violate("stop left calls without an answer");
}

void ClientPeer::destroy()
{
    signer_.forget();
    alive_ = std::make_shared<char>();
    core_.reset();
    tally_.add("dial", dials_.dials());
    tally_.add("dial after a failure", dials_.repeated());
    calls_.clear();
}

void ClientPeer::on_call_done(transport::CallId id, transport::CallResult result)
{
    const auto found = calls_.find(id);
    if (found == calls_.end()) {
        network_.violate("call " + std::to_string(id) + " was answered twice or never made");
        return;
    }
    ++answered_;
    Call call = std::move(found->second);
    calls_.erase(found);
    tally_.add("outcome " + std::string(code_name(result.error.code)));
    if (call.order.has_value()) {
        tally_.add(result.error.ok() ? "stream complete" : "stream cut short");
        if (result.error.ok() && call.chunks != call.order->chunks) {
            network_.violate("a stream of " + std::to_string(call.order->chunks) +
                             " chunks ended well after " + std::to_string(call.chunks));
        }
        if (result.chunks < call.chunks) network_.violate("more chunks came than were counted");
    } else if (result.error.ok()) {
        const ByteView sent = call.data.view();
        const ByteView got = result.data.view();
        if (!std::equal(sent.begin(), sent.end(), got.begin(), got.end())) {
            network_.violate("call " + std::to_string(id) + " got another answer than its own");
        }
    }
    if (call.outcome) call.outcome(result);
}

void ClientPeer::on_chunk(transport::CallId id, SharedBytes chunk)
{
    const auto found = calls_.find(id);
    if (found == calls_.end() || !found->second.order.has_value()) {
        return network_.violate("a chunk came for call " + std::to_string(id) +
                                ", which is over or never asked for one");
    }
    Call& call = found->second;
    const ByteView got = chunk.view();
    const Bytes wanted = ordered_chunk(*call.order, call.chunks);
    if (call.chunks >= call.order->chunks ||
        !std::equal(wanted.begin(), wanted.end(), got.begin(), got.end())) {
        network_.violate("chunk " + std::to_string(call.chunks) + " of call " + std::to_string(id) +
                         " is not what stands there in the stream");
    }
    ++call.chunks;
    tally_.add(got.empty() ? "chunk empty" : "chunk");
    take(id, got.size(), call);
}

void ClientPeer::take(transport::CallId id, size_t bytes, const Call& call)
{
    switch (call.reader) {
        case Reader::idle: return;
        case Reader::leaving:
            if (call.chunks > call.leave_after) {
                later(0, [this, id] { cancel(id); });
                return;
            }
            [[fallthrough]];
        case Reader::prompt: return core_->taken(id, bytes, network_.now(id_));
        case Reader::slow:
            later(random_.between(1, 300) * kMillisecond,
                  [this, id, bytes] { core_->taken(id, bytes, network_.now(id_)); });
    }
}

void ClientPeer::on_miner_outcome(uint64_t ticket, size_t index, const Error& error)
{
    const auto found = updates_.find(ticket);
    if (found == updates_.end() || index >= found->second.size() || found->second[index]) {
        return network_.violate("entry " + std::to_string(index) + " of registry update " +
                                std::to_string(ticket) + " was answered twice or never made");
    }
    found->second[index] = true;
    tally_.add(error.ok() ? "miner ok" : "miner refused");
    if (error.code == Code::cancelled && index == 0) tally_.add("registry update superseded");
}

void ClientPeer::on_registry_done(uint64_t ticket)
{
    const auto found = updates_.find(ticket);
    if (found == updates_.end()) return network_.violate("a registry update ended twice");
    if (std::count(found->second.begin(), found->second.end(), false) != 0) {
        network_.violate("a registry update ended with entries that have no outcome");
    }
    updates_.erase(found);
    dials_.excuse_all();  // one that waited may begin now
}

void ClientPeer::on_connected(const transport::PeerInfo& peer)
{
    dials_.excuse(peer.address);
}

bool ClientPeer::flush(DatagramSink& sink, Instant now)
{
    class Watched final : public DatagramSink {
    public:
        Watched(DatagramSink& sink, ClientPeer& peer) : sink_(sink), peer_(peer) {}
        bool send(const Train& train) override
        {
            const Nanos now_ns = peer_.network_.now_ns();
            const Nanos early_ns = peer_.dials_.too_early(train, now_ns);
            if (early_ns != 0) {
                peer_.network_.violate("client " + peer_.network_.address(peer_.id_).text() +
                                       " dials " + train.remote.text() + " again " +
                                       std::to_string(early_ns / kMillisecond) +
                                       " ms before its backoff can be over");
            }
            return sink_.send(train);
        }

    private:
        DatagramSink& sink_;
        ClientPeer& peer_;
    };
    Watched watched(sink, *this);
    return core_->flush(watched, now);
}

void ClientPeer::check_books()
{
    if (core_ == nullptr) return;
    const uint64_t held = core_->stats().calls_in_flight;
    if (held != calls_.size()) {
        network_.violate("the client holds " + std::to_string(held) + " calls, " +
                         std::to_string(calls_.size()) + " have no outcome yet");
    }
}

void ClientPeer::on_connect_done(transport::CallId, Error, const transport::PeerInfo&)
{
    network_.violate("a connect was answered that nobody asked for");
}

void ClientPeer::on_sign(transport::SignId id, ByteView message)
{
    signer_.ask(id, message, [this](transport::SignId which, const Result<Bytes>& signature) {
        return core_->sign_done(which, signature, network_.now(id_));
    });
}

void ClientPeer::on_stopped()
{
    if (stopped_) network_.violate("a client stopped twice");
    stopped_ = true;
}

}  // namespace ltn::scenario

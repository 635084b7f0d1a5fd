#include "sim/network.h"

#include <algorithm>
#include <utility>

namespace ltn::sim {

namespace {

constexpr size_t kSocketBufferDatagrams = 4096;
constexpr size_t kViolationsKept = 8;
// At one moment a node may be due again after a flush: a large answer leaves in several trains (12
// turns were measured). What is still due when it was just served is given fewer.
constexpr uint32_t kTurnsMax = 60;
constexpr uint32_t kStaleTurnsMax = 3;
constexpr int64_t kHourMs = 3'600'000;

}  // namespace

// One per flush: the socket of one node.
class Network::Sink final : public DatagramSink {
public:
    Sink(Network& network, NodeId id) : network_(network), id_(id) {}

    bool send(const Train& train) override
    {
        Host& host = network_.hosts_[id_];
        if (network_.now_ns() < host.sink_full_until_ns) {
            if (host.sink_room == 0) {
                network_.hits_.add(Fault::sink_full);
                host.blocked = true;
                return false;
            }
            --host.sink_room;
        }
        if (host.sends_to_fail > 0) {
            --host.sends_to_fail;
            network_.hits_.add(Fault::send_error);
            network_.log_.note(network_.now_ns(), "send failed at " + host.inner.text());
            return true;
        }
        network_.send(id_, train);
        return true;
    }

private:
    Network& network_;
    NodeId id_;
};

Network::Network(uint64_t seed) : random_(seed), link_seed_(SeededRandom(seed).fork(0x6c696e6b)) {}

NodeId Network::add(Node* node, const Address& address, bool server)
{
    Host host;
    host.node = node;
    host.inner = address;
    host.outer = address;
    host.server = server;
    hosts_.push_back(std::move(host));
    routes_[address] = hosts_.size() - 1;
    return hosts_.size() - 1;
}

void Network::replace(NodeId id, Node* node)
{
    hosts_[id].node = node;
    hosts_[id].waiting.clear();
    hosts_[id].stale_turns = 0;
    log_.note(now_ns(), "replaced " + hosts_[id].inner.text());
}

Link& Network::line(NodeId from, NodeId to)
{
    std::unique_ptr<Link>& out = lines_[{from, to}];
    if (out == nullptr) {
        out = std::make_unique<Link>(default_faults_, link_seed_.fork(from * 65'537 + to));
    }
    return *out;
}

void Network::set_all_links(const LinkFaults& faults)
{
    default_faults_ = faults;
    for (auto& [ends, link] : lines_) link->faults() = faults;
}

void Network::cut(NodeId from, NodeId to, Nanos until_ns)
{
    line(from, to).cut_until(until_ns);
}

void Network::reroute(Host& host, NodeId id, const Address& outer)
{
    log_.note(now_ns(), "rebound " + host.outer.text() + " to " + outer.text());
    routes_.erase(host.outer);
    host.outer = outer;
    routes_[outer] = id;
}

void Network::rebind(NodeId id, const Address& outer)
{
    reroute(hosts_[id], id, outer);
    hits_.add(Fault::rebind);
}

void Network::move(NodeId id, const Address& address)
{
    hosts_[id].inner = address;
    reroute(hosts_[id], id, address);
    hits_.add(Fault::move);
}

void Network::fill_sink(NodeId id, Nanos until_ns, uint64_t room)
{
    hosts_[id].sink_full_until_ns = until_ns;
    hosts_[id].sink_room = room;
    // So that there is a moment at which the node is asked again.
    events_.add(until_ns, [] {});
}

void Network::jump_clock(NodeId id, int64_t offset_ms)
{
    hosts_[id].wall_offset_ms = offset_ms;
    hosts_[id].wall_ahead_ms_max = std::max(hosts_[id].wall_ahead_ms_max, offset_ms);
    const bool far = offset_ms >= kHourMs || offset_ms <= -kHourMs;
    hits_.add(far ? Fault::clock_hour : Fault::clock_jump);
    log_.note(now_ns(), "clock of " + hosts_[id].inner.text() + " off by " +
                            std::to_string(offset_ms) + " ms");
}

void Network::suspend(NodeId id, Nanos until_ns)
{
    hosts_[id].suspended_until_ns = until_ns;
    hits_.add(Fault::suspend);
    log_.note(now_ns(), "suspended " + hosts_[id].inner.text());
    events_.add(until_ns, [] {});
}

void Network::calm()
{
    set_all_links(LinkFaults{});
    for (auto& [ends, link] : lines_) link->cut_until(0);
    for (Host& host : hosts_) {
        host.wall_offset_ms = 0;
        host.suspended_until_ns = 0;
        host.sink_full_until_ns = 0;
        host.sends_to_fail = 0;
    }
    // A moment at which those who slept find what waits for them.
    events_.add(now_ns(), [] {});
    log_.note(now_ns(), "calm");
}

void Network::at(Nanos at_ns, std::function<void()> script)
{
    events_.add(std::max(at_ns, now_ns()), std::move(script));
}

void Network::send(NodeId from, const Train& train)
{
    const size_t step = train.segment_len == 0 ? train.bytes.size() : train.segment_len;
    for (size_t offset = 0; offset < train.bytes.size(); offset += step) {
        const ByteView bytes =
            train.bytes.subspan(offset, std::min(step, train.bytes.size() - offset));
        const Host& host = hosts_[from];
        if (host.server && !ledger_.goes_out(from, train.remote, bytes)) {
            violate("amplification: " + host.inner.text() + " sent more than three times what " +
                    train.remote.text() + " sent before it was validated");
        }
        const auto route = routes_.find(train.remote);
        if (route == routes_.end()) {
            log_.add(now_ns(), "lost: no such address", host.outer, train.remote, bytes);
            continue;
        }
        const NodeId to = route->second;
        arrivals_.clear();
        const Fault fate = line(from, to).carry(bytes, now_ns(), hits_, arrivals_);
        log_.add(now_ns(), fate == Fault::count_ ? "sent" : fault_name(fate), host.outer,
                 train.remote, bytes);
        for (Arrival& arrival : arrivals_) {
            events_.add(arrival.at_ns, [this, to, to_outer = train.remote, from_outer = host.outer,
                                        payload = std::move(arrival.bytes)]() mutable {
                arrive(to, to_outer, from_outer, std::move(payload));
            });
        }
    }
}

void Network::arrive(NodeId to, const Address& to_outer, const Address& from, Bytes bytes)
{
    Host& host = hosts_[to];
    if (host.outer != to_outer || host.node == nullptr) {
        log_.note(now_ns(), "lost: nobody there any more");
        return;
    }
    if (!awake(host)) {
        if (host.waiting.size() < kSocketBufferDatagrams) {
            host.waiting.push_back({from, std::move(bytes)});
        }
        return;
    }
    hand_over(host, to, from, bytes);
}

void Network::hand_over(Host& host, NodeId id, const Address& from, ByteView bytes)
{
    if (host.server) ledger_.came_in(id, from, bytes);
    log_.note(now_ns(), "delivered");
    ++delivered_;
    Datagram datagram;
    datagram.local = host.inner;
    datagram.remote = from;
    datagram.bytes = bytes;
    host.node->receive(datagram, now(id));
}

void Network::serve_expiries()
{
    for (NodeId id = 0; id < hosts_.size(); ++id) {
        Host& host = hosts_[id];
        if (host.node == nullptr || !awake(host)) continue;
        while (!host.waiting.empty()) {
            const Waiting first = std::move(host.waiting.front());
            host.waiting.pop_front();
            hand_over(host, id, first.from, first.bytes);
        }
        if (host.stale_at_ns != now_ns()) host.stale_turns = 0;
        host.stale_at_ns = now_ns();
        if (host.node->next_expiry_ns() > now_ns()) continue;
        host.node->handle_expiry(now(id));
        if (host.blocked && now_ns() < host.sink_full_until_ns) continue;
        // Served, and due again and again: in production this is a loop that never sleeps.
        const bool still = host.node->next_expiry_ns() <= now_ns();
        host.stale_turns += still ? kTurnsMax / kStaleTurnsMax : 1;
        if (host.stale_turns >= kTurnsMax) {
            violate("timer in the past: " + host.inner.text() + " stays due after it was served");
        }
    }
}

void Network::flush_all()
{
    for (NodeId id = 0; id < hosts_.size(); ++id) {
        Host& host = hosts_[id];
        if (host.node == nullptr || !awake(host) || !host.node->wants_flush()) continue;
        // A real socket that is full is asked again when it is writable, not at every turn.
        if (host.blocked && now_ns() < host.sink_full_until_ns) continue;
        host.blocked = false;
        Sink sink(*this, id);
        host.node->flush(sink, now(id));
    }
}

Nanos Network::next_moment() const
{
    Nanos next = events_.next_ns();
    for (const Host& host : hosts_) {
        if (host.node == nullptr) continue;
        Nanos due = std::max(host.node->next_expiry_ns(), host.suspended_until_ns);
        // Whoever waits for its socket may stay due until there is room.
        if (host.blocked && due <= now_ns()) due = host.sink_full_until_ns;
        next = std::min(next, due);
    }
    return next;
}

bool Network::step(Nanos limit_ns)
{
    // What a script did between two steps leaves first.
    flush_all();
    const Nanos next = std::max(next_moment(), now_ns());
    if (next > limit_ns) {
        clock_.advance_to(limit_ns);
        return false;
    }
    ++steps_;
    clock_.advance_to(next);
    while (events_.next_ns() <= now_ns()) events_.pop()();
    serve_expiries();
    flush_all();
    for (const auto& hook : hooks_) hook();
    return true;
}

bool Network::run_until(const std::function<bool()>& predicate, Nanos limit_ns)
{
    for (;;) {
        if (predicate()) return true;
        if (!violations_.empty()) return false;
        if (!step(limit_ns)) return predicate();
    }
}

void Network::run_for(Nanos duration_ns)
{
    run_until([] { return false; }, now_ns() + duration_ns);
}

void Network::violate(std::string what)
{
    log_.note(now_ns(), "VIOLATION " + what);
    if (violations_.size() < kViolationsKept) violations_.push_back(std::move(what));
}

}  // namespace ltn::sim

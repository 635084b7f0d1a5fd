// Nodes, the lines between them, and virtual time. One seed decides everything: two networks with
// equal seeds, nodes and scripts do the same to the byte.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/byte_ledger.h"
#include "sim/event_queue.h"
#include "sim/faults.h"
#include "sim/link.h"
#include "sim/node.h"
#include "sim/packet_log.h"
#include "sim/virtual_clock.h"

namespace ltn::sim {

using NodeId = size_t;

class Network {
public:
    explicit Network(uint64_t seed);
    Network(const Network&) = delete;
    Network& operator=(const Network&) = delete;

    // `node` outlives the network, or is taken out by replace(). `server` makes the byte ledger
    // watch what it sends.
    NodeId add(Node* node, const Address& address, bool server);
    // Another program starts on the same address, or nothing (nullptr: the machine is there, the
    // port is not).
    void replace(NodeId id, Node* node);

    VirtualClock& clock() { return clock_; }
    Nanos now_ns() const { return clock_.now_ns(); }
    Instant now(NodeId id) const { return clock_.read(hosts_[id].wall_offset_ms); }
    SeededRandom& random() { return random_; }
    const Address& address(NodeId id) const { return hosts_[id].outer; }

    // Faults. Lines are directed.
    LinkFaults& link(NodeId from, NodeId to) { return line(from, to).faults(); }
    void set_all_links(const LinkFaults& faults);
    void cut(NodeId from, NodeId to, Nanos until_ns);
    // The box between this node and the world gives it another outer address; the old one is dead.
    void rebind(NodeId id, const Address& outer);
    // The machine itself gets another address, as when a telephone leaves the house.
    void move(NodeId id, const Address& address);
    // Its socket takes `room` more trains and is then full until that moment.
    void fill_sink(NodeId id, Nanos until_ns, uint64_t room = 0);
    // The next `trains` that it sends fail for good, as with ENETUNREACH, EMSGSIZE or ENOBUFS: the
    // shell counts such a train and drops it, so the node never learns.
    void fail_sends(NodeId id, uint64_t trains) { hosts_[id].sends_to_fail = trains; }
    void jump_clock(NodeId id, int64_t offset_ms);  // from now on, against true time
    // How far ahead of true time its clock has ever been.
    int64_t clock_ahead_ms_max(NodeId id) const { return hosts_[id].wall_ahead_ms_max; }
    void suspend(NodeId id, Nanos until_ns);
    // Everything back to normal: good lines, true clocks, all awake.
    void calm();

    // Runs inside the simulation at that moment.
    void at(Nanos at_ns, std::function<void()> script);
    void after(Nanos delay_ns, std::function<void()> script) { at(now_ns() + delay_ns, script); }
    // After every step; invariants go here.
    void on_step(std::function<void()> hook) { hooks_.push_back(std::move(hook)); }

    // One moment of time. False: nothing is due until `limit_ns`, and it is that moment now.
    bool step(Nanos limit_ns);
    // True when the predicate became true; false at `limit_ns` or after a violation.
    bool run_until(const std::function<bool()>& predicate, Nanos limit_ns);
    void run_for(Nanos duration_ns);

    PacketLog& log() { return log_; }
    const FaultHits& hits() const { return hits_; }
    const ByteLedger& ledger() const { return ledger_; }
    // Broken invariants, the network's own among them; the first few are kept.
    void violate(std::string what);
    const std::vector<std::string>& violations() const { return violations_; }
    uint64_t delivered() const { return delivered_; }
    uint64_t steps() const { return steps_; }

private:
    struct Waiting {
        Address from;
        Bytes bytes;
    };
    struct Host {
        Node* node = nullptr;
        Address inner;  // what the node's own socket says
        Address outer;  // what others see
        bool server = false;
        int64_t wall_offset_ms = 0;
        int64_t wall_ahead_ms_max = 0;
        Nanos suspended_until_ns = 0;
        Nanos sink_full_until_ns = 0;
        uint64_t sink_room = 0;
        uint64_t sends_to_fail = 0;
        bool blocked = false;         // was refused; asked again when there is room
        std::deque<Waiting> waiting;  // what its socket buffer holds while it is suspended
        uint32_t stale_turns = 0;
        Nanos stale_at_ns = 0;
    };
    class Sink;

    Link& line(NodeId from, NodeId to);
    void send(NodeId from, const Train& train);
    void arrive(NodeId to, const Address& to_outer, const Address& from, Bytes bytes);
    void hand_over(Host& host, NodeId id, const Address& from, ByteView bytes);
    bool awake(const Host& host) const { return now_ns() >= host.suspended_until_ns; }
    void serve_expiries();
    void reroute(Host& host, NodeId id, const Address& outer);
    void flush_all();
    Nanos next_moment() const;

    VirtualClock clock_;
    SeededRandom random_;
    SeededRandom link_seed_;
    std::vector<Host> hosts_;
    std::map<Address, NodeId> routes_;
    std::map<std::pair<NodeId, NodeId>, std::unique_ptr<Link>> lines_;
    LinkFaults default_faults_;
    EventQueue events_;
    std::vector<std::function<void()>> hooks_;
    std::vector<Arrival> arrivals_;
    PacketLog log_;
    FaultHits hits_;
    ByteLedger ledger_;
    std::vector<std::string> violations_;
    uint64_t delivered_ = 0;
    uint64_t steps_ = 0;
};

}  // namespace ltn::sim

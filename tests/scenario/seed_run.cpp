#include "scenario/seed_run.h"

#include <algorithm>
#include <memory>
#include <string>

#include "codec/text.h"
#include "scenario/client_peer.h"
#include "scenario/live_heap.h"
#include "scenario/server_peer.h"
#include "sim/storm.h"

namespace ltn::scenario {

namespace {

// After the faults stop: five seconds, and the longest pause between two tries.
constexpr Nanos kRecoveryUsual = 5 * kSecond + kReconnectPauseMax;
constexpr int64_t kSignatureAgeMs = 300'000;
constexpr size_t kCallsMin = 50;
// Of one seed, the simulation's own memory included.
constexpr int64_t kHeapMax = 64 << 20;

class Story {
public:
    Story(uint64_t seed, Tally& tally, std::FILE* dump)
        : tally_(tally), random_(sim::SeededRandom(seed).fork(0x73746f72)), network_(seed)
    {
        network_.log().dump_to(dump);
        for (const char* name : {"server crash",
                                 "server restart",
                                 "client leaves",
                                 "call cancelled",
                                 "payload empty",
                                 "payload 1 MiB",
                                 "outcome ok",
                                 "outcome handler",
                                 "outcome deadline",
                                 "outcome connection_lost",
                                 "outcome connect_timeout",
                                 "outcome signer",
                                 "outcome signer_timeout",
                                 "outcome refused",
                                 "outcome handshake_rejected",
                                 "outcome shutdown",
                                 "outcome cancelled",
                                 "outcome stream",
                                 "authenticated",
                                 "call unary",
                                 "call stream",
                                 "registry update",
                                 "registry entry moved away",
                                 "registry entry dead",
                                 "registry entry false",
                                 "sleep of minutes"}) {
            tally_.declare(name);
        }
        network_.on_step([this] { check_step(); });
    }

    SeedResult tell()
    {
        raise_curtain();
        sim::StormConfig storm_config;
        for (const auto& client : clients_) storm_config.clients.push_back(client->id());
        for (const auto& client : clients_) storm_config.all.push_back(client->id());
        for (const auto& server : servers_) storm_config.all.push_back(server->id());
        storm_length_ns_ = random_.between(10, 40) * kSecond;
        // Not every kind strikes in every storm: one more or two make sure of three.
        storm_config.kinds_min = 5;
        storm_config.kinds_max = 8;
        if (random_.chance(50)) {
            // Long enough for a machine that sleeps for ten minutes.
            storm_length_ns_ = 640 * kSecond;
            storm_config.suspend_s_max = 600;
            tally_.add("sleep of minutes");
        }
        storm_end_ns_ = network_.now_ns() + storm_length_ns_;
        storm_config.end_ns = storm_end_ns_;
        sim::Storm storm(network_, std::move(storm_config), random_.fork(7));
        result_.weather = storm.text();
        schedule_calls();
        schedule_restarts();
        schedule_updates();
        schedule_operators();
        network_.run_until([] { return false; }, storm_end_ns_);
        // What follows a broken promise is noise.
        if (network_.violations().empty()) recover();
        if (network_.violations().empty()) finish();
        for (const auto& client : clients_) client->destroy();
        for (const auto& server : servers_) server->destroy();
        for (size_t i = 0; i < sim::kFaultCount; ++i) {
            const auto fault = static_cast<sim::Fault>(i);
            tally_.add("fault " + std::string(sim::fault_name(fault)), network_.hits()[fault]);
        }
        result_.kinds_of_fault = network_.hits().kinds() + kinds_of_the_story();
        result_.violations = network_.violations();
        result_.digest = network_.log().digest();
        return result_;
    }

private:
    struct Pair {
        ClientPeer* client = nullptr;
        ServerPeer* server = nullptr;
        Nanos usable_ns = 0;
        Nanos limit_ns = 0;
        bool asking = false;
        std::string last_error;
    };

    void raise_curtain()
    {
        const uint64_t servers = random_.between(1, 2);
        const uint64_t clients = random_.between(1, 3);
        std::vector<crypto::PublicKey> keys;
        for (uint64_t i = 0; i < clients; ++i) {
            clients_.push_back(
                std::make_unique<ClientPeer>(network_, tally_, random_.fork(100 + i), i));
            keys.push_back(clients_.back()->key());
        }
        for (uint64_t i = 0; i < servers; ++i) {
            ServerTraits traits;
            traits.address_validation = random_.chance(700);
            traits.keeps_secret = random_.chance(700);
            traits.permits = random_.chance(300);
            servers_.push_back(
                std::make_unique<ServerPeer>(network_, tally_, random_.fork(200 + i), traits));
            const Address address = Address::v4(10, 0, 1, static_cast<uint8_t>(i + 1), 8'443);
            servers_.back()->know(keys);
            servers_.back()->start(network_.add(servers_.back().get(), address, true));
        }
        for (uint64_t i = 0; i < clients; ++i) {
            const Address address = Address::v4(10, 0, 2, static_cast<uint8_t>(i + 1), 40'000);
            clients_[i]->start(network_.add(clients_[i].get(), address, false));
        }
    }

    // What goes wrong beside the lines and the machines.
    size_t kinds_of_the_story() const
    {
        const bool restarted = tally_["server crash"] + tally_["server restart"] != 0;
        const bool signers = tally_["sign lie"] + tally_["sign fail"] + tally_["sign never"] +
                                 tally_["sign too late"] !=
                             0;
        return (restarted ? 1 : 0) + (signers ? 1 : 0);
    }

    ClientPeer& any_client() { return *clients_[random_.below(clients_.size())]; }
    ServerPeer& any_server() { return *servers_[random_.below(servers_.size())]; }

    size_t payload_len()
    {
        const uint64_t dice = random_.below(1000);
        if (dice < 50) {
            tally_.add("payload empty");
            return 0;
        }
        if (dice < 650) return random_.between(1, 1'200);
        if (dice < 900) return random_.between(1'200, 50'000);
        if (dice < 990) return random_.between(50'000, 300'000);
        tally_.add("payload 1 MiB");
        return 1'048'576;
    }

    void schedule_calls()
    {
        const size_t count = kCallsMin + random_.below(20);
        const Nanos length = storm_end_ns_ - network_.now_ns();
        for (size_t i = 0; i < count; ++i) {
            // Every third comes in a cluster, so that streams share a connection.
            const Nanos at =
                i % 3 == 0 ? length / 4 + random_.below(2 * kSecond) : random_.below(length);
            network_.after(at, [this] { make_call(); });
        }
        if (random_.chance(150) && clients_.size() > 1) {
            network_.after(random_.below(length), [this] {
                tally_.add("client leaves");
                clients_[0]->stop();
            });
        }
    }

    void make_call()
    {
        ClientPeer& client = any_client();
        ServerPeer& server = any_server();
        // One in ten has all the time in the world: then the timeouts of the parts must end it.
        const Nanos deadline =
            random_.chance(100) ? kNever
                                : network_.now_ns() + random_.between(100, 20'000) * kMillisecond;
        const Address& address = network_.address(server.id());
        transport::CallId id = 0;
        if (random_.chance(250)) {
            tally_.add("call stream");
            const uint64_t dice = random_.below(100);
            const Reader reader = dice < 60   ? Reader::prompt
                                  : dice < 80 ? Reader::slow
                                  : dice < 90 ? Reader::leaving
                                              : Reader::idle;
            // Nobody ends what is never read but its own deadline.
            const Nanos ends_ns = reader == Reader::idle && deadline == kNever
                                      ? network_.now_ns() + 20 * kSecond
                                      : deadline;
            id = client.open(server.key(), address, random_.below(40),
                             random_.chance(900) ? 1'500 : 20'000, reader, ends_ns);
        } else {
            tally_.add("call unary");
            id = client.call(server.key(), address, payload_len(), deadline, nullptr);
        }
        ++result_.calls;
        if (random_.chance(50)) {
            network_.after(random_.below(2'000) * kMillisecond, [this, &client, id] {
                tally_.add("call cancelled");
                client.cancel(id);
            });
        }
    }

    void schedule_restarts()
    {
        if (!random_.chance(400)) return;
        const Nanos length = storm_end_ns_ - network_.now_ns();
        ServerPeer& server = any_server();
        const Nanos down_ns = length / 5 + random_.below(length / 2);
        const Nanos up_ns = down_ns + random_.between(10, 3'000) * kMillisecond;
        if (random_.chance(500)) {
            network_.after(down_ns, [this, &server] {
                tally_.add("server crash");
                network_.replace(server.id(), nullptr);
                server.destroy();
            });
        } else {
            network_.after(down_ns, [this, &server] {
                tally_.add("server restart");
                server.stop(random_.chance(500) ? 0 : kSecond);
            });
        }
        network_.after(up_ns, [this, &server] {
            network_.replace(server.id(), nullptr);
            server.destroy();
            server.start(server.id());
            network_.replace(server.id(), &server);
        });
    }

    // The list of a chain that is read again and again while calls run: miners come and go, some
    // claim an address where nobody is, or where somebody else is.
    void schedule_updates()
    {
        if (!random_.chance(600)) return;
        const Nanos length = storm_end_ns_ - network_.now_ns();
        for (uint64_t left = random_.between(1, 5); left > 0; --left) {
            network_.after(random_.below(length), [this] {
                ClientPeer& client = any_client();
                if (!client.leaving()) update_registry(client, true);
            });
        }
    }

    // What the owners of servers do while they serve.
    void schedule_operators()
    {
        const Nanos length = storm_end_ns_ - network_.now_ns();
        for (uint64_t left = random_.between(1, 4); left > 0; --left) {
            network_.after(random_.below(length), [this] { any_server().change_permits(); });
        }
        if (!random_.chance(300)) return;
        network_.after(random_.below(length), [this] { any_server().sweep_idle(); });
    }

    void update_registry(ClientPeer& client, bool with_errors)
    {
        tally_.add("registry update");
        std::vector<transport::RegistryEntry> entries;
        const auto add = [&entries](const crypto::PublicKey& key, const Address& address) {
            transport::RegistryEntry entry;
            entry.miner.key = key;
            entry.miner.text = codec::ss58_encode(key);
            entry.address = address;
            entries.push_back(std::move(entry));
        };
        for (const auto& server : servers_) {
            if (with_errors && random_.chance(300)) {
                tally_.add("registry entry moved away");
                continue;
            }
            add(server->key(), network_.address(server->id()));
        }
        if (with_errors && random_.chance(300)) {
            tally_.add("registry entry dead");
            add(clients_[0]->key(), Address::v4(10, 0, 9, 9, 9'999));
        }
        if (with_errors && random_.chance(200)) {
            tally_.add("registry entry false");
            add(any_client().key(), network_.address(any_server().id()));
        }
        client.update_registry(std::move(entries));
    }

    // Invariants that hold between any two events; the peers and the network watch over the others.
    void check_step()
    {
        for (const auto& client : clients_) client->check_books();
        for (const auto& server : servers_) server->check_books();
        const int64_t heap = live_heap_bytes() - heap_before_;
        result_.heap_peak = std::max(result_.heap_peak, heap);
        if (heap > kHeapMax) {
            network_.violate("all together hold " + std::to_string(heap) + " bytes, expected " +
                             std::to_string(kHeapMax) + " at most");
        }
    }

    // How long a pair may take to be usable again.
    Nanos recovery_limit(const ServerPeer& server) const
    {
        // A server whose clock went back behind what it has forgotten refuses handshakes until it
        // has caught up, because it cannot tell a replay any more.
        const int64_t ahead_ms = network_.clock_ahead_ms_max(server.id());
        if (ahead_ms <= kSignatureAgeMs / 2) return kRecoveryUsual;
        return kRecoveryUsual + static_cast<Nanos>(ahead_ms) * kMillisecond;
    }

    // Every pair that lives gets calls until one succeeds.
    void recover()
    {
        for (const auto& client : clients_) client->signer().behave();
        for (const auto& server : servers_) server->behave();
        std::vector<Pair>& pairs = pairs_;
        for (const auto& client : clients_) {
            if (client->stopped() || client->leaving()) continue;
            for (const auto& server : servers_) {
                Pair pair;
                pair.client = client.get();
                pair.server = server.get();
                pairs.push_back(std::move(pair));
            }
        }
        const Nanos calm_ns = network_.now_ns();
        Nanos limit_ns = calm_ns;
        for (Pair& pair : pairs) {
            pair.limit_ns = calm_ns + recovery_limit(*pair.server);
            limit_ns = std::max(limit_ns, pair.limit_ns);
        }
        const auto all_usable = [this] {
            for (const Pair& pair : pairs_) {
                if (pair.usable_ns == 0) return false;
            }
            return true;
        };
        while (!all_usable() && network_.now_ns() < limit_ns && network_.violations().empty()) {
            for (Pair& pair : pairs) ask(pair, limit_ns);
            network_.run_until(all_usable, std::min(network_.now_ns() + kSecond / 2, limit_ns));
        }
        for (const Pair& pair : pairs) {
            if (pair.usable_ns == 0 || pair.usable_ns > pair.limit_ns) {
                tally_.add("not usable in time");
                result_.not_usable =
                    network_.address(pair.client->id()).text() + " cannot use server " +
                    network_.address(pair.server->id()).text() + " in time: " + pair.last_error +
                    "; refusals: " + pair.server->refusals();
                continue;
            }
            const Nanos took_ns = pair.usable_ns - calm_ns;
            result_.slowest_recovery_ns = std::max(result_.slowest_recovery_ns, took_ns);
            tally_.add(took_ns <= kSecond          ? std::string("usable again within 1 s")
                       : took_ns <= 5 * kSecond    ? "usable again within 5 s"
                       : took_ns <= kRecoveryUsual ? "usable again within 7 s"
                                                   : "usable later: a server's clock went back");
            if (pair.limit_ns > calm_ns + kRecoveryUsual) {
                tally_.add("pair that may wait for a clock");
            }
        }
        if (!network_.violations().empty()) return;
        network_.run_until([this] { return outstanding() == 0; },
                           network_.now_ns() + 180 * kSecond);
        if (outstanding() != 0) {
            network_.violate(
                std::to_string(outstanding()) +
                " calls and updates are still without an answer after three minutes of calm");
        }
    }

    void ask(Pair& pair, Nanos limit_ns)
    {
        if (pair.asking || pair.usable_ns != 0) return;
        pair.asking = true;
        ++result_.calls;
        const Nanos deadline_ns = std::min(network_.now_ns() + 5 * kSecond, limit_ns);
        pair.client->call(pair.server->key(), network_.address(pair.server->id()), 100, deadline_ns,
                          [this, &pair](const transport::CallResult& result) {
                              pair.asking = false;
                              if (result.error.ok()) {
                                  pair.usable_ns = network_.now_ns();
                              } else {
                                  pair.last_error = result.error.display();
                              }
                          });
    }

    size_t outstanding() const
    {
        size_t out = 0;
        for (const auto& client : clients_) {
            out += client->outstanding() + client->updates_outstanding();
        }
        return out;
    }

    void finish()
    {
        if (random_.chance(500)) {
            for (const auto& client : clients_) client->stop();
            for (const auto& server : servers_) server->stop(0);
        } else {
            for (const auto& server : servers_) server->stop(random_.chance(500) ? kSecond : 0);
            for (const auto& client : clients_) client->stop();
        }
        const auto all_stopped = [this] {
            for (const auto& client : clients_) {
                if (!client->stopped()) return false;
            }
            for (const auto& server : servers_) {
                if (!server->stopped()) return false;
            }
            return true;
        };
        if (!network_.run_until(all_stopped, network_.now_ns() + 60 * kSecond) &&
            network_.violations().empty()) {
            network_.violate("somebody does not stop within a minute");
        }
        for (const auto& client : clients_) {
            if (client->accepted() != client->answered()) {
                network_.violate(std::to_string(client->accepted()) + " calls were accepted, " +
                                 std::to_string(client->answered()) + " answered");
            }
            if (client->updates_outstanding() != 0) {
                network_.violate("a client stopped with registry updates that have no outcome");
            }
            check_empty(*client->core());
        }
        for (const auto& server : servers_) {
            if (server->core()->stats().connections != 0) {
                network_.violate("a stopped server holds connections");
            }
        }
    }

    void check_empty(const transport::ClientCore& core)
    {
        if (core.stats().calls_in_flight != 0) network_.violate("a stopped client holds calls");
        if (core.stats().connections != 0) network_.violate("a stopped client holds connections");
    }

    Tally& tally_;
    sim::SeededRandom random_;
    sim::Network network_;
    std::vector<std::unique_ptr<ClientPeer>> clients_;
    std::vector<std::unique_ptr<ServerPeer>> servers_;
    Nanos storm_length_ns_ = 0;
    Nanos storm_end_ns_ = 0;
    std::vector<Pair> pairs_;  // outcomes refer to them
    const int64_t heap_before_ = live_heap_bytes();
    SeedResult result_;
};

}  // namespace

SeedResult run_seed(uint64_t seed, Tally& tally, std::FILE* dump)
{
    Story story(seed, tally, dump);
    return story.tell();
}

}  // namespace ltn::scenario

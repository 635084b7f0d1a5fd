// One client and a fleet of miners on virtual time, each miner a whole server core with certificate
// and hotkey of its own: some are dead, some slow, and then all of them restart at once.
#include <algorithm>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crypto/sr25519.h"
#include "scenario/fleet_client.h"
#include "scenario/server_peer.h"
#include "scenario/tally.h"

extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::scenario;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSlowBuild = true;
#elif defined(__has_feature)
constexpr bool kSlowBuild = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSlowBuild = false;
#endif
constexpr size_t kMiners = kSlowBuild ? 128 : 1'024;

class Fleet {
public:
    enum class Kind { healthy, slow, dead };

    Fleet() : network_(7), client_(network_)
    {
        const sim::NodeId own = network_.add(&client_, Address::v4(10, 0, 0, 1, 40'000), false);
        client_.start(own);
        sim::SeededRandom dice = network_.random().fork(2);
        for (size_t i = 0; i < kMiners; ++i) {
            // Every tenth is dead and every twentieth slow, in no order that helps.
            const uint64_t lot = (i * 7 + 3) % 20;
            kinds_.push_back(lot < 2 ? Kind::dead : lot == 2 ? Kind::slow : Kind::healthy);
            auto server =
                std::make_unique<ServerPeer>(network_, tally_, dice.fork(i), ServerTraits());
            server->behave();
            server->know({client_.key()});
            const bool dead = kinds_.back() == Kind::dead;
            const Address address = Address::v4(10, 1, static_cast<uint8_t>(i / 200),
                                                static_cast<uint8_t>(i % 200 + 1), 8'091);
            const sim::NodeId id = network_.add(dead ? nullptr : server.get(), address, !dead);
            ids_.push_back(id);
            if (!dead) server->start(id);
            const Nanos delay_ns = kinds_.back() == Kind::slow
                                       ? 900 * kMillisecond
                                       : dice.between(2, 100) * kMillisecond;
            network_.link(own, id).delay_ns = network_.link(id, own).delay_ns = delay_ns;
            list_.push_back({{server->key(), codec::ss58_encode(server->key())}, address});
            servers_.push_back(std::move(server));
        }
    }
    ~Fleet()
    {
        for (auto& server : servers_) server->destroy();
    }

    size_t count(Kind kind) const
    {
        return static_cast<size_t>(std::count(kinds_.begin(), kinds_.end(), kind));
    }
    size_t usable(Kind kind)
    {
        size_t out = 0;
        for (size_t i = 0; i < kMiners; ++i) {
            const auto& [miner, address] = list_[i];
            out += kinds_[i] == kind && client_.core().has_route(address, miner.key) ? 1 : 0;
        }
        return out;
    }
    void connect() { client_.update(1, list_); }
    void run_for(Nanos duration_ns)
    {
        network_.run_for(duration_ns);
        for (const std::string& what : network_.violations()) print_error("%s\n", what.c_str());
        assert_true(network_.violations().empty());
    }
    void restart_all()
    {
        for (size_t i = 0; i < kMiners; ++i) {
            if (kinds_[i] != Kind::dead) servers_[i]->stop(0);
        }
        run_for(kSecond / 100);  // so that the closes leave
        for (size_t i = 0; i < kMiners; ++i) {
            if (kinds_[i] == Kind::dead) continue;
            network_.replace(ids_[i], nullptr);
            servers_[i]->destroy();
            servers_[i]->start(ids_[i]);
            network_.replace(ids_[i], servers_[i].get());
        }
    }

    sim::Network& network() { return network_; }
    FleetClient& client() { return client_; }
    Kind kind(size_t i) const { return kinds_[i]; }

private:
    sim::Network network_;
    Tally tally_;
    FleetClient client_;
    std::vector<Kind> kinds_;
    std::vector<sim::NodeId> ids_;
    std::vector<std::unique_ptr<ServerPeer>> servers_;
    std::vector<transport::RegistryEntry> list_;
};

void healthy_miners_are_usable_within_two_seconds_whoever_else_is_dead_or_slow(void**)
{
    Fleet fleet;
    using Kind = Fleet::Kind;
    assert_in_range(fleet.count(Kind::dead), kMiners * 9 / 100, kMiners * 12 / 100);
    assert_in_range(fleet.count(Kind::slow), kMiners * 4 / 100, kMiners * 6 / 100);
    fleet.connect();
    fleet.run_for(2 * kSecond);
    assert_int_equal(fleet.usable(Kind::healthy), fleet.count(Kind::healthy));
    assert_int_equal(fleet.client().core().stats().dials, kMiners);
    assert_int_equal(fleet.client().registry_done, 0);

    Nanos slowest_ns = 0;
    for (const auto& [index, at_ns] : fleet.client().answered_ns) {
        slowest_ns = std::max(slowest_ns, at_ns - sim::VirtualClock::kStartNs);
    }
    print_message("the slowest healthy miner was usable after %u ms of virtual time\n",
                  static_cast<unsigned>(slowest_ns / kMillisecond));
    fleet.run_for(12 * kSecond);
    assert_int_equal(fleet.usable(Kind::slow), fleet.count(Kind::slow));
    assert_int_equal(fleet.client().registry_done, 1);
    for (size_t i = 0; i < kMiners; ++i) {
        assert_int_equal(fleet.client().outcomes[i].size(), 1);
        const Code code = fleet.client().outcomes[i].front().code;
        assert_int_equal(code, fleet.kind(i) == Kind::dead ? Code::connect_timeout : Code::ok);
    }
}

void restart_of_all_miners_at_once_brings_no_storm(void**)
{
    Fleet fleet;
    using Kind = Fleet::Kind;
    fleet.connect();
    // Long enough that nobody takes it for a peer that hangs up at once.
    fleet.run_for(25 * kSecond);
    assert_int_equal(fleet.usable(Kind::healthy), fleet.count(Kind::healthy));
    assert_int_equal(fleet.client().lost, 0);
    fleet.restart_all();

    const auto& stats = fleet.client().core().stats();
    const size_t alive = kMiners - fleet.count(Kind::dead);
    size_t most = 0;
    size_t sum = 0;
    for (int tenth = 0; tenth < 25; ++tenth) {
        const size_t before = stats.reconnects;
        fleet.run_for(kSecond / 10);
        (void)fleet.client().core().stats();
        most = std::max<size_t>(most, stats.reconnects - before);
        sum += stats.reconnects - before;
    }
    // Spread over the initial backoff of one second: a tenth each, give or take.
    assert_true(most <= alive / 4);
    assert_in_range(sum, alive, kMiners);
    assert_int_equal(fleet.client().lost, alive);
    assert_int_equal(fleet.usable(Kind::healthy), fleet.count(Kind::healthy));
}

}  // namespace

int main()
{
    if (!ltn::crypto::init()) return 1;
    const CMUnitTest tests[] = {
        cmocka_unit_test(healthy_miners_are_usable_within_two_seconds_whoever_else_is_dead_or_slow),
        cmocka_unit_test(restart_of_all_miners_at_once_brings_no_storm),
    };
    return cmocka_run_group_tests_name("fleet", tests, nullptr, nullptr);
}

// Wall clocks that jump by an hour under live connections. Only the handshake looks at them.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "crypto/sr25519.h"
#include "scenario/client_peer.h"
#include "scenario/server_peer.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::scenario;

constexpr int64_t kHourMs = 3'600'000;

// A server and some clients on good lines, all of them well-behaved.
struct Town {
    static constexpr size_t kClients = 20;

    Tally tally;
    sim::Network network{1};
    std::unique_ptr<ServerPeer> server;
    std::vector<std::unique_ptr<ClientPeer>> clients;

    explicit Town(ServerTraits traits = {})
    {
        server = std::make_unique<ServerPeer>(network, tally, sim::SeededRandom(2), traits);
        std::vector<crypto::PublicKey> keys;
        for (uint64_t i = 0; i <= kClients; ++i) {
            clients.push_back(
                std::make_unique<ClientPeer>(network, tally, sim::SeededRandom(100 + i), i));
            keys.push_back(clients.back()->key());
        }
        server->know(keys);
        server->start(network.add(server.get(), Address::v4(10, 0, 1, 1, 8'443), true));
        server->behave();
        for (size_t i = 0; i <= kClients; ++i) {
            const Address address = Address::v4(10, 0, 2, static_cast<uint8_t>(i + 1), 40'000);
            clients[i]->start(network.add(clients[i].get(), address, false));
            clients[i]->signer().behave();
        }
    }
    ~Town()
    {
        for (const auto& client : clients) client->destroy();
        server->destroy();
    }
    Town(const Town&) = delete;
    Town& operator=(const Town&) = delete;

    // How a call of this client ends.
    Error outcome(ClientPeer& client)
    {
        Error out(Code::internal, Category::local, "no outcome");
        bool ended = false;
        client.call(server->key(), network.address(server->id()), 100,
                    network.now_ns() + 10 * kSecond, [&](const transport::CallResult& result) {
                        out = result.error;
                        ended = true;
                    });
        network.run_until([&] { return ended; }, network.now_ns() + 20 * kSecond);
        return out;
    }
    Code call(ClientPeer& client) { return outcome(client).code; }
    uint64_t lost() const
    {
        uint64_t out = 0;
        for (const auto& client : clients) out += client->lost_connections();
        return out;
    }
    // All but the last.
    void connect_clients()
    {
        for (size_t i = 0; i < kClients; ++i) assert_int_equal(call(*clients[i]), Code::ok);
    }
    ClientPeer& newcomer() { return *clients[kClients]; }
};

void nobody_is_thrown_out(Town& town)
{
    // Longer than keep-alives, idle timeout, permits and nonces take.
    town.network.run_for(200 * kSecond);
    assert_int_equal(town.lost(), 0);
    assert_int_equal(town.server->authenticated(), Town::kClients);
    town.connect_clients();
    assert_int_equal(town.server->core()->stats().handshakes_ok, Town::kClients);
    if (!town.network.violations().empty()) fail_msg("%s", town.network.violations()[0].c_str());
}

void server_clock_that_jumps_an_hour_disconnects_nobody(void**)
{
    for (const int64_t jump_ms : {kHourMs, -kHourMs}) {
        Town town;
        town.connect_clients();
        town.network.jump_clock(town.server->id(), jump_ms);
        nobody_is_thrown_out(town);
        town.network.jump_clock(town.server->id(), 0);
        nobody_is_thrown_out(town);
    }
}

void client_clock_that_jumps_an_hour_disconnects_nobody(void**)
{
    Town town;
    town.connect_clients();
    for (size_t i = 0; i < Town::kClients; ++i) {
        town.network.jump_clock(town.clients[i]->id(), i % 2 == 0 ? kHourMs : -kHourMs);
    }
    nobody_is_thrown_out(town);
    for (size_t i = 0; i < Town::kClients; ++i) town.network.jump_clock(town.clients[i]->id(), 0);
    nobody_is_thrown_out(town);
}

void newcomer_an_hour_off_is_refused_until_its_clock_is_right(void**)
{
    for (const int64_t jump_ms : {kHourMs, -kHourMs}) {
        Town town;
        town.network.jump_clock(town.newcomer().id(), jump_ms);
        assert_int_not_equal(town.call(town.newcomer()), Code::ok);
        assert_true(town.server->core()->stats().refused_clock > 0);
        assert_int_equal(town.server->authenticated(), 0);
        town.network.jump_clock(town.newcomer().id(), 0);
        town.network.run_for(kReconnectPauseMax);
        assert_int_equal(town.call(town.newcomer()), Code::ok);
    }
}

// Between peers of ours: the server tells its time to whoever it refuses for the time's sake.
void newcomer_learns_by_how_many_seconds_the_clocks_differ(void**)
{
    const struct {
        bool server;
        int64_t jump_ms;
        const char* text;
    } cases[] = {
        {false, kHourMs, "its clock is 3600 s behind ours"},
        {false, -kHourMs, "its clock is 3600 s ahead of ours"},
        {true, kHourMs, "its clock is 3600 s ahead of ours"},
        {true, -kHourMs, "its clock is 3600 s behind ours"},
    };
    for (const auto& each : cases) {
        Town town;
        town.network.jump_clock(each.server ? town.server->id() : town.newcomer().id(),
                                each.jump_ms);
        const Error error = town.outcome(town.newcomer());
        assert_int_equal(error.code, Code::handshake_rejected);
        const std::string text =
            std::string("handshake error: Handshake rejected by miner: ") + each.text;
        assert_string_equal(error.display().c_str(), text.c_str());
    }
}

// On the first token nothing of the kind can be told to the peer; the server's operator reads it.
void the_servers_log_says_by_how_many_seconds_the_clocks_differ(void**)
{
    for (const bool second : {false, true}) {
        ServerTraits traits;
        traits.second_token = second;
        Town town(traits);
        town.network.jump_clock(town.newcomer().id(), -kHourMs);
        const Error error = town.outcome(town.newcomer());
        assert_int_equal(error.code, Code::handshake_rejected);
        if (!second) assert_string_equal(error.text.c_str(), "Handshake rejected by miner");
        assert_string_equal(town.server->log().peer_ahead_s.c_str(), "-3600");
    }
}

int prepare(void**)
{
    return crypto::init() ? 0 : 1;
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(server_clock_that_jumps_an_hour_disconnects_nobody),
        cmocka_unit_test(client_clock_that_jumps_an_hour_disconnects_nobody),
        cmocka_unit_test(newcomer_an_hour_off_is_refused_until_its_clock_is_right),
        cmocka_unit_test(newcomer_learns_by_how_many_seconds_the_clocks_differ),
        cmocka_unit_test(the_servers_log_says_by_how_many_seconds_the_clocks_differ),
    };
    return cmocka_run_group_tests_name("clock", tests, prepare, nullptr);
}

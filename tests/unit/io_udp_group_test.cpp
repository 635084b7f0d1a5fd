// Sockets that share one port, over loopback: who gets which datagram, and who may have the port.
#include <poll.h>

#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "io/udp_socket.h"
#include "io/udp_steering.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

const Address kLoopback = Address::v4(127, 0, 0, 1, 0);
constexpr SteeringRule kRule = {0x5a, 8};
constexpr int kWaitMs = 5000;  // bounds a failure only

using Group = std::vector<std::unique_ptr<UdpSocket>>;

Group open_group(size_t count)
{
    auto group = UdpSocket::bind_group(kLoopback, {}, count, kRule);
    assert_true(group.ok());
    assert_int_equal(count, group->size());
    return std::move(group.value());
}

// A datagram whose connection id names `loop`; `salt` makes ids differ.
Bytes short_header(uint8_t loop, uint8_t salt)
{
    Bytes out(40, salt);
    out[0] = 0x40;
    out[1] = static_cast<uint8_t>(loop ^ salt ^ kRule.mask);
    return out;
}

Bytes long_header(uint8_t id_len, uint8_t loop, uint8_t salt)
{
    Bytes out(60, salt);
    out[0] = 0xc3;
    out[5] = id_len;
    out[6] = static_cast<uint8_t>(loop ^ salt ^ kRule.mask);
    return out;
}

class Taker final : public DatagramReceiver {
public:
    void on_datagram(const Datagram&) override { ++count; }
    int count = 0;
};

// The number of the socket that the datagram came to.
size_t arrival_of(const Group& group, UdpSocket& sender, const Bytes& bytes)
{
    Train train;
    train.remote = group.front()->local();
    train.bytes = bytes;
    train.segment_len = bytes.size();
    assert_true(sender.send(train));
    std::vector<pollfd> fds;
    for (const auto& socket : group) fds.push_back({socket->fd(), POLLIN, 0});
    assert_int_equal(1, poll(fds.data(), fds.size(), kWaitMs));
    for (size_t i = 0; i < fds.size(); ++i) {
        if ((fds[i].revents & POLLIN) == 0) continue;
        Taker taker;
        group[i]->receive(taker);
        assert_int_equal(1, taker.count);
        return i;
    }
    fail_msg("expected one socket to be readable, got none");
    return 0;
}

std::unique_ptr<UdpSocket> open_sender()
{
    auto sender = UdpSocket::bind(kLoopback, {});
    assert_true(sender.ok());
    return std::move(sender.value());
}

void datagrams_of_a_connection_reach_its_loop_from_any_source_port(void**)
{
    const Group group = open_group(4);
    if (!group.front()->report().steered) skip();
    for (uint8_t source = 0; source < 8; ++source) {
        const auto sender = open_sender();
        for (uint8_t loop = 0; loop < 4; ++loop) {
            assert_int_equal(loop, arrival_of(group, *sender, short_header(loop, source)));
            assert_int_equal(loop, arrival_of(group, *sender, long_header(8, loop, source)));
        }
    }
}

void what_names_no_loop_stays_with_the_sockets_of_its_sender(void**)
{
    const Group group = open_group(3);
    for (int source = 0; source < 8; ++source) {
        const auto sender = open_sender();
        const size_t home = arrival_of(group, *sender, long_header(20, 1, 7));
        // A first id of the client's own length, another number than we have, and a runt.
        assert_int_equal(home, arrival_of(group, *sender, long_header(20, 2, 9)));
        assert_int_equal(home, arrival_of(group, *sender, short_header(200, 9)));
        assert_int_equal(home, arrival_of(group, *sender, Bytes{0x40}));
    }
}

void a_group_has_one_port_and_a_second_group_does_not_get_it(void**)
{
    Group group = open_group(2);
    assert_true(group[0]->local() == group[1]->local());
    const Address taken = group.front()->local();

    const auto second = UdpSocket::bind_group(taken, {}, 2, kRule);
    assert_false(second.ok());
    assert_int_equal(Code::io, second.error().code);
    assert_non_null(strstr(second.error().text.c_str(), taken.text().c_str()));
    assert_false(UdpSocket::bind(taken, {}).ok());

    group.clear();
    assert_true(UdpSocket::bind_group(taken, {}, 2, kRule).ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_of_a_connection_reach_its_loop_from_any_source_port),
        cmocka_unit_test(what_names_no_loop_stays_with_the_sockets_of_its_sender),
        cmocka_unit_test(a_group_has_one_port_and_a_second_group_does_not_get_it),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

// The UDP socket over loopback. sendmsg() is defined here and forwards to the kernel unless a test
// wants a refusal: loopback never fills a send buffer and its device has every offload, so the
// refusals that matter cannot be provoked otherwise.
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/udp_socket.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

int (*refusal)(const msghdr*) = nullptr;  // errno to fail with, 0 to let it through
int sends_seen = 0;

}  // namespace

extern "C" ssize_t sendmsg(int fd, const msghdr* message, int flags)
{
    ++sends_seen;
    if (refusal != nullptr) {
        const int reason = refusal(message);
        if (reason != 0) {
            errno = reason;
            return -1;
        }
    }
    return syscall(SYS_sendmsg, fd, message, flags);
}

namespace {

using namespace ltn;
using namespace ltn::io;

const Address kLoopback = Address::v4(127, 0, 0, 1, 0);

struct Collected {
    Address local;
    Address remote;
    Bytes bytes;
    uint8_t ecn = 0;
};

class Collector final : public DatagramReceiver {
public:
    void on_datagram(const Datagram& datagram) override
    {
        all.push_back({datagram.local, datagram.remote,
                       Bytes(datagram.bytes.begin(), datagram.bytes.end()), datagram.ecn});
    }
    std::vector<Collected> all;
};

std::unique_ptr<UdpSocket> open(const Address& address, const SocketOptions& options = {})
{
    auto socket = UdpSocket::bind(address, options);
    if (!socket) fail_msg("%s", socket.error().text.c_str());
    return std::move(socket.value());
}

Bytes pattern(size_t len)
{
    Bytes out(len);
    for (size_t i = 0; i < len; ++i) out[i] = static_cast<uint8_t>(i * 7 + i / 251);
    return out;
}

// Loopback delivers before sendmsg() returns, so one look is enough; the poll only guards against a
// kernel that hands the datagram to another processor first.
void receive(UdpSocket& socket, Collector& into, size_t count)
{
    while (into.all.size() < count) {
        pollfd ready{socket.fd(), POLLIN, 0};
        if (poll(&ready, 1, 5000) <= 0) break;
        socket.receive(into);
    }
    assert_int_equal(into.all.size(), count);
}

bool send(UdpSocket& from, const Address& to, ByteView bytes, size_t segment_len)
{
    Train train;
    train.local = from.local();
    train.remote = to;
    train.bytes = bytes;
    train.segment_len = segment_len;
    return from.send(train);
}

int has_segment_message(const msghdr* message)
{
    for (const cmsghdr* entry = CMSG_FIRSTHDR(message); entry != nullptr;
         entry = CMSG_NXTHDR(const_cast<msghdr*>(message), const_cast<cmsghdr*>(entry))) {
        if (entry->cmsg_level == IPPROTO_UDP) return 1;
    }
    return 0;
}

int setup(void**)
{
    refusal = nullptr;
    sends_seen = 0;
    return 0;
}

void train_of_three_arrives_as_three(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    const Bytes bytes = pattern(1200 + 1200 + 700);
    assert_true(send(*a, b->local(), bytes, 1200));
    Collector got;
    receive(*b, got, 3);
    assert_int_equal(got.all[0].bytes.size(), 1200);
    assert_int_equal(got.all[2].bytes.size(), 700);
    Bytes joined;
    for (const Collected& one : got.all)
        joined.insert(joined.end(), one.bytes.begin(), one.bytes.end());
    assert_true(joined == bytes);
    assert_true(got.all[0].remote == a->local());
    assert_true(got.all[0].local == b->local());
    if (a->report().gso) assert_int_equal(a->counters().sends, 1);
    assert_int_equal(a->counters().datagrams_out, 3);
    assert_int_equal(b->counters().datagrams_in, 3);
}

void train_beyond_64_kib_is_split_and_complete(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    const Bytes bytes = pattern(100 * 1400 + 3);
    assert_true(send(*a, b->local(), bytes, 1400));
    Collector got;
    receive(*b, got, 101);
    assert_int_equal(got.all[100].bytes.size(), 3);
}

void largest_datagram_passes_whole(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    const Bytes bytes = pattern(65'507);
    assert_true(send(*a, b->local(), bytes, bytes.size()));
    Collector got;
    receive(*b, got, 1);
    assert_true(got.all[0].bytes == bytes);
}

void datagram_larger_than_udp_counts_as_lost_not_as_blocked(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    const Bytes bytes = pattern(65'508);
    assert_true(send(*a, b->local(), bytes, bytes.size()));
    assert_int_equal(a->counters().send_errors, 1);
    assert_true(a->report().gso || !open(kLoopback)->report().gso);
}

void ipv6_works_like_ipv4(void**)
{
    std::array<uint8_t, 16> one{};
    one[15] = 1;
    auto a_result = UdpSocket::bind(Address::v6(one, 0), {});
    if (!a_result) {
        skip();
        return;
    }
    auto a = std::move(a_result.value());
    auto b = open(Address::v6(one, 0));
    const Bytes bytes = pattern(2500);
    assert_true(send(*a, b->local(), bytes, 1250));
    Collector got;
    receive(*b, got, 2);
    assert_true(got.all[0].remote == a->local());
}

void dual_stack_socket_speaks_canonical_ipv4(void**)
{
    auto b_result = UdpSocket::bind(Address::v6({}, 0), {});
    if (!b_result) {
        skip();
        return;
    }
    auto b = std::move(b_result.value());
    auto a = open(kLoopback);
    Address to = kLoopback;
    to.port = b->local().port;
    assert_true(send(*a, to, pattern(10), 10));
    Collector got;
    receive(*b, got, 1);
    assert_true(got.all[0].remote == a->local());
    assert_true(got.all[0].local == to);
    // And back: the mapped form is made again, with the source that was asked.
    Train answer;
    answer.local = got.all[0].local;
    answer.remote = got.all[0].remote;
    const Bytes bytes = pattern(3000);
    answer.bytes = bytes;
    answer.segment_len = 1000;
    answer.ecn = 2;
    assert_true(b->send(answer));
    Collector back;
    receive(*a, back, 3);
    assert_true(back.all[0].remote == to);
    assert_int_equal(back.all[0].ecn, 2);
}

void v6_only_socket_leaves_ipv4_to_others(void**)
{
    SocketOptions options;
    options.v6_only = true;
    auto b = UdpSocket::bind(Address::v6({}, 0), options);
    if (!b) {
        skip();
        return;
    }
    Address same_port = Address::v4(0, 0, 0, 0, b.value()->local().port);
    assert_true(UdpSocket::bind(same_port, {}).ok());
}

void wildcard_socket_knows_and_keeps_the_address_that_was_asked(void**)
{
    auto server = open(Address::v4(0, 0, 0, 0, 0));
    auto client = open(kLoopback);
    const Address second = Address::v4(127, 0, 0, 2, server->local().port);
    assert_true(send(*client, second, pattern(100), 100));
    Collector got;
    receive(*server, got, 1);
    assert_true(got.all[0].local == second);
    Train answer;
    answer.local = got.all[0].local;
    answer.remote = got.all[0].remote;
    const Bytes bytes = pattern(50);
    answer.bytes = bytes;
    answer.segment_len = bytes.size();
    assert_true(server->send(answer));
    Collector back;
    receive(*client, back, 1);
    assert_true(back.all[0].remote == second);
}

void refused_peer_does_not_stop_the_socket(void**)
{
    auto a = open(kLoopback);
    auto gone = open(kLoopback);
    const Address nobody = gone->local();
    gone.reset();
    auto b = open(kLoopback);
    // Connected, the kernel reports the refusal on the socket; that is the worst case.
    sockaddr_storage raw{};
    socklen_t len = sizeof raw;
    assert_int_equal(getsockname(b->fd(), reinterpret_cast<sockaddr*>(&raw), &len), 0);
    for (int i = 0; i < 3; ++i) assert_true(send(*a, nobody, pattern(20), 20));
    assert_int_equal(connect(a->fd(), reinterpret_cast<sockaddr*>(&raw), len), 0);
    assert_true(send(*a, b->local(), pattern(30), 30));
    assert_true(send(*b, a->local(), pattern(40), 40));
    Collector at_b;
    receive(*b, at_b, 1);
    Collector at_a;
    receive(*a, at_a, 1);
    assert_int_equal(at_a.all[0].bytes.size(), 40);
}

void pending_icmp_error_is_passed_over(void**)
{
    auto a = open(kLoopback);
    auto gone = open(kLoopback);
    sockaddr_storage raw{};
    socklen_t len = sizeof raw;
    assert_int_equal(getsockname(gone->fd(), reinterpret_cast<sockaddr*>(&raw), &len), 0);
    const Address nobody = gone->local();
    gone.reset();
    assert_int_equal(connect(a->fd(), reinterpret_cast<sockaddr*>(&raw), len), 0);
    assert_true(send(*a, nobody, pattern(20), 20));
    Collector got;
    assert_int_equal(a->receive(got), 0);
    assert_int_equal(a->counters().receive_errors, 1);
    // The pending error of a send is passed over as well, and the next send works.
    assert_true(send(*a, nobody, pattern(20), 20));
    assert_true(send(*a, nobody, pattern(20), 20));
}

void empty_datagram_in_between_is_skipped(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    sockaddr_storage raw{};
    socklen_t len = sizeof raw;
    assert_int_equal(getsockname(b->fd(), reinterpret_cast<sockaddr*>(&raw), &len), 0);
    assert_true(send(*a, b->local(), pattern(11), 11));
    for (int i = 0; i < 20; ++i) {
        assert_int_equal(sendto(a->fd(), "", 0, 0, reinterpret_cast<const sockaddr*>(&raw), len),
                         0);
    }
    assert_true(send(*a, b->local(), pattern(12), 12));
    Collector got;
    receive(*b, got, 2);
    assert_int_equal(got.all[1].bytes.size(), 12);
    assert_int_equal(b->counters().receive_errors, 20);
}

void full_buffer_keeps_the_train_for_later(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    refusal = [](const msghdr*) { return EAGAIN; };
    assert_false(send(*a, b->local(), pattern(100), 100));
    refusal = [](const msghdr*) { return ENOBUFS; };
    assert_false(send(*a, b->local(), pattern(100), 100));
    assert_int_equal(a->counters().blocked, 2);
    refusal = nullptr;
    assert_true(send(*a, b->local(), pattern(100), 100));
    Collector got;
    receive(*b, got, 1);
}

void train_blocked_half_way_goes_on_where_it_stopped(void**)
{
    SocketOptions options;
    options.gso = false;
    auto a = open(kLoopback, options);
    auto b = open(kLoopback);
    refusal = [](const msghdr*) { return sends_seen > 3 ? EAGAIN : 0; };
    const Bytes bytes = pattern(5 * 100);
    assert_false(send(*a, b->local(), bytes, 100));
    refusal = nullptr;
    assert_true(send(*a, b->local(), bytes, 100));
    Collector got;
    receive(*b, got, 5);
    Bytes joined;
    for (const Collected& one : got.all)
        joined.insert(joined.end(), one.bytes.begin(), one.bytes.end());
    assert_true(joined == bytes);
    // Another train in between starts at its own beginning.
    sends_seen = 0;
    refusal = [](const msghdr*) { return sends_seen > 3 ? EAGAIN : 0; };
    assert_false(send(*a, b->local(), bytes, 100));
    refusal = nullptr;
    Bytes other = bytes;
    other[0] ^= 1;
    assert_true(send(*a, b->local(), other, 100));
    receive(*b, got, 5 + 3 + 5);
}

void device_without_offload_turns_it_off_and_loses_nothing(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    if (!a->report().gso) {
        skip();
        return;
    }
    refusal = [](const msghdr* message) { return has_segment_message(message) ? EIO : 0; };
    const Bytes bytes = pattern(10 * 1000);
    assert_true(send(*a, b->local(), bytes, 1000));
    assert_false(a->report().gso);
    Collector got;
    receive(*b, got, 10);
    assert_int_equal(sends_seen, 11);
    assert_true(send(*a, b->local(), bytes, 1000));
    assert_int_equal(sends_seen, 21);
}

void train_refused_as_invalid_is_tried_one_by_one(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    if (!a->report().gso) {
        skip();
        return;
    }
    refusal = [](const msghdr* message) { return has_segment_message(message) ? EINVAL : 0; };
    assert_true(send(*a, b->local(), pattern(4 * 1000), 1000));
    assert_false(a->report().gso);
    Collector got;
    receive(*b, got, 4);
}

void train_larger_than_the_path_keeps_the_offload(void**)
{
    auto a = open(kLoopback);
    auto b = open(kLoopback);
    if (!a->report().gso) {
        skip();
        return;
    }
    refusal = [](const msghdr* message) {
        return has_segment_message(message) ? EINVAL : EMSGSIZE;
    };
    assert_true(send(*a, b->local(), pattern(4 * 1000), 1000));
    assert_true(a->report().gso);
    assert_int_equal(a->counters().send_errors, 4);
}

void address_in_use_names_address_and_reason(void**)
{
    auto a = open(kLoopback);
    auto second = UdpSocket::bind(a->local(), {});
    assert_false(second.ok());
    assert_int_equal(static_cast<int>(second.error().code), static_cast<int>(Code::io));
    const std::string expected = "Failed to bind " + a->local().text() + ": Address already in use";
    assert_string_equal(second.error().text.c_str(), expected.c_str());
}

void granted_buffers_are_reported(void**)
{
    SocketOptions options;
    options.buffer_bytes = 64 * 1024;
    auto a = open(kLoopback, options);
    assert_int_equal(a->report().receive_buffer_bytes, 64 * 1024);
    assert_int_equal(a->report().send_buffer_bytes, 64 * 1024);
}

void ipv6_destination_on_an_ipv4_socket_counts_as_lost(void**)
{
    auto a = open(kLoopback);
    std::array<uint8_t, 16> one{};
    one[15] = 1;
    assert_true(send(*a, Address::v6(one, 9), pattern(10), 10));
    assert_int_equal(a->counters().send_errors, 1);
    assert_int_equal(sends_seen, 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test_setup(train_of_three_arrives_as_three, setup),
        cmocka_unit_test_setup(train_beyond_64_kib_is_split_and_complete, setup),
        cmocka_unit_test_setup(largest_datagram_passes_whole, setup),
        cmocka_unit_test_setup(datagram_larger_than_udp_counts_as_lost_not_as_blocked, setup),
        cmocka_unit_test_setup(ipv6_works_like_ipv4, setup),
        cmocka_unit_test_setup(dual_stack_socket_speaks_canonical_ipv4, setup),
        cmocka_unit_test_setup(v6_only_socket_leaves_ipv4_to_others, setup),
        cmocka_unit_test_setup(wildcard_socket_knows_and_keeps_the_address_that_was_asked, setup),
        cmocka_unit_test_setup(refused_peer_does_not_stop_the_socket, setup),
        cmocka_unit_test_setup(pending_icmp_error_is_passed_over, setup),
        cmocka_unit_test_setup(empty_datagram_in_between_is_skipped, setup),
        cmocka_unit_test_setup(full_buffer_keeps_the_train_for_later, setup),
        cmocka_unit_test_setup(train_blocked_half_way_goes_on_where_it_stopped, setup),
        cmocka_unit_test_setup(device_without_offload_turns_it_off_and_loses_nothing, setup),
        cmocka_unit_test_setup(train_refused_as_invalid_is_tried_one_by_one, setup),
        cmocka_unit_test_setup(train_larger_than_the_path_keeps_the_offload, setup),
        cmocka_unit_test_setup(address_in_use_names_address_and_reason, setup),
        cmocka_unit_test_setup(granted_buffers_are_reported, setup),
        cmocka_unit_test_setup(ipv6_destination_on_an_ipv4_socket_counts_as_lost, setup),
    };
    return cmocka_run_group_tests_name("io_udp_socket", tests, nullptr, nullptr);
}

// Whatever arrives from the network: a server and a client in the middle of a dial are handed the
// same datagrams, each with its length in two bytes before it. Neither may fall over, and nobody is
// answered with more than three times what he sent.
#include "quic_fuzz.h"

using namespace ltn;
using namespace ltn::fuzz;

namespace {

class Quiet final : public quic::ConnectionEvents {
public:
    int open = 0;
    void on_accepted(quic::Connection&) override { ++open; }
    void on_ready(quic::Connection& connection) override
    {
        connection.raise_limits({128, 1 << 20});
    }
    void on_stream_data(quic::Connection& c, quic::StreamId id, ByteView bytes, bool) override
    {
        c.consumed(id, bytes.size());
    }
    void on_stream_reset(quic::Connection&, quic::StreamId, uint64_t) override {}
    void on_stop_sending(quic::Connection&, quic::StreamId, uint64_t) override {}
    void on_stream_closed(quic::Connection&, quic::StreamId) override {}
    void on_closed(quic::Connection&, const quic::CloseInfo& info) override
    {
        (void)info.to_error();
        --open;
    }
};

const quic::tls::Identity& identity()
{
    static const quic::tls::Identity made = [] {
        CountingRandom random;
        return quic::tls::make_identity(random).value();
    }();
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    CountingRandom random;
    NullLog log;
    Quiet server_events, client_events;
    Instant now{1000 * kSecond, 1'700'000'000'000};
    const Address here = Address::v4(10, 0, 0, 2, 4433), there = Address::v4(10, 0, 0, 1, 40000);

    quic::EndpointConfig config;
    config.retry = size % 2 == 0 ? quic::RetryPolicy::never : quic::RetryPolicy::always;
    auto server =
        quic::EndpointImpl::create(config, &identity(), server_events, nullptr, random, log, now);
    auto client =
        quic::EndpointImpl::create(config, nullptr, client_events, nullptr, random, log, now);
    require(server.ok() && client.ok());
    quic::ConnectOptions options;
    options.remote = here;
    require((*client)->connect(options, now).ok());
    NullSink from_server, from_client;
    (*client)->flush(from_client, now);

    uint64_t received = 0;
    while (size >= 2) {
        size_t len = static_cast<size_t>(data[0]) << 8 | data[1];
        data += 2;
        size -= 2;
        len = len < size ? len : size;
        Datagram datagram{here, there, ByteView(data, len), 0};
        received += len;
        (void)(*server)->is_handshake_work(datagram);
        (*server)->receive(datagram, now);
        (*server)->flush(from_server, now);
        datagram.local = there;
        datagram.remote = here;
        (*client)->receive(datagram, now);
        (*client)->flush(from_client, now);
        data += len;
        size -= len;
        now.monotonic_ns += kMillisecond;
    }
    require(from_server.bytes <= 3 * received);
    for (int i = 0; i < 20; ++i) {
        now.monotonic_ns += kSecond;
        (*server)->handle_expiry(now);
        (*server)->flush(from_server, now);
        (*client)->handle_expiry(now);
        (*client)->flush(from_client, now);
    }
    require(from_server.bytes <= 3 * received);
    require((*client)->connection_count() == 0 && (*server)->connection_count() == 0);
    return 0;
}

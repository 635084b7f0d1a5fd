// What a connection tells about itself: the protocol that was agreed on, keys exported from TLS,
// and, only when asked for, its secrets and its diary.
#include <algorithm>
#include <sstream>

#include "quic_wire.h"

using namespace ltn;
using namespace ltn::test;
using quic::EndpointConfig;

namespace {

EndpointConfig speaks(std::vector<std::string> alpn)
{
    EndpointConfig config;
    config.retry = quic::RetryPolicy::never;
    config.alpn = std::move(alpn);
    return config;
}

const std::vector<std::string> kBoth = {"btlightning/2", "btlightning"};
const std::vector<std::string> kOld = {"btlightning"};

void the_newest_common_protocol_is_spoken(void**)
{
    const struct {
        std::vector<std::string> server, client;
        std::string_view chosen;
    } cases[] = {
        {kBoth, kBoth, "btlightning/2"},
        {kBoth, kOld, "btlightning"},
        {kOld, kBoth, "btlightning"},
        {{"btlightning", "btlightning/2"}, kBoth, "btlightning/2"},
    };
    for (const auto& c : cases) {
        Pair pair(speaks(c.server), speaks(c.client));
        auto& connection = pair.connect();
        assert_true(connection.alpn() == c.chosen);
        assert_true(pair.peer().alpn() == c.chosen);
    }
}

void both_ends_export_the_same_key_and_no_other_connection_does(void**)
{
    std::vector<Bytes> keys;
    Pair pair(speaks(kBoth), speaks(kBoth));
    for (int i = 0; i < 2; ++i) {
        auto& connection = pair.connect();
        pair.wire.run_for(kSecond);  // TLS is gone by then
        for (quic::Connection* end : {&connection, &pair.peer()}) {
            Bytes key(32);
            assert_true(end->exporter(quic::kBindingLabel, {}, key).ok());
            keys.push_back(key);
            // Nothing else is to be had any more.
            assert_int_equal(static_cast<int>(end->exporter("EXPORTER-else", {}, key).code),
                             static_cast<int>(Code::wrong_state));
            assert_false(end->exporter(quic::kBindingLabel, pattern(3), key).ok());
            Bytes longer(33);
            assert_false(end->exporter(quic::kBindingLabel, {}, longer).ok());
        }
    }
    assert_true(keys[0] == keys[1]);
    assert_true(keys[2] == keys[3]);
    assert_false(keys[0] == keys[2]);
    assert_false(keys[0] == Bytes(32));
}

void any_label_is_exported_when_the_handshake_ends(void**)
{
    Pair pair(speaks(kOld), speaks(kOld));
    Bytes seen[2][3];
    for (int side = 0; side < 2; ++side) {
        (side == 0 ? pair.client : pair.server).events.when_ready = [&, side](auto& connection) {
            size_t i = 0;
            for (std::string_view label : {"EXPORTER-one", "EXPORTER-two", "EXPORTER-two"}) {
                Bytes& out = seen[side][i];
                out.resize(i == 2 ? 48 : 32);
                assert_true(connection.exporter(label, i == 2 ? pattern(9) : Bytes(), out).ok());
                ++i;
            }
        };
    }
    auto& connection = pair.connect();
    for (int i = 0; i < 3; ++i) assert_true(seen[0][i] == seen[1][i] && !seen[0][i].empty());
    assert_false(seen[0][0] == seen[0][1]);
    // A peer of the first version exports nothing of ours later on.
    pair.wire.run_for(kSecond);
    Bytes key(32);
    assert_false(connection.exporter(quic::kBindingLabel, {}, key).ok());
}

struct LogProbe final : Log {
    int warnings = 0;
    void write(LogLevel level, std::string_view event, std::initializer_list<LogField>) override
    {
        if (level == LogLevel::warning && event == "quic.key_log_on") ++warnings;
    }
};

void the_key_log_tells_both_ends_alike_and_warns_once(void**)
{
    std::vector<std::string> lines[2];
    EndpointConfig server = speaks(kBoth), client = speaks(kBoth);
    server.key_log = [&](std::string_view line) { lines[0].emplace_back(line); };
    client.key_log = [&](std::string_view line) { lines[1].emplace_back(line); };
    Pair pair(server, client);
    pair.server.events.echo = pair.server.events.raise = true;
    pair.expect_echo(pair.connect(), pattern(5000));
    for (auto& of : lines) {
        std::sort(of.begin(), of.end());
        assert_int_equal(of.size(), 4);
        const char* labels[] = {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0",
                                "SERVER_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"};
        for (size_t i = 0; i < 4; ++i) {
            std::istringstream words(of[i]);
            std::string label, random, secret;
            words >> label >> random >> secret;
            assert_string_equal(label.c_str(), labels[i]);
            assert_int_equal(random.size(), 64);
            assert_int_equal(secret.size(), 64);
        }
    }
    assert_true(lines[0] == lines[1]);

    LogProbe log;
    SeededRandom random(5);
    Recorder events;
    for (bool on : {false, true}) {
        EndpointConfig config = speaks(kOld);
        if (on) config.key_log = [](std::string_view) {};
        auto made =
            quic::Endpoint::create(config, true, events, nullptr, random, log, pair.wire.now());
        assert_true(made.ok());
        assert_int_equal(log.warnings, on ? 1 : 0);
    }
}

void a_diary_is_kept_of_the_connections_that_were_asked_for(void**)
{
    std::string diary;
    int asked = 0, ended = 0;
    EndpointConfig config = speaks(kBoth);
    config.qlog = [&](const quic::Connection& connection) -> quic::QlogWriter {
        assert_true(connection.is_server());
        if (++asked == 2) return {};
        return [&](ByteView piece, bool last) {
            diary += as_text(piece);
            ended += last ? 1 : 0;
        };
    };
    Pair pair(config);
    pair.server.events.echo = pair.server.events.raise = true;
    auto& connection = pair.connect();
    pair.expect_echo(connection, pattern(5000));
    assert_true(diary.find("packet_sent") != std::string::npos);
    size_t len = diary.size();
    pair.connect().close(0, "bye");
    pair.wire.run_for(kSecond);
    assert_int_equal(asked, 2);
    connection.close(0, "bye");
    pair.wire.run_for(kSecond);
    assert_int_equal(pair.server.endpoint->connection_count(), 0);
    assert_int_equal(ended, 1);
    assert_true(diary.size() >= len);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_common_protocol_is_spoken),
        cmocka_unit_test(both_ends_export_the_same_key_and_no_other_connection_does),
        cmocka_unit_test(any_label_is_exported_when_the_handshake_ends),
        cmocka_unit_test(the_key_log_tells_both_ends_alike_and_warns_once),
        cmocka_unit_test(a_diary_is_kept_of_the_connections_that_were_asked_for),
    };
    return cmocka_run_group_tests_name("quic hooks", tests, nullptr, nullptr);
}

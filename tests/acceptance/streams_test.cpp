// Streamed answers (rows of 11.8).
#include "acceptance/fixture.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::acceptance;

Bytes nothing()
{
    return encoded(Value::object({}));
}

Bytes text(const char* letters)
{
    const ByteView view = as_bytes(letters);
    return Bytes(view.begin(), view.end());
}

struct Pair {
    World world;
    Server& server;
    Client& client = world.client();
    explicit Pair(transport::ServerConfig config = {}) : server(world.server(std::move(config)))
    {
        client.initialize_connections({{kMiner, server.address()}});
    }
    void serve(StreamScript script)
    {
        server.handle_stream("stream", [script](ByteView) { return script; });
    }
    StreamOutcome stream() { return client.query_stream(kMiner, "stream", nothing()); }
};

void streaming_handler_receives_chunks__three_in_order_then_the_end(void**)
{
    Pair pair;
    pair.serve({{text("one"), text("two"), text("three")}, StreamScript::End::ok});
    const StreamOutcome outcome = pair.stream();
    assert_true(outcome.error.ok());
    assert_int_equal(outcome.chunks.size(), 3);
    assert_true(outcome.chunks[0] == text("one"));
    assert_true(outcome.chunks[1] == text("two"));
    assert_true(outcome.chunks[2] == text("three"));
}

void streaming_handler_zero_chunks__ends_at_once(void**)
{
    Pair pair;
    pair.serve({{}, StreamScript::End::ok});
    const StreamOutcome outcome = pair.stream();
    assert_true(outcome.error.ok());
    assert_true(outcome.chunks.empty());
}

void streaming_handler_error_midstream__a_chunk_then_an_error(void**)
{
    Pair pair;
    pair.serve({{text("one")}, StreamScript::End::error});
    const StreamOutcome outcome = pair.stream();
    assert_int_equal(outcome.chunks.size(), 1);
    assert_true(outcome.error.category == Category::stream);
}

void streaming_collect_all__every_chunk_also_of_a_long_answer(void**)
{
    Pair pair;
    StreamScript script;
    for (int i = 0; i < 500; ++i) script.chunks.emplace_back(8192, static_cast<uint8_t>(i));
    pair.serve(script);
    const StreamOutcome outcome = pair.stream();
    assert_true(outcome.error.ok());
    assert_true(outcome.chunks == script.chunks);
}

void streaming_client_drops_early__later_streams_are_not_harmed(void**)
{
    Pair pair;
    StreamScript script;
    for (int i = 0; i < 2000; ++i) script.chunks.emplace_back(8192, static_cast<uint8_t>(i));
    pair.serve(script);
    const auto dropped = pair.client.begin_stream(kMiner, "stream", nothing());
    assert_true(pair.world.until([&] { return pair.client.chunks(dropped).size() >= 10; }));
    pair.client.core().cancel(dropped, pair.client.now());
    pair.world.wait(kSecond);
    // The handler hears that nobody listens (upstream-R13).
    assert_int_equal(pair.server.cancelled.size(), 1);
    assert_true(pair.client.chunks(dropped).size() < 2000);
    assert_true(pair.stream().chunks == script.chunks);
    assert_int_equal(pair.client.core().stats().dials, 1);
}

// upstream-R11: the limit that ends a stream is that of its first chunk, or between two, and not of
// the whole answer.
void server_streaming_handler_timeout_returns_error__through_the_end_of_the_stream(void**)
{
    transport::ServerConfig config;
    config.stream_first_chunk_timeout_ns = kSecond;
    config.stream_chunk_timeout_ns = 2 * kSecond;
    Pair pair(config);
    pair.serve({{}, StreamScript::End::never});
    const Nanos start = pair.world.network.now_ns();
    StreamOutcome outcome = pair.stream();
    assert_string_equal(outcome.error.display().c_str(), "stream error: handler timed out");
    assert_true(pair.world.network.now_ns() - start < 1100 * kMillisecond);
    pair.serve({{text("one")}, StreamScript::End::never});
    outcome = pair.stream();
    assert_int_equal(outcome.chunks.size(), 1);
    assert_string_equal(outcome.error.display().c_str(), "stream error: handler timed out");
}

void streaming_error_does_not_leak_handler_details__stream_processing_failed(void**)
{
    Pair pair;
    pair.serve({{text("one")}, StreamScript::End::error});
    assert_string_equal(pair.stream().error.display().c_str(),
                        "stream error: stream processing failed");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(streaming_handler_receives_chunks__three_in_order_then_the_end),
        cmocka_unit_test(streaming_handler_zero_chunks__ends_at_once),
        cmocka_unit_test(streaming_handler_error_midstream__a_chunk_then_an_error),
        cmocka_unit_test(streaming_collect_all__every_chunk_also_of_a_long_answer),
        cmocka_unit_test(streaming_client_drops_early__later_streams_are_not_harmed),
        cmocka_unit_test(
            server_streaming_handler_timeout_returns_error__through_the_end_of_the_stream),
        cmocka_unit_test(streaming_error_does_not_leak_handler_details__stream_processing_failed),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

#include "builtin_handlers.h"

#include <optional>

#include "msgpack.h"

namespace ltn_program {

namespace {

// Above this an answer made of the request's own bytes is cheaper than a copy, and bytes are
// generated on a thread of the host instead of the loop.
constexpr size_t kLarge = 16U * 1024;

BuiltinHandlers& of(void* self)
{
    return *static_cast<BuiltinHandlers*>(self);
}

void complete(ltn_op* question, const std::string& map)
{
    ltn_op_complete(question, reinterpret_cast<const uint8_t*>(map.data()), map.size(), nullptr);
    ltn_op_free(question);
}

void refuse(ltn_op* question, const char* why)
{
    ltn_op_fail(question, why);
    ltn_op_free(question);
}

void answer_with_request(ltn_op* question)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    if (ltn_op_data(question, &data, &len) != LTN_OK) len = 0;
    ltn_bytes* shared = nullptr;
    if (len >= kLarge && ltn_op_data_retain(question, &shared) == LTN_OK) {
        ltn_op_complete_bytes(question, shared, nullptr);
        ltn_bytes_free(shared);
    } else {
        ltn_op_complete(question, data, len, nullptr);
    }
    ltn_op_free(question);
}

std::optional<uint64_t> number_in(const ltn_op* question, const char* name, uint64_t missing)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    if (ltn_op_data(question, &data, &len) != LTN_OK) return missing;
    return find_unsigned(data, len, name, missing);
}

void answer_with_generated(ltn_op* question)
{
    // Read again rather than carried along: the pool knows nothing of numbers.
    complete(question, payload_map(static_cast<size_t>(*number_in(question, "n", 0))));
}

}  // namespace

void BuiltinHandlers::serve_on(ltn_server* server, const std::string& what)
{
    pool_.start();
    sleeper_.start();
    streamer_.start();
    const struct {
        const char* type;
        ltn_question_fn handler;
    } handlers[] = {
        {"echo", echo}, {"echo_sync", echo_sync}, {"fail", fail},
        {"slow", slow}, {"size", size},           {"whoami", whoami},
    };
    for (const auto& entry : handlers) {
        Detail detail;
        detail.check(
            Phase::setup, what,
            ltn_server_handle(server, entry.type, 0, entry.handler, this, nullptr, detail.out()));
    }
    Detail detail;
    detail.check(
        Phase::setup, what,
        ltn_server_handle_stream(server, "stream", 0, stream, this, nullptr, detail.out()));
    detail.check(Phase::setup, what,
                 ltn_server_handle_stream(server, "stream_fail", 0, stream_fail, this, nullptr,
                                          detail.out()));
}

void BuiltinHandlers::stop()
{
    pool_.stop();
    sleeper_.stop();
    streamer_.stop();
}

void BuiltinHandlers::echo(ltn_op* question, void*)
{
    answer_with_request(question);
}

void BuiltinHandlers::echo_sync(ltn_op* question, void* self)
{
    of(self).pool_.submit(question, answer_with_request);
}

void BuiltinHandlers::fail(ltn_op* question, void*)
{
    refuse(question, "the handler `fail` always fails");
}

void BuiltinHandlers::slow(ltn_op* question, void* self)
{
    const auto ms = number_in(question, "ms", 1000);
    if (!ms) return refuse(question, "ms: expected an unsigned integer");
    of(self).sleeper_.submit(question, *ms);
}

void BuiltinHandlers::size(ltn_op* question, void* self)
{
    const auto n = number_in(question, "n", 0);
    // Before anything is allocated: the number is the peer's.
    if (!n || *n > of(self).answer_bytes_max_) {
        return refuse(question, "n: expected an unsigned integer that fits a frame");
    }
    if (*n >= kLarge) return of(self).pool_.submit(question, answer_with_generated);
    complete(question, payload_map(static_cast<size_t>(*n)));
}

void BuiltinHandlers::whoami(ltn_op* question, void*)
{
    const char* hotkey = nullptr;
    size_t len = 0;
    if (ltn_op_text(question, &hotkey, &len, LTN_DETAIL_HOTKEY) != LTN_OK) {
        return refuse(question, "the caller's hotkey is not known");
    }
    std::string map;
    put_map_header(map, 1);
    put_text(map, "hotkey");
    put_text(map, {hotkey, len});
    complete(question, map);
}

void BuiltinHandlers::stream(ltn_op* question, void* self)
{
    of(self).begin_stream(question, false);
}

void BuiltinHandlers::stream_fail(ltn_op* question, void* self)
{
    of(self).begin_stream(question, true);
}

void BuiltinHandlers::begin_stream(ltn_op* question, bool fail)
{
    const auto chunks = number_in(question, "chunks", 3);
    const auto size = number_in(question, "size", 1024);
    const auto delay_ms = number_in(question, "delay_ms", 0);
    const auto numbered = number_in(question, "numbered", 0);
    if (!chunks || !delay_ms || !numbered || !size || *size > answer_bytes_max_) {
        return refuse(
            question,
            "chunks, size, delay_ms, numbered: expected unsigned integers, size in a frame");
    }
    streamer_.submit(question,
                     {fail ? *chunks / 2 : *chunks, *size, *delay_ms, *numbered != 0, fail});
}

}  // namespace ltn_program

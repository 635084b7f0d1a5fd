// Handlers that answer with a stream. Each has a thread and sends with waiting: the reader sets the pace.
#include "handlers.h"

#include <chrono>
#include <thread>

namespace {

// Thrown when the caller has gone or its time is up.
struct Gone {};

void send(ltn_op* question, const Bytes& chunk)
{
    if (ltn_op_send(question, chunk.data(), chunk.size(), -1, nullptr) != LTN_OK) throw Gone();
}

// The caller's next chunk; false after the last one.
bool receive(ltn_op* question, Bytes& chunk)
{
    ltn_bytes* bytes = nullptr;
    const ltn_status status = ltn_op_read(question, &bytes, -1);
    if (status == LTN_ERR_EMPTY) return false;
    if (status != LTN_OK) throw Gone();
    chunk.assign(ltn_bytes_data(bytes), ltn_bytes_data(bytes) + ltn_bytes_len(bytes));
    ltn_bytes_free(bytes);
    return true;
}

void count(ltn_op* question, const Json& asked)
{
    const int n = asked.value("n", 0);
    const size_t size = asked.value("size", size_t{1});
    for (int i = 0; i < n; ++i) send(question, Bytes(size, static_cast<uint8_t>(i)));
}

void mirror(ltn_op* question)
{
    Bytes chunk;
    while (receive(question, chunk)) send(question, chunk);
}

void sum(ltn_op* question)
{
    Bytes chunk;
    size_t total = 0;
    while (receive(question, chunk)) total += chunk.size();
    const std::string text = std::to_string(total);
    send(question, Bytes(text.begin(), text.end()));
}

// Whether it ends well; false where a language would raise.
bool play(const std::string& does, ltn_op* question)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    (void)ltn_op_data(question, &data, &len);
    const Json asked = unpack(data, len);
    if (does == "count" || does == "count_throw") {
        count(question, asked);
        return does == "count";
    }
    if (does == "mirror") mirror(question);
    if (does == "sum") sum(question);
    if (does == "endless") {
        while (true) send(question, Bytes(1024));
    }
    if (does == "late_chunk") {
        std::this_thread::sleep_for(std::chrono::milliseconds(asked.value("ms", 0)));
        send(question, {'x'});
    }
    return true;
}

}  // namespace

bool is_stream(const std::string& does)
{
    static const std::set<std::string> words = {"count",   "count_throw", "mirror", "sum",
                                                "endless", "late_chunk"};
    return words.count(does) > 0;
}

void run_stream(const Handling& handling, ltn_op* question)
{
    bool cancelled = false;
    try {
        if (play(handling.does, question)) {
            (void)ltn_op_complete(question, nullptr, 0, nullptr);
        } else {
            (void)ltn_op_fail(question, "inner secret");
        }
    } catch (const Gone&) {
        cancelled = true;
    } catch (const std::exception& problem) {
        (void)ltn_op_fail(question, problem.what());
    }
    ltn_op_free(question);
    count_ended(*handling.work, cancelled);
}

// The streams of the built-in handlers: one thread sends for all of them and blocks for none. A stream
// whose reader is behind waits for LTN_EVENT_WRITABLE.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "library.h"

namespace ltn_program {

struct StreamPlan {
    uint64_t chunks = 0;
    uint64_t size = 0;
    uint64_t delay_ms = 0;
    bool numbered = false;  // each chunk of 8 bytes or more begins with its number
    bool fail = false;      // after the chunks
};

class Streamer {
public:
    Streamer() = default;
    ~Streamer() { stop(); }
    Streamer(const Streamer&) = delete;
    Streamer& operator=(const Streamer&) = delete;

    void start();

    // Takes the question over; fails it at once when too many streams are open.
    void submit(ltn_op* question, const StreamPlan& plan);

    // For the events WRITABLE and WITHDRAWN; questions of others are ignored.
    void writable(ltn_op* question) { wake(question); }
    void withdrawn(ltn_op* question) { wake(question); }

    // Fails what is open and ends the thread.
    void stop();

private:
    using Clock = std::chrono::steady_clock;
    struct Run {
        StreamPlan plan;
        Bytes chunk;  // all chunks of a stream are alike, unless they are numbered
        uint64_t sent = 0;
        bool blocked = false;
        bool busy = false;    // with the thread
        bool nudged = false;  // woken meanwhile
        std::multimap<Clock::time_point, ltn_op*>::iterator due;
    };

    static constexpr size_t kStreamsMax = 16'384;
    static constexpr uint64_t kDelayMsMax = 86'400'000;  // a day
    static constexpr int kChunksPerTurn = 64;            // then it is the next stream's turn

    void work();
    void wake(ltn_op* question);
    void schedule(ltn_op* question, Run& run, Clock::time_point when);
    enum class Step { again, later, blocked, over };
    static Step advance(ltn_op* question, Run& run);
    static ltn_status send_next(ltn_op* question, const Run& run);

    std::mutex mutex_;
    std::condition_variable changed_;
    std::unordered_map<ltn_op*, Run> runs_;
    std::multimap<Clock::time_point, ltn_op*> due_;
    std::thread thread_;
    bool stopping_ = false;
};

}  // namespace ltn_program

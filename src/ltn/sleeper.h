// Questions that are answered after a while without anybody blocking for them: one thread, ordered
// by time.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include <ltn/lightning.h>

namespace ltn_program {

class Sleeper {
public:
    Sleeper() = default;
    ~Sleeper() { stop(); }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    void start();

    // Takes the question over and answers {"slept": ms} when the time has come; fails it at once
    // when too many sleep already.
    void submit(ltn_op* question, uint64_t ms);

    // Nobody waits for the question any more: forget it now instead of keeping its place until its
    // time comes, which a peer may have chosen far away.
    void withdrawn(ltn_op* question);

    // Fails what still sleeps and ends the thread.
    void stop();

private:
    using Clock = std::chrono::steady_clock;
    struct Entry {
        ltn_op* question;
        uint64_t ms;
    };
    using Entries = std::multimap<Clock::time_point, Entry>;

    static constexpr size_t kEntriesMax = 65'536;
    static constexpr uint64_t kMsMax = 86'400'000;  // a day

    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    Entries entries_;
    std::unordered_map<ltn_op*, Entries::iterator> by_question_;
    std::thread thread_;
    bool stopping_ = false;
};

}  // namespace ltn_program

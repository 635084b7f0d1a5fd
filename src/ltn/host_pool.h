// A few threads of the program that answer questions away from the library's loop, the way an
// embedding host does it.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include <ltn/lightning.h>

namespace ltn_program {

class HostPool {
public:
    // Answers and frees the question it is given.
    using Job = void (*)(ltn_op* question);

    HostPool() = default;
    ~HostPool() { stop(); }
    HostPool(const HostPool&) = delete;
    HostPool& operator=(const HostPool&) = delete;

    void start();

    // Takes the question over. When the pool is full or stopped the question is failed at once: to
    // wait here would hold up every other connection of the loop.
    void submit(ltn_op* question, Job job);

    // Runs what has been accepted, then ends the threads.
    void stop();

private:
    struct Entry {
        ltn_op* question;
        Job job;
    };

    static constexpr size_t kThreads = 4;
    static constexpr size_t kEntriesMax = 4096;

    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Entry> entries_;
    std::vector<std::thread> threads_;
    bool stopping_ = false;
};

}  // namespace ltn_program

#include "sleeper.h"

#include <string>
#include <utility>

#include "msgpack.h"

namespace ltn_program {

namespace {

void fail(ltn_op* question, const char* why)
{
    ltn_op_fail(question, why);
    ltn_op_free(question);
}

}  // namespace

void Sleeper::start()
{
    thread_ = std::thread([this] { work(); });
}

void Sleeper::submit(ltn_op* question, uint64_t ms)
{
    if (ms > kMsMax) return fail(question, "ms: expected at most 86400000");
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && entries_.size() < kEntriesMax) {
            const auto due = Clock::now() + std::chrono::milliseconds(ms);
            by_question_[question] = entries_.emplace(due, Entry{question, ms});
            question = nullptr;
        }
    }
    if (question != nullptr) return fail(question, "65536 requests sleep already");
    wake_.notify_one();
}

void Sleeper::withdrawn(ltn_op* question)
{
    {
        const std::lock_guard lock(mutex_);
        const auto found = by_question_.find(question);
        // Not here: another handler has it, or its time has just come.
        if (found == by_question_.end()) return;
        entries_.erase(found->second);
        by_question_.erase(found);
    }
    ltn_op_free(question);
}

void Sleeper::stop()
{
    Entries left;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        left = std::exchange(entries_, {});
        by_question_.clear();
    }
    wake_.notify_all();
    if (thread_.joinable()) thread_.join();
    for (const auto& [due, entry] : left) fail(entry.question, "the server stops");
}

void Sleeper::work()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (entries_.empty()) {
            wake_.wait(lock);
            continue;
        }
        const auto first = entries_.begin();
        if (first->first > Clock::now()) {
            // A copy: the entry may be withdrawn while this thread waits for its time.
            const Clock::time_point due = first->first;
            wake_.wait_until(lock, due);
            continue;
        }
        const Entry entry = first->second;
        by_question_.erase(entry.question);
        entries_.erase(first);
        lock.unlock();
        std::string answer;
        put_map_header(answer, 1);
        put_text(answer, "slept");
        put_unsigned(answer, entry.ms);
        ltn_op_complete(entry.question, reinterpret_cast<const uint8_t*>(answer.data()),
                        answer.size(), nullptr);
        ltn_op_free(entry.question);
        lock.lock();
    }
}

}  // namespace ltn_program

#include "host_pool.h"

namespace ltn_program {

void HostPool::start()
{
    for (size_t i = 0; i < kThreads; ++i) threads_.emplace_back([this] { work(); });
}

void HostPool::submit(ltn_op* question, Job job)
{
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_ && entries_.size() < kEntriesMax) {
            entries_.push_back({question, job});
            question = nullptr;
        }
    }
    if (question == nullptr) {
        wake_.notify_one();
        return;
    }
    ltn_op_fail(question, "the host's threads are busy and 4096 requests wait already");
    ltn_op_free(question);
}

void HostPool::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
}

void HostPool::work()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !entries_.empty(); });
        if (entries_.empty()) return;
        const Entry entry = entries_.front();
        entries_.pop_front();
        lock.unlock();
        entry.job(entry.question);
        lock.lock();
    }
}

}  // namespace ltn_program

#include "streamer.h"

#include <algorithm>
#include <vector>

#include "generated_bytes.h"

namespace ltn_program {

namespace {

constexpr size_t kNumberLen = 8;

}  // namespace

void Streamer::start()
{
    thread_ = std::thread([this] { work(); });
}

void Streamer::submit(ltn_op* question, const StreamPlan& plan)
{
    std::vector<uint8_t> bytes(static_cast<size_t>(plan.size));
    generate_bytes(bytes.data(), bytes.size());
    ltn_bytes* chunk = nullptr;
    const bool made = ltn_bytes_new(&chunk, bytes.data(), bytes.size()) == LTN_OK;
    Bytes owned(chunk);
    {
        const std::lock_guard lock(mutex_);
        if (made && !stopping_ && runs_.size() < kStreamsMax) {
            Run& run = runs_[question];
            run.plan = plan;
            run.plan.delay_ms = std::min(plan.delay_ms, kDelayMsMax);
            run.chunk = std::move(owned);
            schedule(question, run, Clock::now());
            changed_.notify_one();
            return;
        }
    }
    ltn_op_fail(question, "too many streams are open");
    ltn_op_free(question);
}

void Streamer::schedule(ltn_op* question, Run& run, Clock::time_point when)
{
    run.blocked = false;
    run.due = due_.emplace(when, question);
}

void Streamer::wake(ltn_op* question)
{
    const std::lock_guard lock(mutex_);
    const auto found = runs_.find(question);
    if (found == runs_.end()) return;
    Run& run = found->second;
    if (run.busy) {
        run.nudged = true;
        return;
    }
    if (!run.blocked) due_.erase(run.due);
    schedule(question, run, Clock::now());
    changed_.notify_one();
}

ltn_status Streamer::send_next(ltn_op* question, const Run& run)
{
    if (!run.plan.numbered || run.plan.size < kNumberLen) {
        return ltn_op_send_bytes(question, run.chunk.get(), 0, nullptr);
    }
    const uint8_t* const bytes = ltn_bytes_data(run.chunk.get());
    std::vector<uint8_t> own(bytes, bytes + run.plan.size);
    for (size_t i = 0; i < kNumberLen; ++i) {
        own[i] = static_cast<uint8_t>(run.sent >> (8 * (kNumberLen - 1 - i)));
    }
    return ltn_op_send(question, own.data(), own.size(), 0, nullptr);
}

Streamer::Step Streamer::advance(ltn_op* question, Run& run)
{
    if (ltn_op_status(question) != LTN_ERR_PENDING) return Step::over;
    for (int i = 0; i < kChunksPerTurn; ++i) {
        if (run.sent == run.plan.chunks) {
            if (run.plan.fail) {
                ltn_op_fail(question, "the handler `stream_fail` always fails halfway");
            } else {
                ltn_op_complete(question, nullptr, 0, nullptr);
            }
            return Step::over;
        }
        const ltn_status status = send_next(question, run);
        if (status == LTN_ERR_FULL) return Step::blocked;
        if (status != LTN_OK) {
            ltn_op_fail(question, "a chunk could not be sent");
            return Step::over;
        }
        ++run.sent;
        if (run.plan.delay_ms > 0 && run.sent < run.plan.chunks) return Step::later;
    }
    return Step::again;
}

void Streamer::work()
{
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        const Clock::time_point now = Clock::now();
        if (due_.empty()) {
            changed_.wait(lock);
            continue;
        }
        if (due_.begin()->first > now) {
            changed_.wait_until(lock, due_.begin()->first);
            continue;
        }
        ltn_op* const question = due_.begin()->second;
        due_.erase(due_.begin());
        Run& run = runs_.at(question);
        run.busy = true;
        run.nudged = false;
        lock.unlock();
        const Step step = advance(question, run);
        if (step == Step::over) ltn_op_free(question);
        lock.lock();
        run.busy = false;
        switch (step) {
            case Step::over: runs_.erase(question); break;
            case Step::again: schedule(question, run, now); break;
            case Step::later:
                schedule(question, run, now + std::chrono::milliseconds(run.plan.delay_ms));
                break;
            case Step::blocked:
                // The room may have come between the refusal and here.
                run.blocked = !run.nudged;
                if (run.nudged) schedule(question, run, now);
                break;
        }
    }
}

void Streamer::stop()
{
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        changed_.notify_all();
    }
    if (thread_.joinable()) thread_.join();
    for (auto& [question, run] : runs_) {
        ltn_op_fail(question, "the server stops");
        ltn_op_free(question);
    }
    runs_.clear();
    due_.clear();
}

}  // namespace ltn_program

// Letters from other loops to one unit. Any thread puts; the unit's own loop takes, in the order of
// putting. Bounded by what the letters weigh: a full box refuses, and the sender counts that. Its lock
// is a leaf (runtime/loop_lock.h). Whoever put something nudges the loop.
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace ltn::runtime {

template <class Letter>
class Mailbox {
public:
    explicit Mailbox(size_t weight_max) : weight_max_(weight_max) {}

    // False: full; the letter is untouched. No letter is weightless.
    bool put(Letter&& letter, size_t weight)
    {
        const std::lock_guard guard(mutex_);
        const size_t before = weight_.load(std::memory_order_relaxed);
        if (weight > weight_max_ - before) return false;
        letters_.push_back(std::move(letter));
        weight_.store(before + weight, std::memory_order_release);
        return true;
    }

    // What came since the last time replaces what `out` held; the two lists change places, so that
    // neither is allocated anew.
    void take(std::vector<Letter>& out)
    {
        out.clear();
        const std::lock_guard guard(mutex_);
        out.swap(letters_);
        weight_.store(0, std::memory_order_release);
    }

    bool empty() const { return weight() == 0; }
    size_t weight() const { return weight_.load(std::memory_order_acquire); }

private:
    const size_t weight_max_;
    std::mutex mutex_;
    std::vector<Letter> letters_;
    std::atomic<size_t> weight_{0};  // never above weight_max_
};

}  // namespace ltn::runtime

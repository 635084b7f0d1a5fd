// A list that somebody else makes and that decides who may come in. An answer that is suddenly
// empty or much shorter is more often a broken answer than a changed world, and would lock everybody
// out: it is held until a second one says the same.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <vector>

#include "base/time.h"

namespace ltn::transport {

template <class T>
class HeldList {
public:
    // Losing more than this share at once is suspicious, but a few entries never are: of a list of
    // four, one or two leave any day.
    static constexpr size_t kLossMaxPercent = 30;
    static constexpr size_t kLossFree = 3;

    enum class Outcome { applied, held };

    // Takes the place of the list at once.
    void set(std::vector<T> items, Nanos now_ns)
    {
        items_ = in_order(std::move(items));
        waiting_.reset();
        resolved_ns_ = now_ns;
    }

    Outcome offer(std::vector<T> items, Nanos now_ns)
    {
        items = in_order(std::move(items));
        if (suspicious(items) && !(waiting_.has_value() && similar(*waiting_, items))) {
            waiting_ = std::move(items);
            return Outcome::held;
        }
        items_ = std::move(items);
        waiting_.reset();
        resolved_ns_ = now_ns;
        return Outcome::applied;
    }

    bool contains(const T& item) const
    {
        return std::binary_search(items_.begin(), items_.end(), item);
    }
    const std::vector<T>& items() const { return items_; }  // in order, each once
    bool resolved() const { return resolved_ns_ != kNever; }
    bool holding() const { return waiting_.has_value(); }
    // Of the list that applies; kNever before the first.
    Nanos age_ns(Nanos now_ns) const
    {
        if (!resolved()) return kNever;
        return now_ns > resolved_ns_ ? now_ns - resolved_ns_ : 0;
    }

private:
    static std::vector<T> in_order(std::vector<T> items)
    {
        std::sort(items.begin(), items.end());
        items.erase(std::unique(items.begin(), items.end()), items.end());
        return items;
    }

    static size_t common(const std::vector<T>& a, const std::vector<T>& b)
    {
        std::vector<T> both;
        std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
        return both.size();
    }

    bool suspicious(const std::vector<T>& items) const
    {
        if (items_.empty()) return false;
        if (items.empty()) return true;
        const size_t lost = items_.size() - common(items_, items);
        return lost > kLossFree && lost * 100 > items_.size() * kLossMaxPercent;
    }

    // Nine tenths of the longer are in both.
    static bool similar(const std::vector<T>& a, const std::vector<T>& b)
    {
        return common(a, b) * 10 >= std::max(a.size(), b.size()) * 9;
    }

    std::vector<T> items_;
    std::optional<std::vector<T>> waiting_;
    Nanos resolved_ns_ = kNever;
};

}  // namespace ltn::transport

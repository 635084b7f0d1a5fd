#include "transport/verify_queue.h"

#include "transport/rate_limiter.h"

namespace ltn::transport {

bool VerifyQueue::Turns::push(ServerStream& stream, const Address& source)
{
    const TableKey key = site_key(source).value_or(source_key(source));
    auto found = sources_.find(key);
    if (found == sources_.end()) {
        if (sources_.size() >= kSourcesMax) return false;
        found = sources_.try_emplace(key).first;
        turns_.push_back(key);
    }
    if (found->second.size() >= per_source_max_) return false;
    found->second.push_back(stream);
    return true;
}

bool VerifyQueue::Turns::empty()
{
    // Who left by unlink() has left its source behind.
    while (!turns_.empty()) {
        auto source = sources_.find(turns_.front());
        if (!source->second.empty()) return false;
        sources_.erase(source);
        turns_.pop_front();
    }
    return true;
}

ServerStream* VerifyQueue::Turns::pop()
{
    if (empty()) return nullptr;
    const TableKey key = turns_.front();
    turns_.pop_front();
    turns_.push_back(key);
    return sources_.find(key)->second.pop_front();
}

}  // namespace ltn::transport

#include "transport/strangers.h"

namespace ltn::transport {

uint64_t Strangers::count_of(const TableKey& key) const
{
    auto found = by_source_.find(key);
    return found == by_source_.end() ? 0 : found->second;
}

bool Strangers::has_room(const Address& source, Lane lane) const
{
    if ((lane == Lane::known ? known_ : unknown_) >= total_max_) return false;
    if (count_of(source_key(source)) >= per_source_max_) return false;
    auto site = site_key(source);
    return !site.has_value() || count_of(*site) < per_source_max_ * kSourcesPerSite;
}

void Strangers::add(const Address& source, Lane lane)
{
    ++(lane == Lane::known ? known_ : unknown_);
    ++by_source_[source_key(source)];
    if (auto site = site_key(source)) ++by_source_[*site];
}

void Strangers::remove(const Address& source, Lane lane)
{
    uint64_t& count = lane == Lane::known ? known_ : unknown_;
    if (count > 0) --count;
    drop(source_key(source));
    if (auto site = site_key(source)) drop(*site);
}

void Strangers::drop(const TableKey& key)
{
    auto found = by_source_.find(key);
    if (found != by_source_.end() && --found->second == 0) by_source_.erase(found);
}

}  // namespace ltn::transport

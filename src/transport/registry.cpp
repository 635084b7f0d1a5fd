#include "transport/registry.h"

#include <algorithm>

namespace ltn::transport {

namespace {

// One machine may own a whole /64.
Address host_of(Address address)
{
    address.port = 0;
    if (address.family == Address::Family::v6) std::fill_n(address.ip.begin() + 8, 8, uint8_t{0});
    return address;
}

}  // namespace

size_t Registry::PlaceHash::operator()(const Address& address) const
{
    TableKey key{};
    std::copy(address.ip.begin(), address.ip.end(), key.begin());
    key[16] = static_cast<uint8_t>(address.family);
    key[17] = static_cast<uint8_t>(address.port >> 8);
    key[18] = static_cast<uint8_t>(address.port);
    for (size_t i = 0; i < 4; ++i) key[19 + i] = static_cast<uint8_t>(address.scope_id >> (8 * i));
    return hash_(key);
}

Claim* Registry::find(const crypto::PublicKey& key) const
{
    if (tables_ == nullptr) return nullptr;
    const auto found = tables_->claims.find(key);
    return found == tables_->claims.end() ? nullptr : found->second.get();
}

Place* Registry::place_at(const Address& address) const
{
    if (tables_ == nullptr) return nullptr;
    const auto found = tables_->places.find(address);
    return found == tables_->places.end() ? nullptr : found->second.get();
}

Claim& Registry::put(const Hotkey& hotkey, const Address& address, std::optional<Address>& emptied)
{
    emptied.reset();
    if (tables_ == nullptr) tables_ = std::make_unique<Tables>(random_);
    auto& slot = tables_->claims[hotkey.key];
    if (slot != nullptr && slot->place->address == address) return *slot;
    if (slot == nullptr) {
        slot = std::make_unique<Claim>();
        slot->hotkey = hotkey;
    } else {
        leave(*slot, emptied);
        // What was learned at the old address says nothing about the new one.
        slot->refuted = false;
        slot->backoff = Backoff();
        slot->last_error = Error();
    }
    auto& place = tables_->places[address];
    if (place == nullptr) {
        place = std::make_unique<Place>();
        place->address = address;
        auto& host = tables_->hosts[host_of(address)];
        if (host == nullptr) host = std::make_shared<Host>();
        ++host->places;
        place->host = host;
    }
    slot->place = place.get();
    place->claims.push_back(*slot);
    return *slot;
}

void Registry::remove(const crypto::PublicKey& key, std::optional<Address>& emptied)
{
    emptied.reset();
    if (find(key) == nullptr) return;
    const auto found = tables_->claims.find(key);
    leave(*found->second, emptied);
    tables_->claims.erase(found);
}

void Registry::leave(Claim& claim, std::optional<Address>& emptied)
{
    Place& place = *claim.place;
    claim.unlink();
    claim.place = nullptr;
    if (!place.claims.empty()) return;
    emptied = place.address;
    if (--place.host->places == 0) tables_->hosts.erase(host_of(place.address));
    tables_->places.erase(*emptied);
}

void Registry::clear()
{
    tables_.reset();
}

}  // namespace ltn::transport

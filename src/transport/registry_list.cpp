#include "transport/registry_list.h"

#include <algorithm>
#include <unordered_set>

#include "transport/keyed_hash.h"

namespace ltn::transport {

namespace {

// More than any chain lists; a longer list is a mistake, and each entry costs memory.
constexpr size_t kEntriesMax = 262'144;
// DNS, NTP, SNMP, LDAP, SSDP, mDNS, memcached.
constexpr uint16_t kServicePorts[] = {53, 123, 161, 389, 1900, 5353, 11211};

bool is_unicast(const Address& address)
{
    if (address.family == Address::Family::v6) return address.ip[0] != 0xff;
    return address.ip[0] < 224;
}

Error refused(const RegistryEntry& entry, const char* expected)
{
    return {Code::invalid_argument, Category::connection,
            "Invalid address: expected " + std::string(expected) + ", got \"" +
                entry.address.text() + "\""};
}

}  // namespace

Error check_entry(const RegistryEntry& entry)
{
    const Address& address = entry.address;
    if (address.family == Address::Family::none || address.is_unspecified()) {
        return refused(entry, "the address of a host");
    }
    if (!is_unicast(address)) return refused(entry, "the address of one host");
    if (address.port == 0) return refused(entry, "a port from 1 to 65535");
    if (std::find(std::begin(kServicePorts), std::end(kServicePorts), address.port) !=
        std::end(kServicePorts)) {
        return refused(entry, "a port that no well-known UDP service has");
    }
    return {};
}

std::vector<Error> check_entries(const std::vector<RegistryEntry>& entries, Random& random)
{
    std::vector<Error> out(entries.size());
    std::unordered_set<crypto::PublicKey, KeyedHash> seen(0, KeyedHash(random));
    for (size_t i = entries.size(); i > 0; --i) {
        const RegistryEntry& entry = entries[i - 1];
        if (i > kEntriesMax) {
            out[i - 1] = {Code::full, Category::config,
                          "expected at most " + std::to_string(kEntriesMax) +
                              " registry entries, this is number " + std::to_string(i)};
        } else if (!seen.insert(entry.miner.key).second) {
            out[i - 1] = {Code::invalid_argument, Category::config,
                          "expected each hotkey once, " + codec::ss58_encode(entry.miner.key) +
                              " stands again further down and the last one counts"};
        } else {
            out[i - 1] = check_entry(entry);
        }
    }
    return out;
}

}  // namespace ltn::transport

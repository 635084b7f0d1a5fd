// Judges the list of an update before anything is done with it.
#pragma once

#include <vector>

#include "transport/client.h"

namespace ltn::transport {

// Why this entry is not to be dialled; ok otherwise. An entry comes from whoever may write to the
// chain, so services that answer strangers by UDP are left alone: our Initials would be the flood
// (attack-A4).
Error check_entry(const RegistryEntry& entry);

// One verdict per entry, in order; of a hotkey that stands more than once the last one counts.
std::vector<Error> check_entries(const std::vector<RegistryEntry>& entries, Random& random);

}  // namespace ltn::transport

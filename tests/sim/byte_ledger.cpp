#include "sim/byte_ledger.h"

#include <algorithm>

namespace ltn::sim {

namespace {

// Seen from outside, without keys: a Handshake packet needs keys that only who received the server's
// answer has, an Initial with a token shows a token that was sent to this address, and a short
// header belongs to a connection whose handshake is over. Damaged datagrams err to the lax side,
// never to a false alarm.
bool proves_address(ByteView bytes)
{
    if (bytes.empty()) return false;
    const uint8_t first = bytes[0];
    if ((first & 0x80) == 0) return true;
    if (bytes.size() < 7) return false;
    const unsigned type = (first >> 4) & 3;
    if (type == 2) return true;
    if (type != 0) return false;
    size_t at = 5;
    at += 1 + size_t{bytes[at]};
    if (at >= bytes.size()) return false;
    at += 1 + size_t{bytes[at]};
    return at < bytes.size() && bytes[at] != 0;
}

}  // namespace

void ByteLedger::came_in(size_t server, const Address& from, ByteView bytes)
{
    Entry& entry = entries_[{server, from}];
    entry.in += bytes.size();
    if (!entry.validated && proves_address(bytes)) entry.validated = true;
}

bool ByteLedger::goes_out(size_t server, const Address& to, ByteView bytes)
{
    Entry& entry = entries_[{server, to}];
    if (entry.validated) return true;
    entry.out += bytes.size();
    worst_permille_ = std::max(worst_permille_, entry.out * 1000 / std::max<uint64_t>(entry.in, 1));
    return entry.out <= kFactorMax * entry.in;
}

bool ByteLedger::validated(size_t server, const Address& address) const
{
    const auto found = entries_.find({server, address});
    return found != entries_.end() && found->second.validated;
}

}  // namespace ltn::sim

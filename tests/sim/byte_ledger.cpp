#include "sim/byte_ledger.h"

#include <algorithm>

namespace ltn::sim {

namespace {

// Reads on and on; `cut` once the bytes did not suffice.
struct Walk {
    ByteView bytes;
    size_t at = 0;
    bool cut = false;

    uint64_t byte()
    {
        if (at >= bytes.size()) cut = true;
        return cut ? 0 : bytes[at++];
    }
    uint64_t varint()
    {
        uint64_t value = byte();
        const unsigned more = (1U << (value >> 6)) - 1;
        value &= 0x3f;
        for (unsigned i = 0; i < more; ++i) value = value << 8 | byte();
        return value;
    }
    void skip(uint64_t len)
    {
        if (cut || len > bytes.size() - at) {
            cut = true;
        } else {
            at += static_cast<size_t>(len);
        }
    }
};

// Seen from outside, without keys: a Handshake packet needs keys that only who received the server's
// answer has, an Initial with a token shows a token that was sent to this address, and a short
// header belongs to a connection whose handshake is over. Damaged datagrams err to the lax side,
// never to a false alarm.
bool proves_address(ByteView bytes)
{
    if (!bytes.empty() && (bytes[0] & 0x80) == 0) return true;
    // A client's Handshake packet often rides behind an Initial: every packet of the datagram.
    while (!bytes.empty()) {
        if ((bytes[0] & 0x80) == 0) return false;  // padding behind the last packet
        const unsigned type = (bytes[0] >> 4) & 3;
        if (type == 2) return true;
        if (type == 3) return false;  // a Retry has no length and nothing behind it
        Walk walk{bytes, 5};
        walk.skip(walk.byte());  // destination
        walk.skip(walk.byte());  // source
        if (type == 0) {
            const uint64_t token_len = walk.varint();
            if (token_len != 0) return !walk.cut;
        }
        walk.skip(walk.varint());
        if (walk.cut) return false;
        bytes = bytes.subspan(walk.at);
    }
    return false;
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

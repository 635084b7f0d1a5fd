// What the targets over real QUIC and TLS share: an input read as a script, and a wire that the
// script disturbs. Everything is derived from the input: keys, ids and TLS take their random bytes
// from seeds, time moves when the script says so.
#pragma once

#include <cstdlib>

#include "support/honest_town.h"
#include "support/hostile_peer.h"

namespace ltn::fuzz {

inline void require(bool condition)
{
    if (!condition) std::abort();
}

// Reads zeros once the input is over.
class Script {
public:
    Script(const uint8_t* data, size_t size) : rest_(data, size) {}
    bool over() const { return rest_.empty(); }
    uint8_t byte()
    {
        if (rest_.empty()) return 0;
        const uint8_t out = rest_.front();
        rest_ = rest_.subspan(1);
        return out;
    }
    // As many as the next byte says.
    Bytes piece()
    {
        const size_t len = std::min<size_t>(byte(), rest_.size());
        const Bytes out(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(len));
        rest_ = rest_.subspan(len);
        return out;
    }

private:
    ByteView rest_;
};

// Loses, changes and repeats datagrams of either side.
class RoughWire : public test::SmallWire {
public:
    RoughWire()
    {
        filter = [this](const Address& from, const Address& to, Bytes& datagram) {
            return pass(from, to, datagram);
        };
    }
    enum class Fault : uint8_t { lose, change, repeat, cut };
    // From the `skip`-th datagram on, for `count` of them. One fault at a time; a new one replaces it.
    void disturb(Fault fault, uint8_t skip, uint8_t count, uint8_t where, uint8_t with)
    {
        fault_ = fault, skip_ = skip, count_ = count, where_ = where, with_ = with;
    }
    // One that was seen before comes again, however old.
    void replay(size_t which)
    {
        if (seen_.empty()) return;
        const Seen& old = seen_[which % seen_.size()];
        put(old.from, old.to, old.bytes);
    }

private:
    struct Seen {
        Address from, to;
        Bytes bytes;
    };
    bool pass(const Address& from, const Address& to, Bytes& datagram)
    {
        if (seen_.size() < 16) seen_.push_back({from, to, datagram});
        if (count_ == 0) return true;
        if (skip_ > 0) {
            --skip_;
            return true;
        }
        --count_;
        switch (fault_) {
            case Fault::lose: return false;
            case Fault::change: {
                // The whole datagram can be reached with one byte.
                const size_t at = datagram.size() * where_ / 256;
                datagram[at] = static_cast<uint8_t>(datagram[at] ^ (with_ | 1));
                return true;
            }
            case Fault::repeat: put(from, to, datagram); return true;
            case Fault::cut: datagram.resize(datagram.size() * where_ / 256 + 1); return true;
        }
        return true;
    }

    Fault fault_ = Fault::lose;
    uint8_t skip_ = 0, count_ = 0, where_ = 0, with_ = 0;
    std::vector<Seen> seen_;
};

// Made once: a certificate costs more than the rest of most inputs.
inline std::shared_ptr<const quic::tls::Identity> certificate()
{
    static const std::shared_ptr<const quic::tls::Identity> made = [] {
        if (!crypto::init()) std::abort();
        test::LinkRandom random(7);
        return quic::make_identity(random).value();
    }();
    return made;
}

// Steps that both roles have. False: the step is the role's own.
inline bool common_step(uint8_t step, Script& script, RoughWire& wire, test::HostilePeer& peer)
{
    const auto stream = [&]() -> quic::StreamId {
        if (peer.streams.empty()) return -1;
        auto found = peer.streams.begin();
        std::advance(found, script.byte() % peer.streams.size());
        return found->first;
    };
    switch (step) {
        case 0: wire.run_for(script.byte() * kMillisecond); break;
        case 1: wire.run_for(script.byte() * (kSecond / 4)); break;
        case 2: {  // raw bytes on a stream that there is
            const quic::StreamId id = stream();
            const uint8_t fin = script.byte();
            peer.send(id, script.piece(), fin % 4 == 1);
            break;
        }
        case 3: peer.reset(stream(), script.byte()); break;
        case 4: peer.stop(stream(), script.byte()); break;
        case 5: {
            const auto fault = static_cast<RoughWire::Fault>(script.byte() % 4);
            const uint8_t skip = script.byte(), count = script.byte(), where = script.byte();
            wire.disturb(fault, skip, count, where, script.byte());
            break;
        }
        case 6: wire.replay(script.byte()); break;
        case 7: peer.consumes = !peer.consumes; break;
        case 8: {
            const Bytes reason = script.piece();
            peer.close(as_text(reason), script.byte());
            break;
        }
        case 9: {  // something that is no datagram of anybody
            const Bytes bytes = script.piece();
            wire.put(peer.address, Address::v4(10, 0, 0, 1, 8443), bytes);
            break;
        }
        default: return false;
    }
    return true;
}

}  // namespace ltn::fuzz

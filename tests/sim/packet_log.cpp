#include "sim/packet_log.h"

#include <cstring>

namespace ltn::sim {

namespace {

double seconds(Nanos at_ns)
{
    return static_cast<double>(at_ns) / static_cast<double>(kSecond);
}

}  // namespace

PacketLog::PacketLog()
{
    crypto_generichash_init(&state_, nullptr, 0, sizeof(Digest));
}

void PacketLog::mix(ByteView bytes)
{
    crypto_generichash_update(&state_, bytes.data(), bytes.size());
}

void PacketLog::add(Nanos at_ns, std::string_view what, const Address& from, const Address& to,
                    ByteView bytes)
{
    ++entries_;
    uint8_t head[8 + 8 + 2 * (16 + 2)];
    uint8_t* at = head;
    const auto put = [&at](const void* data, size_t len) {
        std::memcpy(at, data, len);
        at += len;
    };
    const uint64_t len = bytes.size();
    put(&at_ns, sizeof at_ns);
    put(&len, sizeof len);
    for (const Address* address : {&from, &to}) {
        put(address->ip.data(), address->ip.size());
        put(&address->port, sizeof address->port);
    }
    mix(ByteView(head, sizeof head));
    mix(as_bytes(what));
    mix(bytes);
    if (file_ == nullptr) return;
    std::fprintf(file_, "%.9f %s > %s %.*s %zu bytes", seconds(at_ns), from.text().c_str(),
                 to.text().c_str(), static_cast<int>(what.size()), what.data(), bytes.size());
    for (size_t i = 0; i < bytes.size() && i < 24; ++i) {
        std::fprintf(file_, "%s%02x", i == 0 ? " " : "", bytes[i]);
    }
    std::fputc('\n', file_);
}

void PacketLog::note(Nanos at_ns, std::string_view what)
{
    ++entries_;
    uint8_t head[8];
    std::memcpy(head, &at_ns, sizeof head);
    mix(ByteView(head, sizeof head));
    mix(as_bytes(what));
    if (file_ == nullptr) return;
    std::fprintf(file_, "%.9f -- %.*s\n", seconds(at_ns), static_cast<int>(what.size()),
                 what.data());
}

PacketLog::Digest PacketLog::digest() const
{
    crypto_generichash_state copy = state_;
    Digest out;
    crypto_generichash_final(&copy, out.data(), out.size());
    return out;
}

}  // namespace ltn::sim

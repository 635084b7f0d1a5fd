// Clients that have not shown who they are, one row each: what they do and what comes of it. Sections
// are those of the wire's rules.
#include <cstddef>
#include <cstdint>

#include "scenario/hostile_table.h"

namespace {

using namespace ltn;
using namespace ltn::scenario;
using namespace ltn::test;

constexpr bool kStranger = false, kFirst = false, kSecondToken = true;
constexpr Nanos kLife = 12 * kSecond;  // a stranger has ten seconds
constexpr uint8_t kHandshake = 1, kRequest = 3;

// The four fields as they are, then what `change` makes of them.
Bytes spelt(const Hello& hello, uint32_t count, const std::function<void(Bytes&)>& more = nullptr)
{
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.array(count);
    writer.str(hello.hotkey);
    if (count > 1) writer.unsigned_int(hello.timestamp_s);
    if (count > 2) writer.str(hello.nonce);
    if (count > 3) writer.str(hello.signature);
    if (more) more(out);
    return framed(kHandshake, out);
}

Bytes by_names(const Hello& hello)
{
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.map(hello.second ? 6 : 4);
    writer.str("validator_hotkey");
    writer.str(hello.hotkey);
    writer.str("timestamp");
    writer.unsigned_int(hello.timestamp_s);
    writer.str("nonce");
    writer.str(hello.nonce);
    writer.str("signature");
    writer.str(hello.signature);
    if (hello.second) {
        writer.str("expected_hotkey");
        writer.str(hello.expected);
        writer.str("frame_payload_max");
        writer.unsigned_int(hello.frame_payload_max);
    }
    return framed(kHandshake, out);
}

// Signed anew after the change.
void signed_with(HostilePeer& peer, Town& town, const std::function<void(Hello&)>& change)
{
    Hello hello = peer.hello(hotkey_of(town.server.pair).text);
    change(hello);
    hello.sign(peer.pair);
    peer.say(hello.framed());
}
// The signature is that of what was there before.
void signed_before(HostilePeer& peer, Town& town, const std::function<void(Hello&)>& change)
{
    Hello hello = peer.hello(hotkey_of(town.server.pair).text);
    change(hello);
    peer.say(hello.framed());
}

// An array of the right length whose first element is this.
Bytes instead_of_the_hotkey(const Bytes& value)
{
    return framed(kHandshake, join({{0x94}, value, {0x01, 0xa0, 0xa0}}));
}

void drip(HostilePeer& peer, Town& town, const Bytes& bytes, Nanos pause_ns, size_t count)
{
    const quic::StreamId id = peer.open();
    for (size_t at = 0; at < count && peer.link != nullptr; ++at) {
        peer.send(id, {bytes[at]}, false);
        town.wire.run_for(pause_ns);
    }
}

const ClientRow kRows[] = {
    // Connections that do nothing.
    {"silent after TLS: shut when a stranger's life is over", [](HostilePeer&, Town&) {},
     "closed 'unauthenticated'", kStranger, kFirst, kLife},
    {"nothing but PINGs: shut all the same",
     [](HostilePeer& peer, Town&) { peer.link->set_keep_alive(kSecond / 2); },
     "closed 'unauthenticated'", kStranger, kFirst, kLife},
    {"a close with a reason of 64 KiB",
     [](HostilePeer& peer, Town&) { peer.close(std::string(65'536, 'x'), 77); },
     "closed by itself"},

    // Frames that are none (1.5, 1.9): our half ends empty, theirs is stopped.
    {"a stream that ends without a byte", [](HostilePeer& peer, Town&) { peer.say({}); },
     "empty end | open"},
    {"frame type 0x00", [](HostilePeer& peer, Town&) { peer.say(header(0x00, 0)); },
     "empty end | open"},
    {"frame type 0x7f and more to come",
     [](HostilePeer& peer, Town&) { peer.say(header(0x7f, 9), false); },
     "empty end, stopped 0 | open"},
    {"frame type 0xff and more to come",
     [](HostilePeer& peer, Town&) { peer.say(header(0xff, 9), false); },
     "empty end, stopped 0 | open"},
    {"every frame of the other direction",
     [](HostilePeer& peer, Town&) {
         for (const uint8_t type : {2, 4, 5, 6}) peer.say(framed(type, {0x90}));
     },
     "4 x empty end | open"},
    {"three bytes of a header, then the end",
     [](HostilePeer& peer, Town&) {
         peer.say({kHandshake, 0, 0});
     },
     "empty end | open"},
    {"a handshake frame one byte above a stranger's limit",
     [](HostilePeer& peer, Town&) { peer.say(header(kHandshake, 4097), false); },
     "empty end, stopped 0 | open"},
    {"declared lengths of 2^31 and 2^32-1",
     [](HostilePeer& peer, Town&) {
         peer.say(header(kHandshake, 0x80000000u), false);
         peer.say(header(kHandshake, 0xffffffffu), false);
         peer.say(header(kRequest, 0xffffffffu), false);
     },
     "3 x empty end, stopped 0 | open"},
    {"a declared length, half of it, and the end",
     [](HostilePeer& peer, Town&) {
         peer.say(join({header(kHandshake, 100), Bytes(50)}));
     },
     "empty end | open"},
    {"a declared length and silence: the connection is shut",
     [](HostilePeer& peer, Town&) { peer.say(header(kHandshake, 100), false); },
     "nothing | closed 'unauthenticated'", kStranger, kFirst, kLife},
    {"a handshake byte by byte, two a second: too late",
     [](HostilePeer& peer, Town& town) {
         drip(peer, town, peer.hello().framed(), kSecond / 2, 30);
     },
     "nothing | closed 'unauthenticated'"},

    // Requests of strangers (5.5): one answer for all of them, whatever they hold.
    {"a request before the handshake",
     [](HostilePeer& peer, Town&) { peer.say(request_frame("echo", false)); },
     "authentication failed | open"},
    {"a request of 1 MiB before the handshake is not read",
     [](HostilePeer& peer, Town&) { peer.say(header(kRequest, 1 << 20), false); },
     "authentication failed, stopped 0 | open"},
    {"a request that is not readable, before the handshake",
     [](HostilePeer& peer, Town&) { peer.say(framed(kRequest, {0xc1})); },
     "authentication failed | open"},

    // Handshakes that cannot be read: refused by nobody (3.5, 1.12).
    {"one element less", [](HostilePeer& peer, Town&) { peer.say(spelt(peer.hello(), 3)); },
     "refused by nobody | open"},
    {"one element more",
     [](HostilePeer& peer, Town&) {
         peer.say(spelt(peer.hello(), 5, [](Bytes& out) { out.push_back(0xc0); }));
     },
     "refused by nobody | open"},
    {"elements of the wrong kind",
     [](HostilePeer& peer, Town&) {
         for (const Bytes& value : {Bytes{0xc0}, Bytes{0x90}, Bytes{0x80}, Bytes{0x2a}}) {
             peer.say(instead_of_the_hotkey(value));
         }
     },
     "4 x refused by nobody | open"},
    {"a map of names instead of an array is the same handshake",
     [](HostilePeer& peer, Town&) { peer.say(by_names(peer.hello())); }, "accepted | open"},
    {"MessagePack that ends in the middle",
     [](HostilePeer& peer, Town&) {
         Bytes payload = peer.hello().payload();
         payload.erase(payload.end() - 40, payload.end());
         peer.say(framed(kHandshake, payload));
     },
     "refused by nobody | open"},
    {"four thousand arrays in each other",
     [](HostilePeer& peer, Town&) { peer.say(framed(kHandshake, Bytes(4096, 0x91))); },
     "refused by nobody | open"},
    {"array, map, str and bin of 2^32-1 in five bytes",
     [](HostilePeer& peer, Town&) {
         for (const uint8_t marker : {0xdd, 0xdf, 0xdb, 0xc6}) {
             peer.say(instead_of_the_hotkey({marker, 0xff, 0xff, 0xff, 0xff}));
         }
     },
     "4 x refused by nobody | open"},
    {"an array of 2^32-1 for the envelope itself",
     [](HostilePeer& peer, Town&) {
         peer.say(framed(kHandshake, {0xdd, 0xff, 0xff, 0xff, 0xff}));
     },
     "refused by nobody | open"},
    {"a hotkey that is no UTF-8, and marker c1",
     [](HostilePeer& peer, Town&) {
         peer.say(instead_of_the_hotkey({0xa2, 0xff, 0xfe}));
         peer.say(instead_of_the_hotkey({0xc1}));
     },
     "2 x refused by nobody | open"},
    {"timestamps below zero and with a fraction",
     [](HostilePeer& peer, Town&) {
         peer.say(framed(kHandshake, {0x94, 0xa0, 0xff, 0xa0, 0xa0}));
         peer.say(framed(kHandshake, {0x94, 0xa0, 0xca, 0, 0, 0, 0, 0xa0, 0xa0}));
     },
     "2 x refused by nobody | open"},

    // Handshakes that can be read and do not hold: refused, without a reason (3.5).
    {"a signature of other words",
     [](HostilePeer& peer, Town& town) {
         signed_before(peer, town, [](Hello& hello) { ++hello.timestamp_s; });
         signed_before(peer, town, [](Hello& hello) { hello.nonce[0] ^= 1; });
     },
     "2 x refused | open"},
    {"somebody else's hotkey over its own signature",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [&](Hello& hello) { hello.hotkey = hotkey_of(key_of(2)).text; });
     },
     "refused | open"},
    {"hotkeys that are none",
     [](HostilePeer& peer, Town& town) {
         for (const char* text : {"", "5", "not a hotkey", "0OIl"}) {
             signed_with(peer, town, [&](Hello& hello) { hello.hotkey = text; });
         }
     },
     "4 x refused | open"},
    {"a hotkey of another network",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [&](Hello& hello) {
             hello.hotkey = codec::ss58_encode(peer.pair.public_key(), 0);
         });
     },
     "refused | open"},
    {"the fingerprint of another certificate",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [](Hello& hello) { hello.fingerprint[3] ^= 1; });
     },
     "refused | open"},
    {"timestamps too old, too new, and absurd",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [](Hello& hello) { hello.timestamp_s -= 300; });
         signed_with(peer, town, [](Hello& hello) { hello.timestamp_s += 62; });
         signed_with(peer, town, [](Hello& hello) { hello.timestamp_s = 0; });
         signed_with(peer, town, [](Hello& hello) { hello.timestamp_s = UINT64_MAX; });
     },
     "4 x refused | open"},
    {"nonces too short, too long, not hexadecimal, and none",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [](Hello& hello) { hello.nonce.pop_back(); });
         signed_with(peer, town, [](Hello& hello) { hello.nonce += "0"; });
         signed_with(peer, town, [](Hello& hello) { hello.nonce[5] = 'g'; });
         signed_with(peer, town, [](Hello& hello) { hello.nonce.clear(); });
     },
     "4 x refused | open"},
    {"signatures of 63 bytes, of none, and not in Base64",
     [](HostilePeer& peer, Town& town) {
         const std::string short_one = codec::base64_encode(Bytes(63, 0x80));
         for (const std::string& text : {short_one, std::string(), std::string("*")}) {
             signed_before(peer, town, [&](Hello& hello) { hello.signature = text; });
         }
     },
     "3 x refused | open"},
    {"the same handshake on a second stream is a replay",
     [](HostilePeer& peer, Town& town) {
         const Bytes bytes = peer.hello().framed();
         peer.say(bytes);
         town.wire.run_for(kSecond);
         peer.say(bytes);
     },
     "accepted + refused | open"},
    {"garbage after the handshake frame is not looked at (1.1)",
     [](HostilePeer& peer, Town&) {
         peer.say(join({peer.hello().framed(), Bytes(500, 0xff)}));
     },
     "accepted | open"},
    {"two handshake frames on one stream: the first counts",
     [](HostilePeer& peer, Town&) {
         peer.say(join({peer.hello().framed(), peer.hello().framed()}));
     },
     "accepted | open"},

    // RESET_STREAM and STOP_SENDING, in each state of a stream.
    {"reset before a byte, inside the header, inside the body, after the end",
     [](HostilePeer& peer, Town& town) {
         const Bytes bytes = peer.hello().framed();
         for (const size_t len : {size_t{0}, size_t{3}, size_t{50}, bytes.size()}) {
             const quic::StreamId id = peer.open();
             const bool whole = len == bytes.size();
             peer.send(id, Bytes(bytes.begin(), bytes.begin() + static_cast<long>(len)), whole);
             town.wire.run_for(20 * kMillisecond);
             peer.reset(id, 7);
             town.wire.run_for(kSecond);
         }
     },
     "3 x empty end + accepted | open"},
    {"stopped before a byte, inside the header, inside the body, after the end",
     [](HostilePeer& peer, Town& town) {
         Bytes bytes = peer.hello().framed();
         bytes.back() ^= 1;  // refused later: the answer waits
         for (const size_t len : {size_t{0}, size_t{3}, size_t{50}, bytes.size()}) {
             const quic::StreamId id = peer.open();
             const bool whole = len == bytes.size();
             peer.send(id, Bytes(bytes.begin(), bytes.begin() + static_cast<long>(len)), whole);
             town.wire.run_for(20 * kMillisecond);
             peer.stop(id, 7);
             town.wire.run_for(kSecond);
         }
     },
     "3 x reset 0, stopped 0 + reset 0 | open"},
    {"more streams than a stranger may have",
     [](HostilePeer& peer, Town& town) {
         for (int i = 0; i < 40; ++i) {
             peer.say(header(0x42, 0));
             town.wire.run_for(20 * kMillisecond);
         }
     },
     "16 x empty end | open"},
    {"four streams at once that say nothing, and no fifth",
     [](HostilePeer& peer, Town&) {
         for (int i = 0; i < 8; ++i) peer.say({kHandshake}, false);
     },
     "4 x nothing | closed 'unauthenticated'", kStranger, kFirst, kLife},

    // A peer that gives no room.
    {"no room on any stream: the answer to the handshake waits",
     [](HostilePeer& peer, Town&) { peer.say(peer.hello().framed()); }, "nothing | open", kStranger,
     kFirst, kLife, [](quic::EndpointConfig& config) { config.stream_window = 0; }},

    // btlightning/2 (docs/wire-2.md).
    {"second token: the array of the first",
     [](HostilePeer& peer, Town&) { peer.say(spelt(peer.hello(), 4)); }, "refused by nobody | open",
     kStranger, kSecondToken},
    {"second token: a map of names is refused",
     [](HostilePeer& peer, Town& town) {
         peer.say(by_names(peer.hello(hotkey_of(town.server.pair).text)));
     },
     "refused by nobody | open", kStranger, kSecondToken},
    {"second token: an array of sixteen, read by its first six",
     [](HostilePeer& peer, Town& town) {
         Bytes payload = peer.hello(hotkey_of(town.server.pair).text).payload();
         payload[0] = 0xdc;
         payload.insert(payload.begin() + 1, {0x00, 0x10});
         payload.insert(payload.end(), 10, 0xc0);
         peer.say(framed(kHandshake, payload));
     },
     "accepted | open", kStranger, kSecondToken},
    {"second token: a valid proof meant for another server",
     [](HostilePeer& peer, Town&) { peer.say(peer.hello(hotkey_of(key_of(7)).text).framed()); },
     "refused, reason 1 | open", kStranger, kSecondToken},
    {"second token: a clock that is an hour off is told so",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [](Hello& hello) { hello.timestamp_s -= 3600; });
     },
     "refused, reason 2 | open", kStranger, kSecondToken},
    {"second token: a proof made for another TLS session",
     [](HostilePeer& peer, Town& town) {
         signed_with(peer, town, [](Hello& hello) { hello.exporter[7] ^= 1; });
     },
     "refused | open", kStranger, kSecondToken},
    {"second token: a request before the handshake",
     [](HostilePeer& peer, Town&) { peer.say(request_frame("echo", true)); },
     "authentication failed, code 1 | open", kStranger, kSecondToken},
};

}  // namespace

int main()
{
    return run_rows("hostile strangers", kRows, {});
}

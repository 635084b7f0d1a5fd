// Clients that have shown who they are and then misbehave, one row each. Sections are those of the
// wire's rules.
#include <cstddef>
#include <cstdint>

#include "scenario/hostile_table.h"

namespace {

using namespace ltn;
using namespace ltn::scenario;
using namespace ltn::test;

constexpr bool kProven = true, kFirst = false, kSecondToken = true;
constexpr uint8_t kHandshake = 1, kRequest = 3, kChunk = 5, kEnd = 6;
constexpr uint32_t kFrameMax = 1 << 20;  // what this server reads

// ["echo", data, 1]
Bytes with_data(const Bytes& data)
{
    return framed(kRequest, join({{0x93, 0xa4, 'e', 'c', 'h', 'o'}, data, {0x01}}));
}

Bytes part(const Bytes& bytes, size_t len)
{
    return Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(len));
}

// Says `bytes` up to `len`, lets them arrive, then does what it likes with the stream.
template <class Act>
void cut_at(HostilePeer& peer, Town& town, const Bytes& bytes, size_t len, Act&& act)
{
    const quic::StreamId id = peer.open();
    peer.send(id, part(bytes, len), len == bytes.size());
    town.wire.run_for(20 * kMillisecond);
    act(id);
    town.wire.run_for(kSecond);
}

codec::RequestTerms uploading()
{
    codec::RequestTerms terms;
    terms.more_follows = true;
    return terms;
}

// A request with chunks to come, and then this.
void upload(HostilePeer& peer, const Bytes& rest, bool fin)
{
    peer.say(join({request_frame("upload", true, uploading()), rest}), fin);
}

const ClientRow kRows[] = {
    // Frames that are none (1.5, 1.9).
    {"unknown frame types and those of the other direction",
     [](HostilePeer& peer, Town&) {
         for (const uint8_t type : {0x00, 0x02, 0x04, 0x05, 0x06, 0x07, 0x7f, 0xff}) {
             peer.say(framed(type, {0x90}));
         }
     },
     "8 x empty end | open", kProven},
    {"one byte above the limit, 2^31 and 2^32-1, and no body",
     [](HostilePeer& peer, Town&) {
         for (const uint32_t len : {kFrameMax + 1, 0x80000000u, 0xffffffffu}) {
             peer.say(header(kRequest, len), false);
         }
     },
     "3 x empty end, stopped 0 | open", kProven},
    {"a body that never comes is given up",
     [](HostilePeer& peer, Town&) { peer.say(header(kRequest, kFrameMax), false); },
     "empty end, stopped 0 | open", kProven, kFirst, 20 * kSecond},
    {"one byte in ten seconds on every stream there is",
     [](HostilePeer& peer, Town& town) {
         std::vector<quic::StreamId> all;
         for (int i = 0; i < 200; ++i) {
             const quic::StreamId id = peer.say(header(kRequest, 1000), false);
             if (id >= 0) all.push_back(id);
         }
         for (int i = 0; i < 4; ++i) {
             for (const quic::StreamId id : all) peer.send(id, {0x93}, false);
             town.wire.run_for(10 * kSecond);
         }
     },
     "127 x empty end, stopped 0 | open", kProven},
    {"the end comes before the declared length",
     [](HostilePeer& peer, Town&) {
         peer.say(header(kRequest, 100));
         peer.say(join({header(kRequest, kFrameMax), Bytes(70'000)}));
     },
     "2 x empty end | open", kProven},

    // Requests that cannot be read (1.12): a failure as an answer.
    {"a body of 1 MiB that is no MessagePack",
     [](HostilePeer& peer, Town&) { peer.say(framed(kRequest, Bytes(kFrameMax, 0xc1))); },
     "invalid request format | open", kProven},
    {"one element less and one more",
     [](HostilePeer& peer, Town&) {
         peer.say(framed(kRequest, {0x92, 0xa1, 'e', 0x80}));
         peer.say(framed(kRequest, {0x94, 0xa1, 'e', 0x80, 0x01, 0xc0}));
         peer.say(framed(kRequest, {}));
     },
     "3 x invalid request format | open", kProven},
    {"data that is nil, an array, a number, or has keys that are no text",
     [](HostilePeer& peer, Town&) {
         peer.say(with_data({0xc0}));
         peer.say(with_data({0x90}));
         peer.say(with_data({0x07}));
         peer.say(with_data({0x81, 0x07, 0x07}));
         peer.say(with_data({0x81, 0xa2, 0xff, 0xfe, 0x07}));
     },
     "5 x invalid request format | open", kProven},
    {"MessagePack that ends in the middle, and marker c1",
     [](HostilePeer& peer, Town&) {
         peer.say(framed(kRequest, {0x93, 0xa4, 'e', 'c', 'h', 'o', 0x81, 0xa1, 'k', 0xda, 9}));
         peer.say(with_data({0x81, 0xa1, 'k', 0xc1}));
     },
     "2 x invalid request format | open", kProven},
    {"a million arrays in each other",
     [](HostilePeer& peer, Town&) {
         peer.say(with_data(join({{0x81, 0xa1, 'k'}, Bytes(1'000'000, 0x91)})));
     },
     "invalid request format | open", kProven},
    {"map, array, str, bin and ext of 2^32-1 in five bytes",
     [](HostilePeer& peer, Town&) {
         for (const uint8_t marker : {0xdf, 0xdd, 0xdb, 0xc6, 0xc9}) {
             peer.say(with_data({0x81, 0xa1, 'k', marker, 0xff, 0xff, 0xff, 0xff}));
         }
         peer.say(with_data({0xdf, 0xff, 0xff, 0xff, 0xff}));
     },
     "6 x invalid request format | open", kProven},
    {"a name that nobody serves, one of 100,000 bytes, and none",
     [](HostilePeer& peer, Town&) {
         peer.say(request_frame("nobody", false));
         peer.say(request_frame(std::string(100'000, 'n'), false));
         peer.say(request_frame("", false));
     },
     "3 x unrecognized synapse type | open", kProven},
    {"a name that is no UTF-8",
     [](HostilePeer& peer, Town&) { peer.say(request_frame("\xff\xfe", false)); },
     "invalid request format | open", kProven},
    {"a key a thousand times: the last one wins",
     [](HostilePeer& peer, Town&) {
         Bytes data = {0xde, 0x03, 0xe8};
         for (int i = 0; i < 1000; ++i) data.insert(data.end(), {0xa1, 'k', 0x07});
         peer.say(with_data(data));
     },
     "answer | open", kProven},

    // More than one frame (1.1).
    {"a second request behind the first is not looked at",
     [](HostilePeer& peer, Town&) {
         peer.say(join({request_frame("echo", false), request_frame("never", false)}));
     },
     "answer | open", kProven},
    {"64 KiB of garbage behind a request, and no end",
     [](HostilePeer& peer, Town&) {
         peer.say(join({request_frame("echo", false), Bytes(65'536, 0xff)}), false);
     },
     "answer, stopped 0 | open", kProven},
    {"a handshake that does not hold changes nothing for who is known",
     [](HostilePeer& peer, Town& town) {
         Hello hello = peer.hello();
         hello.nonce[0] ^= 1;
         peer.say(hello.framed());
         peer.say(framed(kHandshake, {0xc0}));
         town.wire.run_for(kSecond);
         peer.say(request_frame("echo", false));
     },
     "refused + refused by nobody + answer | open", kProven},

    // RESET_STREAM and STOP_SENDING, in each state of a stream.
    {"reset before a byte, inside the header, inside the body",
     [](HostilePeer& peer, Town& town) {
         for (const size_t len : {0, 3, 8}) {
             cut_at(peer, town, request_frame("echo", false), len,
                    [&](quic::StreamId id) { peer.reset(id, 99); });
         }
     },
     "3 x empty end | open", kProven},
    {"reset while the handler runs, and while chunks are sent",
     [](HostilePeer& peer, Town& town) {
         peer.consumes = false;
         for (const char* name : {"never", "flow"}) {
             const quic::StreamId id = peer.say(request_frame(name, false), false);
             town.wire.run_for(kSecond);
             peer.reset(id, 99);
             town.wire.run_for(kSecond);
             peer.streams[id].bytes.clear();
         }
     },
     "2 x reset 0 | open", kProven},
    {"stopped before a byte, inside the header, inside the body, and after the answer",
     [](HostilePeer& peer, Town& town) {
         const Bytes bytes = request_frame("echo", false);
         for (const size_t len : {size_t{0}, size_t{3}, size_t{8}, bytes.size()}) {
             cut_at(peer, town, bytes, len, [&](quic::StreamId id) { peer.stop(id, 99); });
         }
     },
     "3 x reset 0, stopped 0 + answer | open", kProven},
    {"stopped while the handler runs, and while chunks are sent",
     [](HostilePeer& peer, Town& town) {
         peer.consumes = false;
         for (const char* name : {"never", "flow"}) {
             cut_at(peer, town, request_frame(name, false), request_frame(name, false).size(),
                    [&](quic::StreamId id) { peer.stop(id, 99); });
         }
         for (auto& [id, stream] : peer.streams) stream.bytes.clear();
     },
     "2 x reset 0 | open", kProven},
    {"ten thousand streams opened and reset",
     [](HostilePeer& peer, Town& town) {
         for (int i = 0; i < 10'000 && peer.link != nullptr; ++i) {
             const quic::StreamId id = peer.open();
             peer.send(id, {kRequest}, false);
             peer.reset(id);
             if (i % 50 == 0) town.wire.run_for(10 * kMillisecond);
             if (i % 50 == 0) std::erase_if(peer.streams, [](auto& s) { return s.second.closed; });
         }
         peer.streams.clear();
     },
     "closed by QUIC, code 1", kProven},
    {"ten thousand frames of no type",
     [](HostilePeer& peer, Town& town) {
         for (int i = 0; i < 10'000 && peer.link != nullptr; ++i) {
             peer.say(header(0x42, 0));
             if (i % 50 == 0) town.wire.run_for(10 * kMillisecond);
             if (i % 50 == 0) std::erase_if(peer.streams, [](auto& s) { return s.second.closed; });
         }
         peer.streams.clear();
     },
     "closed by QUIC, code 1", kProven},
    {"a PING every millisecond",
     [](HostilePeer& peer, Town& town) {
         peer.link->set_keep_alive(kMillisecond);
         town.wire.run_for(20 * kSecond);
     },
     "closed by QUIC, code 1", kProven},

    // Peers that take nothing.
    {"no room for an answer: it is given up after half a minute",
     [](HostilePeer& peer, Town&) {
         peer.consumes = false;
         peer.say(request_frame("big", false));
     },
     "half a frame, reset 0 | open", kProven, kFirst, 70 * kSecond,
     [](quic::EndpointConfig& config) { config.stream_window = 400; }},
    {"chunks that nobody reads",
     [](HostilePeer& peer, Town&) {
         peer.consumes = false;
         peer.say(request_frame("flow", false));
     },
     "124 x chunk + half a frame, reset 0 | open", kProven, kFirst, 100 * kSecond},
    {"two hundred requests that take for ever",
     [](HostilePeer& peer, Town&) {
         for (int i = 0; i < 200; ++i) peer.say(request_frame("never", false));
     },
     "127 x handler timed out | open", kProven, kFirst, 25 * kSecond},
    {"gone with a long reason while handlers run",
     [](HostilePeer& peer, Town& town) {
         for (const char* name : {"never", "flow", "big"}) peer.say(request_frame(name, false));
         town.wire.run_for(5 * kMillisecond);
         peer.close(std::string(65'536, 'x'), 1u << 30);
         peer.streams.clear();
     },
     "closed by itself", kProven},
    {"known and silent: nothing happens to it", [](HostilePeer&, Town&) {}, "open", kProven, kFirst,
     30 * kSecond},

    // btlightning/2 (docs/wire-2.md).
    {"second token: terms of the wrong kind, and too few",
     [](HostilePeer& peer, Town&) {
         const Bytes start = {0x96, 0xa4, 'e', 'c', 'h', 'o', 0x80, 0x01};
         peer.say(framed(kRequest, join({start, {0xff, 0x03, 0x00}})));  // deadline -1
         peer.say(framed(kRequest, join({start, {0xc0, 0xc0, 0x00}})));  // priority nil
         peer.say(framed(kRequest, join({start, {0xc0, 0x03, 0xa0}})));  // flags a text
         peer.say(request_frame("echo", false));                         // of the first token
     },
     "4 x invalid request format, code 2 | open", kProven, kSecondToken},
    {"second token: terms beyond every bound are taken for what they can mean",
     [](HostilePeer& peer, Town&) {
         codec::RequestTerms terms;
         terms.deadline_ms = UINT64_MAX;
         terms.priority = 255;
         peer.say(request_frame("echo", true, terms));
         peer.say(framed(kRequest, {0x98, 0xa4, 'e', 'c', 'h', 'o', 0x80, 0x01, 0xc0, 0xcc, 0xff,
                                    0xcc, 0xfe, 0x05, 0x05}));
     },
     "2 x answer | open", kProven, kSecondToken},
    {"second token: a deadline that is over when it comes",
     [](HostilePeer& peer, Town&) {
         codec::RequestTerms terms;
         terms.deadline_ms = 0;
         peer.say(request_frame("never", true, terms));
     },
     "handler timed out, code 5 | open", kProven, kSecondToken},
    {"second token: chunks that were not announced are not looked at",
     [](HostilePeer& peer, Town&) {
         peer.say(join({request_frame("echo", true), chunk_frame(Bytes(100)), end_frame(true)}));
     },
     "answer | open", kProven, kSecondToken},
    {"second token: another frame among the chunks",
     [](HostilePeer& peer, Town&) {
         upload(peer, join({chunk_frame(Bytes(10)), request_frame("echo", true)}), true);
         upload(peer, header(0x99, 5), true);
     },
     "2 x invalid request format, code 2 | open", kProven, kSecondToken},
    {"second token: an end without success, and an end of chunks that is none",
     [](HostilePeer& peer, Town&) {
         upload(peer, framed(kEnd, {0x93, 0xc2, 0xa1, 'x', 0x04}), true);
         upload(peer, framed(kEnd, {0x91, 0xc3}), true);
         upload(peer, framed(kChunk, {0x91, 0xa1, 'x'}), true);
     },
     "3 x invalid request format, code 2 | open", kProven, kSecondToken},
    {"second token: the stream ends among the chunks",
     [](HostilePeer& peer, Town&) {
         upload(peer, {}, true);
         upload(peer, chunk_frame(Bytes(10)), true);
         upload(peer, part(chunk_frame(Bytes(100)), 20), true);
     },
     "3 x invalid request format, code 2 | open", kProven, kSecondToken},
    {"second token: chunks after the end",
     [](HostilePeer& peer, Town&) {
         upload(peer, join({end_frame(true), chunk_frame(Bytes(10)), end_frame(true)}), true);
     },
     "answer | open", kProven, kSecondToken},
    {"second token: a chunk of 2^32-1 bytes",
     [](HostilePeer& peer, Town&) { upload(peer, header(kChunk, 0xffffffffu), false); },
     "invalid request format, code 2, stopped 0 | open", kProven, kSecondToken},
    {"second token: chunks that stop coming",
     [](HostilePeer& peer, Town&) { upload(peer, chunk_frame(Bytes(10)), false); },
     "handler timed out, code 5, stopped 0 | open", kProven, kSecondToken, 25 * kSecond},
    {"second token: a hundred thousand empty chunks",
     [](HostilePeer& peer, Town&) {
         Bytes many;
         const Bytes one = chunk_frame({});
         for (int i = 0; i < 100'000; ++i) many.insert(many.end(), one.begin(), one.end());
         upload(peer, join({many, end_frame(true)}), true);
     },
     "answer | open", kProven, kSecondToken, 10 * kSecond},
    {"second token: an upload is reset, and stopped",
     [](HostilePeer& peer, Town& town) {
         for (const bool resets : {true, false}) {
             const quic::StreamId id =
                 peer.say(join({request_frame("upload", true, uploading()), {kChunk}}), false);
             town.wire.run_for(20 * kMillisecond);
             resets ? peer.reset(id, UINT32_MAX) : peer.stop(id, UINT32_MAX);
             town.wire.run_for(kSecond);
         }
     },
     "reset 0 + reset 0, stopped 0 | open", kProven, kSecondToken},
    {"second token: who reads no frames gets none",
     [](HostilePeer& peer, Town& town) {
         Hello hello = peer.hello(hotkey_of(town.server.pair).text);
         hello.frame_payload_max = 0;
         peer.say(hello.framed());
         town.wire.run_for(kSecond);
         peer.say(request_frame("echo", true));
         peer.say(request_frame("chunks", true));
     },
     "accepted + internal serialization error, code 6 + end: handler timed out | open", kProven,
     kSecondToken, 40 * kSecond},
};

}  // namespace

int main()
{
    return run_rows("hostile clients", kRows, {});
}

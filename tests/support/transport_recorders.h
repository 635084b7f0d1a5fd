// What transport tests share: keys of the published vectors, a clock that only the test moves,
// recorders for both cores' events.
#pragma once

#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "codec/envelope.h"
#include "codec/frame.h"
#include "codec/msgpack.h"
#include "codec/text.h"
#include "support/fake_link.h"
#include "transport/client.h"
#include "transport/handshake_strings.h"
#include "transport/server.h"

namespace ltn::test {

class ZeroRandom final : public Random {
public:
    void fill(MutableBytes out) override { std::fill(out.begin(), out.end(), uint8_t{0}); }
};

// 0, 1, 2, ...: the first nonce is that of the published handshake.
class CountingRandom final : public Random {
public:
    void fill(MutableBytes out) override
    {
        for (uint8_t& byte : out) byte = next_++;
    }

private:
    uint8_t next_ = 0;
};

inline crypto::KeyPair key_of(uint8_t fill)
{
    if (!crypto::init()) std::abort();
    crypto::Seed seed;
    seed.fill(fill);
    return crypto::KeyPair::from_seed(seed);
}

inline transport::Hotkey hotkey_of(const crypto::KeyPair& pair)
{
    return {pair.public_key(), codec::ss58_encode(pair.public_key())};
}

inline Bytes sign_with(const crypto::KeyPair& pair, ByteView message)
{
    ZeroRandom zero;
    auto signature = pair.sign(message, zero);
    return Bytes(signature.begin(), signature.end());
}

struct Clock {
    Instant now{1'000 * kSecond, 1'700'000'000'000};
    void advance(Nanos by)
    {
        now.monotonic_ns += by;
        wall_rest_ns += by;
        now.unix_ms += wall_rest_ns / kMillisecond;
        wall_rest_ns %= kMillisecond;
    }
    Nanos wall_rest_ns = 0;
};

// How a scripted signer behaves.
enum class Signer { honest, fails, lies, short_answer, silent };

struct SignQuestion {
    uint64_t id = 0;
    Bytes message;
};

template <class Core>
void answer_signature(Core& core, Signer mode, const crypto::KeyPair& pair, uint64_t id,
                      ByteView message, Instant now)
{
    Error ignored;
    switch (mode) {
        case Signer::honest: ignored = core.sign_done(id, sign_with(pair, message), now); break;
        case Signer::fails:
            ignored = core.sign_done(
                id, Error(Code::signer_failed, Category::signing, "the vault is closed"), now);
            break;
        case Signer::lies: ignored = core.sign_done(id, Bytes(64, 0x80), now); break;
        case Signer::short_answer: ignored = core.sign_done(id, Bytes(63, 1), now); break;
        case Signer::silent: break;
    }
}

struct ClientRecorder final : transport::ClientEvents {
    transport::ClientCore* core = nullptr;
    const crypto::KeyPair* pair = nullptr;
    Clock* clock = nullptr;
    Signer signer = Signer::honest;

    std::map<uint64_t, std::vector<transport::CallResult>> done;
    std::map<uint64_t, std::vector<SharedBytes>> chunks;
    size_t chunks_late = 0;  // after their call was done
    std::function<void(uint64_t, const SharedBytes&)> on_one_chunk;
    std::vector<uint64_t> writable;
    std::function<void(uint64_t)> when_writable;
    std::map<uint64_t, std::vector<Error>> connects;
    std::vector<transport::PeerInfo> peers;
    std::vector<SignQuestion> questions;
    std::vector<uint64_t> sign_cancelled;
    std::vector<Error> disconnected;
    // By ticket: what became of each entry, and how often the whole was reported.
    std::map<uint64_t, std::map<size_t, std::vector<Error>>> outcomes;
    std::map<uint64_t, size_t> registry_done;
    size_t connected = 0;
    size_t stopped = 0;
    std::function<void(uint64_t)> on_done;

    void on_call_done(uint64_t id, transport::CallResult result) override
    {
        done[id].push_back(std::move(result));
        if (on_done) on_done(id);
    }
    void on_chunk(uint64_t id, SharedBytes bytes) override
    {
        if (!done[id].empty()) ++chunks_late;
        chunks[id].push_back(bytes);
        if (on_one_chunk) on_one_chunk(id, bytes);
    }
    void on_writable(uint64_t id) override
    {
        writable.push_back(id);
        if (when_writable) when_writable(id);
    }
    void on_connect_done(uint64_t id, Error error, const transport::PeerInfo& peer) override
    {
        connects[id].push_back(std::move(error));
        peers.push_back(peer);
    }
    void on_sign(uint64_t id, ByteView message) override
    {
        questions.push_back({id, Bytes(message.begin(), message.end())});
        answer_signature(*core, signer, *pair, id, message, clock->now);
    }
    void on_sign_cancelled(uint64_t id) override { sign_cancelled.push_back(id); }
    void on_miner_outcome(uint64_t ticket, size_t index, const Error& error) override
    {
        outcomes[ticket][index].push_back(error);
    }
    void on_registry_done(uint64_t ticket) override { ++registry_done[ticket]; }
    void on_connected(const transport::PeerInfo&) override { ++connected; }
    void on_disconnected(const crypto::PublicKey&, const Address&, const Error& why) override
    {
        disconnected.push_back(why);
    }
    void on_stopped() override { ++stopped; }
};

struct SeenRequest {
    uint64_t id = 0;
    crypto::PublicKey peer{};
    std::string hotkey;
    std::string type;
    Bytes data;
    Nanos deadline_ns = kNever;
    uint8_t priority = 0;
    bool more_follows = false;
};

struct ServerRecorder final : transport::ServerEvents {
    transport::ServerCore* core = nullptr;
    const crypto::KeyPair* pair = nullptr;
    Clock* clock = nullptr;
    Signer signer = Signer::honest;

    std::vector<SeenRequest> requests;
    std::map<uint64_t, std::vector<Code>> cancelled;
    std::vector<SignQuestion> questions;
    std::vector<uint64_t> sign_cancelled;
    std::vector<transport::PeerInfo> authenticated;
    std::vector<crypto::PublicKey> gone;
    size_t stopped = 0;
    size_t permits_wanted = 0;
    size_t sources_wanted = 0;
    std::vector<std::pair<crypto::PublicKey, Address>> observed;
    // Several loops: what this core said to a desk elsewhere, and its desk to other cores.
    std::vector<transport::DeskMessage> to_desk;
    std::vector<transport::DeskReply> from_desk;
    // Echoes inside on_request unless told otherwise.
    bool echo = true;
    std::set<std::string> unknown = {"unknown"};
    // Names whose answers are streams, and what their handler does at once.
    std::set<std::string> streamed;
    std::function<void(uint64_t)> when_asked, when_writable;
    std::vector<uint64_t> writable;

    transport::HandlerKind on_request(const transport::Request& request) override
    {
        SeenRequest seen;
        seen.id = request.id;
        seen.peer = request.peer;
        seen.hotkey = request.peer_hotkey;
        seen.type = request.synapse_type;
        seen.data.assign(request.data.view().begin(), request.data.view().end());
        seen.deadline_ns = request.deadline_ns;
        seen.priority = request.priority;
        seen.more_follows = request.more_follows;
        requests.push_back(std::move(seen));
        if (unknown.count(std::string(request.synapse_type)) != 0) {
            return transport::HandlerKind::none;
        }
        if (when_asked) when_asked(request.id);
        if (streamed.count(std::string(request.synapse_type)) != 0) {
            return transport::HandlerKind::stream;
        }
        if (echo) {
            Error ignored = core->answer(request.id, request.data, clock->now);
            (void)ignored;
        }
        return transport::HandlerKind::unary;
    }
    // Chunks that followed a request, and whether their end came.
    std::map<uint64_t, std::vector<SharedBytes>> chunks;
    std::set<uint64_t> chunks_ended;
    std::function<void(uint64_t, const SharedBytes&)> on_one_chunk;
    std::function<void(uint64_t)> on_chunks_end;

    void on_request_chunk(uint64_t id, SharedBytes bytes) override
    {
        chunks[id].push_back(bytes);
        if (on_one_chunk) on_one_chunk(id, bytes);
    }
    void on_request_chunks_end(uint64_t id) override
    {
        chunks_ended.insert(id);
        if (on_chunks_end) on_chunks_end(id);
    }
    void on_request_writable(uint64_t id) override
    {
        writable.push_back(id);
        if (when_writable) when_writable(id);
    }
    void on_request_cancelled(uint64_t id, Code why) override { cancelled[id].push_back(why); }
    void on_sign(uint64_t id, ByteView message) override
    {
        questions.push_back({id, Bytes(message.begin(), message.end())});
        answer_signature(*core, signer, *pair, id, message, clock->now);
    }
    void on_sign_cancelled(uint64_t id) override { sign_cancelled.push_back(id); }
    void on_peer_authenticated(const transport::PeerInfo& peer) override
    {
        authenticated.push_back(peer);
    }
    void on_peer_gone(const crypto::PublicKey& key, const Address&) override
    {
        gone.push_back(key);
    }
    void on_stopped() override { ++stopped; }
    void on_permits_wanted() override { ++permits_wanted; }
    void on_sources_wanted() override { ++sources_wanted; }
    void on_handshake_observed(const crypto::PublicKey& key, const Address& address) override
    {
        observed.emplace_back(key, address);
    }
    void on_desk_message(const transport::DeskMessage& message) override
    {
        to_desk.push_back(message);
    }
    void on_desk_reply(uint8_t, const transport::DeskReply& reply) override
    {
        from_desk.push_back(reply);
    }
};

inline Bytes frame(codec::FrameType type, ByteView payload)
{
    auto header = codec::frame_header(type, static_cast<uint32_t>(payload.size()));
    Bytes out(header.begin(), header.end());
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

inline Bytes map_of(std::string_view key, ByteView value)
{
    Bytes out;
    codec::msgpack::Writer writer(out);
    writer.map(1);
    writer.str(key);
    writer.bin(value);
    return out;
}

// 32 bytes standing in for a certificate in the published handshake.
inline quic::Fingerprint vector_fingerprint()
{
    auto raw =
        codec::hex_decode("e4d655d1aa773712e4e7e5657e85315325c831e6b431e89a77c45c706e621fb7");
    quic::Fingerprint out{};
    std::copy(raw->begin(), raw->end(), out.begin());
    return out;
}

class NullSink final : public DatagramSink {
public:
    bool send(const Train&) override { return true; }
};

}  // namespace ltn::test

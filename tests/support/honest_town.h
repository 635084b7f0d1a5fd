// Our server and our client with a small program each, as nodes of a wire.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "support/link_rig.h"
#include "support/small_wire.h"

namespace ltn::test {

// Names it serves: echo, big (300,000 bytes), chunks (three), flow (as many as are taken), never
// (no answer), upload (answers when the peer's chunks end).
class HonestServer final : public sim::Node, public transport::ServerEvents {
public:
    static constexpr size_t kBigLen = 300'000;
    static constexpr size_t kFlowChunks = 400;

    SmallWire& wire;
    const Address address;
    crypto::KeyPair pair;
    std::unique_ptr<transport::ServerCore> core;
    size_t cancelled = 0;
    // Streams that it has begun and not ended.
    size_t running() const { return flows_.size(); }

    HonestServer(SmallWire& w, const Address& at, uint8_t key_fill, uint64_t seed,
                 transport::ServerConfig config)
        : wire(w), address(at), pair(key_of(key_fill)), random_(seed)
    {
        config.hotkey = hotkey_of(pair);
        config.signer_is_ours = true;
        core = std::move(
            transport::ServerCore::create(config, *this, random_, log_, wire.now()).value());
        wire.join(*this, address);
    }
    ~HonestServer() override
    {
        wire.leave(*this);
        core.reset();  // it uses what is declared behind it
    }
    HonestServer(const HonestServer&) = delete;
    HonestServer& operator=(const HonestServer&) = delete;

    void receive(const Datagram& datagram, Instant now) override { core->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core->handle_expiry(now); }
    bool wants_flush() const override { return core->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core->flush(sink, now); }

    transport::HandlerKind on_request(const transport::Request& request) override
    {
        using transport::HandlerKind;
        const std::string_view type = request.synapse_type;
        if (type == "echo") {
            answer(request.id, request.data);
        } else if (type == "big") {
            answer(request.id, SharedBytes::take(map_of("p", Bytes(kBigLen, 7))));
        } else if (type == "chunks" || type == "flow") {
            flows_[request.id] = type == "flow" ? kFlowChunks : 3;
            push(request.id);
            return HandlerKind::stream;
        } else if (type != "never" && type != "upload") {
            return HandlerKind::none;
        }
        return HandlerKind::unary;
    }
    void on_request_chunk(transport::RequestId id, SharedBytes bytes) override
    {
        core->taken_chunk(id, bytes.size(), wire.now());
    }
    void on_request_chunks_end(transport::RequestId id) override
    {
        answer(id, SharedBytes::copy(codec::kEmptyMap));
    }
    void on_request_writable(transport::RequestId id) override { push(id); }
    void on_request_cancelled(transport::RequestId id, Code) override
    {
        ++cancelled;
        flows_.erase(id);
    }
    void on_sign(transport::SignId id, ByteView message) override
    {
        Error ignored = core->sign_done(id, sign_with(pair, message), wire.now());
        (void)ignored;
    }
    void on_sign_cancelled(transport::SignId) override {}
    void on_stopped() override {}

private:
    void answer(transport::RequestId id, SharedBytes data)
    {
        Error ignored = core->answer(id, std::move(data), wire.now());
        (void)ignored;
    }
    void push(transport::RequestId id)
    {
        auto found = flows_.find(id);
        while (found != flows_.end() && found->second > 0) {
            const Error error =
                core->send_chunk(id, SharedBytes::take(Bytes(10'000, 5)), wire.now());
            if (!error.ok()) return;
            found = flows_.find(id);
            if (found != flows_.end()) --found->second;
        }
        if (found == flows_.end()) return;
        flows_.erase(found);
        Error ignored = core->end_stream(id, wire.now());
        (void)ignored;
    }

    LinkRandom random_;
    NullLog log_;
    std::map<transport::RequestId, size_t> flows_;  // chunks left
};

class HonestClient final : public sim::Node, public transport::ClientEvents {
public:
    SmallWire& wire;
    const Address address;
    crypto::KeyPair pair;
    std::unique_ptr<transport::ClientCore> core;

    HonestClient(SmallWire& w, const Address& at, uint8_t key_fill, uint64_t seed,
                 transport::ClientConfig config)
        : wire(w), address(at), pair(key_of(key_fill)), random_(seed)
    {
        config.hotkey = hotkey_of(pair);
        config.signer_is_ours = true;
        core = std::move(
            transport::ClientCore::create(config, *this, random_, log_, wire.now()).value());
        wire.join(*this, address);
    }
    ~HonestClient() override
    {
        wire.leave(*this);
        core.reset();  // it uses what is declared behind it
    }
    HonestClient(const HonestClient&) = delete;
    HonestClient& operator=(const HonestClient&) = delete;

    struct Wish {
        crypto::PublicKey peer{};
        Address address;
        std::string type = "echo";
        bool streamed = false;
        bool uploads = false;  // one chunk and the end follow
        Nanos limit_ns = 10 * kSecond;
    };
    transport::CallId begin(const Wish& wish)
    {
        transport::CallRequest request;
        const transport::CallId id = request.id = next_call_++;
        request.peer = wish.peer;
        request.address = wish.address;
        request.synapse_type = wish.type;
        request.data = SharedBytes::copy(codec::kEmptyMap);
        request.deadline_ns = wire.now_ns + wish.limit_ns;
        request.sends_chunks = wish.uploads;
        open_[id] = std::nullopt;
        const Error error = wish.streamed ? core->open(std::move(request), {}, wire.now())
                                          : core->call(std::move(request), wire.now());
        if (!error.ok()) {
            open_[id] = transport::CallResult{error, {}, 0, 0};
        } else if (wish.uploads) {
            Error ignored = core->send_chunk(id, SharedBytes::take(Bytes(100, 1)), wire.now());
            ignored = core->end_chunks(id, wire.now());
        }
        return id;
    }
    bool done(transport::CallId id) { return open_[id].has_value(); }
    // Calls without an outcome.
    size_t waiting() const
    {
        size_t out = 0;
        for (const auto& [id, result] : open_) out += result.has_value() ? 0 : 1;
        return out;
    }
    // How it ended; waits for that, and forgets it.
    transport::CallResult end(transport::CallId id)
    {
        if (!wire.run_until([&] { return done(id); }, 600 * kSecond)) std::abort();
        transport::CallResult out = std::move(open_[id].value());
        open_.erase(id);
        return out;
    }
    transport::CallResult call(const Wish& wish) { return end(begin(wish)); }

    void receive(const Datagram& datagram, Instant now) override { core->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core->handle_expiry(now); }
    bool wants_flush() const override { return core->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core->flush(sink, now); }

    void on_call_done(transport::CallId id, transport::CallResult result) override
    {
        if (open_[id].has_value()) std::abort();  // one outcome
        open_[id] = std::move(result);
    }
    void on_chunk(transport::CallId id, SharedBytes bytes) override
    {
        core->taken(id, bytes.size(), wire.now());
    }
    void on_connect_done(transport::CallId, Error, const transport::PeerInfo&) override {}
    void on_sign(transport::SignId id, ByteView message) override
    {
        Error ignored = core->sign_done(id, sign_with(pair, message), wire.now());
        (void)ignored;
    }
    void on_sign_cancelled(transport::SignId) override {}
    void on_stopped() override {}

private:
    LinkRandom random_;
    NullLog log_;
    transport::CallId next_call_ = 1;
    std::map<transport::CallId, std::optional<transport::CallResult>> open_;
};

}  // namespace ltn::test

// A client with a registry as a node of the simulation. Its signer answers at once.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "base/log.h"
#include "codec/text.h"
#include "sim/network.h"
#include "transport/client.h"

namespace ltn::scenario {

class FleetClient final : public sim::Node, public transport::ClientEvents {
public:
    explicit FleetClient(sim::Network& network)
        : network_(network), random_(network.random().fork(1))
    {
        crypto::Seed seed;
        random_.fill(seed);
        keys_ = std::make_unique<crypto::KeyPair>(crypto::KeyPair::from_seed(seed));
    }

    void start(sim::NodeId id)
    {
        id_ = id;
        transport::ClientConfig config;
        config.hotkey.key = keys_->public_key();
        config.hotkey.text = codec::ss58_encode(keys_->public_key());
        config.signer_is_ours = true;
        auto made = transport::ClientCore::create(std::move(config), *this, random_, log_,
                                                  network_.now(id_));
        if (made.ok()) {
            core_ = std::move(made.value());
        } else {
            network_.violate("client does not start: " + made.error().display());
        }
    }

    const crypto::PublicKey& key() const { return keys_->public_key(); }
    transport::ClientCore& core() { return *core_; }
    void update(uint64_t ticket, std::vector<transport::RegistryEntry> entries)
    {
        core_->update_registry(ticket, std::move(entries), network_.now(id_));
    }

    // By entry of the list.
    std::map<size_t, std::vector<Error>> outcomes;
    std::map<size_t, Nanos> answered_ns;
    size_t registry_done = 0;
    size_t lost = 0;

    void receive(const Datagram& datagram, Instant now) override { core_->receive(datagram, now); }
    Nanos next_expiry_ns() const override { return core_->next_expiry_ns(); }
    void handle_expiry(Instant now) override { core_->handle_expiry(now); }
    bool wants_flush() const override { return core_->wants_flush(); }
    bool flush(DatagramSink& sink, Instant now) override { return core_->flush(sink, now); }

    void on_call_done(transport::CallId, transport::CallResult) override {}
    void on_connect_done(transport::CallId, Error, const transport::PeerInfo&) override {}
    void on_sign(transport::SignId id, ByteView message) override
    {
        const crypto::Signature signature = keys_->sign(message, random_);
        const Error error =
            core_->sign_done(id, Bytes(signature.begin(), signature.end()), network_.now(id_));
        if (!error.ok()) network_.violate("a signature was refused: " + error.display());
    }
    void on_sign_cancelled(transport::SignId) override {}
    void on_miner_outcome(uint64_t, size_t index, const Error& error) override
    {
        outcomes[index].push_back(error);
        answered_ns[index] = network_.now_ns();
    }
    void on_registry_done(uint64_t) override { ++registry_done; }
    void on_disconnected(const crypto::PublicKey&, const Address&, const Error&) override
    {
        ++lost;
    }
    void on_stopped() override {}

private:
    sim::Network& network_;
    sim::SeededRandom random_;
    std::unique_ptr<crypto::KeyPair> keys_;
    NullLog log_;
    std::unique_ptr<transport::ClientCore> core_;
    sim::NodeId id_ = 0;
};

}  // namespace ltn::scenario

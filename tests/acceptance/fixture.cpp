#include "acceptance/fixture.h"

#include <utility>

namespace ltn::acceptance {

namespace {

constexpr uint16_t kServerPort = 8091;
// No story of these tests takes longer.
constexpr Nanos kStoryEnd = 300 * kSecond;

}  // namespace

Handler echo()
{
    return [](ByteView data) -> Result<Bytes> { return Bytes(data.begin(), data.end()); };
}

transport::Hotkey fixture_hotkey(uint8_t fill)
{
    const crypto::PublicKey key = fixture_key(fill).public_key();
    return {key, codec::ss58_encode(key)};
}

Peer::Peer(sim::Network& network, uint8_t key_fill)
    : network_(network),
      keys_(fixture_key(key_fill)),
      random_(network.random().fork(0x1000 + key_fill))
{
}

Bytes Peer::sign(ByteView message)
{
    const crypto::Signature signature = keys_.sign(message, random_);
    return Bytes(signature.begin(), signature.end());
}

void Peer::later(Nanos delay_ns, std::function<void()> act)
{
    network_.after(delay_ns, [alive = std::weak_ptr<char>(alive_), act = std::move(act)] {
        if (!alive.expired()) act();
    });
}

Client::Client(sim::Network& network, uint8_t key_fill, const Address& address,
               transport::ClientConfig config)
    : Peer(network, key_fill)
{
    id_ = network.add(this, address, false);
    config.hotkey = fixture_hotkey(key_fill);
    core_ = std::move(
        transport::ClientCore::create(std::move(config), *this, random_, log_, now()).value());
}

std::vector<Error> Client::initialize_connections(const std::vector<Axon>& miners)
{
    return update_registry(miners);
}

std::vector<Error> Client::update_registry(const std::vector<Axon>& miners)
{
    std::vector<transport::RegistryEntry> entries;
    for (const Axon& miner : miners) {
        entries.push_back({fixture_hotkey(miner.key_fill), miner.address});
    }
    outcomes_.assign(miners.size(), Error(Code::pending, Category::local, "no outcome"));
    core_->update_registry(++ticket_, std::move(entries), now());
    network_.run_until([this] { return registry_done_ == ticket_; }, network_.now_ns() + kStoryEnd);
    return outcomes_;
}

transport::CallRequest Client::request_for(uint8_t key_fill, const Address& address,
                                           const std::string& type, Bytes data, Nanos timeout_ns)
{
    transport::CallRequest request;
    request.id = next_call_++;
    request.peer = fixture_hotkey(key_fill).key;
    request.address = address;
    request.synapse_type = type;
    request.data = SharedBytes::take(std::move(data));
    request.deadline_ns = saturating_add(network_.now_ns(), timeout_ns);
    return request;
}

std::optional<Address> Client::address_of(uint8_t key_fill)
{
    auto address = core_->registered_address(fixture_hotkey(key_fill).key);
    if (!address.has_value()) {
        done_[next_call_++].error =
            Error(Code::invalid_argument, Category::handshake, "not registered");
    }
    return address;
}

transport::CallId Client::begin(uint8_t key_fill, const std::string& type, Bytes data,
                                Nanos timeout_ns)
{
    const auto address = address_of(key_fill);
    if (!address.has_value()) return next_call_ - 1;
    auto request = request_for(key_fill, *address, type, std::move(data), timeout_ns);
    const transport::CallId id = request.id;
    const Error error = core_->call(std::move(request), now());
    if (!error.ok()) done_[id].error = error;
    return id;
}

transport::CallResult Client::query_at(const Axon& axon, const std::string& type, Bytes data,
                                       Nanos timeout_ns)
{
    auto request = request_for(axon.key_fill, axon.address, type, std::move(data), timeout_ns);
    const transport::CallId id = request.id;
    const Error error = core_->call(std::move(request), now());
    if (!error.ok()) done_[id].error = error;
    return finish(id);
}

transport::CallResult Client::finish(transport::CallId id)
{
    network_.run_until([this, id] { return ended(id); }, network_.now_ns() + kStoryEnd);
    if (!ended(id)) return {Error(Code::pending, Category::local, "no end"), {}, 0, 0};
    return done_[id];
}

transport::CallResult Client::query(uint8_t key_fill, const std::string& type, Bytes data,
                                    Nanos timeout_ns)
{
    return finish(begin(key_fill, type, std::move(data), timeout_ns));
}

transport::CallId Client::begin_stream(uint8_t key_fill, const std::string& type, Bytes data,
                                       Nanos timeout_ns)
{
    const auto address = address_of(key_fill);
    if (!address.has_value()) return next_call_ - 1;
    auto request = request_for(key_fill, *address, type, std::move(data), timeout_ns);
    const transport::CallId id = request.id;
    const Error error = core_->open(std::move(request), transport::StreamTerms(), now());
    if (!error.ok()) done_[id].error = error;
    return id;
}

StreamOutcome Client::collect(transport::CallId id)
{
    const Error error = finish(id).error;
    return {chunks_[id], error};
}

StreamOutcome Client::query_stream(uint8_t key_fill, const std::string& type, Bytes data)
{
    return collect(begin_stream(key_fill, type, std::move(data)));
}

size_t Client::active_miners()
{
    size_t ready = 0;
    for (const transport::MinerInfo& miner : core_->miners()) {
        ready += miner.state == transport::MinerState::ready ? 1 : 0;
    }
    return ready;
}

void Client::close_all_connections()
{
    update_registry({});
}

void Client::on_call_done(transport::CallId id, transport::CallResult result)
{
    done_[id] = std::move(result);
}

void Client::on_sign(transport::SignId id, ByteView message)
{
    Bytes signature = sign(message);
    if (signer_delay_ns == 0) {
        (void)core_->sign_done(id, signature, now());
        return;
    }
    later(signer_delay_ns, [this, id, signature = std::move(signature)] {
        (void)core_->sign_done(id, signature, now());
    });
}

void Client::on_chunk(transport::CallId id, SharedBytes bytes)
{
    chunks_[id].emplace_back(bytes.view().begin(), bytes.view().end());
    core_->taken(id, bytes.size(), now());
}

void Client::on_miner_outcome(uint64_t ticket, size_t index, const Error& error)
{
    if (ticket == ticket_ && index < outcomes_.size()) outcomes_[index] = error;
}

void Client::on_disconnected(const crypto::PublicKey&, const Address&, const Error& why)
{
    disconnected.push_back(why);
}

Server& World::server(transport::ServerConfig config, uint8_t key_fill)
{
    const Address address = Address::v4(192, 0, 2, next_host_++, kServerPort);
    auto made = std::make_unique<Server>(network, key_fill, address, std::move(config));
    Server& server = *made;
    peers_.push_back(std::move(made));
    return server;
}

Client& World::add_client(const Address& address, uint8_t key_fill, transport::ClientConfig config)
{
    auto made = std::make_unique<Client>(network, key_fill, address, std::move(config));
    Client& client = *made;
    peers_.push_back(std::move(made));
    return client;
}

Client& World::client(transport::ClientConfig config, uint8_t key_fill)
{
    return add_client(Address::v4(198, 51, 100, next_host_++, next_port_++), key_fill,
                      std::move(config));
}

Client& World::neighbour(const Client& other, uint8_t key_fill, transport::ClientConfig config)
{
    Address address = network.address(other.id());
    address.port = next_port_++;
    return add_client(address, key_fill, std::move(config));
}

bool World::until(const std::function<bool()>& reached, Nanos limit_ns)
{
    return network.run_until(reached, network.now_ns() + limit_ns);
}

}  // namespace ltn::acceptance

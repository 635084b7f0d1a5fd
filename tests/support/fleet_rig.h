// A client core on a fake link with many servers at the other end, each of which is dead, alive, or
// alive and unwilling.
#pragma once

#include <optional>

#include "support/client_rig.h"

namespace ltn::test {

struct FleetRig : ClientRig {
    struct Server {
        std::optional<crypto::KeyPair> pair;  // none: nobody answers there
        bool accepts = true;
        size_t handshakes = 0;
        size_t calls = 0;
    };
    std::map<Address, Server> servers;
    std::map<std::pair<FakeConnection*, quic::StreamId>, bool> answered;
    uint64_t next_ticket = 1;

    explicit FleetRig(transport::ClientConfig config = {}) : ClientRig(std::move(config))
    {
        link.endpoint->ready_at_once = false;
    }

    static Address at(uint8_t number) { return Address::v4(192, 0, 2, number, 8091); }
    static crypto::PublicKey key(uint8_t number) { return key_of(number).public_key(); }
    // The server at at(place) has the key of that number.
    void run_server(uint8_t place, uint8_t number) { servers[at(place)].pair = key_of(number); }
    static transport::RegistryEntry entry(uint8_t number, uint8_t place)
    {
        return {hotkey_of(key_of(number)), at(place)};
    }

    uint64_t update(std::vector<transport::RegistryEntry> entries)
    {
        core->update_registry(next_ticket, std::move(entries), clock.now);
        serve();
        return next_ticket++;
    }
    uint64_t call_at(uint8_t number, uint8_t place, Nanos deadline_ns = kNever)
    {
        address = at(place);
        const uint64_t id = call_for(key(number), deadline_ns);
        serve();
        return id;
    }

    // Everything that servers do at once.
    void serve()
    {
        for (int round = 0; round < 8; ++round) {
            turn();
            for (auto& connection : link.endpoint->connections) serve(*connection);
        }
        turn();
    }
    void pass(Nanos by)
    {
        wait(by);
        serve();
    }
    // In steps, as a loop would run that sleeps until the next expiry.
    void run_for(Nanos duration_ns)
    {
        const Nanos end_ns = clock.now.monotonic_ns + duration_ns;
        while (clock.now.monotonic_ns < end_ns) {
            const Nanos next_ns = std::max(core->next_expiry_ns(), clock.now.monotonic_ns + 1);
            pass(std::min(next_ns, end_ns) - clock.now.monotonic_ns);
        }
    }

    FakeConnection* live(uint8_t place)
    {
        for (auto& connection : link.endpoint->connections) {
            if (connection->remote() == at(place) && connection->is_ready &&
                !connection->is_closing && !connection->gone) {
                return connection.get();
            }
        }
        return nullptr;
    }
    size_t dials_to(uint8_t place)
    {
        size_t count = 0;
        for (auto& connection : link.endpoint->connections) {
            count += connection->remote() == at(place) ? 1 : 0;
        }
        return count;
    }
    void lose(uint8_t place)
    {
        link.endpoint->lose(*live(place), quic::CloseInfo::Cause::peer_application, "gone");
        turn();
    }
    transport::MinerInfo info(uint8_t number)
    {
        for (auto& miner : core->miners()) {
            if (miner.miner.key == key(number)) return miner;
        }
        transport::MinerInfo none;
        none.last_error = Error(Code::internal, Category::local, "not registered");
        return none;
    }
    // The one outcome of an entry; an error of its own when there is none or more than one.
    Error outcome_of(uint64_t ticket, size_t index)
    {
        const auto& all = events.outcomes[ticket][index];
        return all.size() == 1 ? all.front()
                               : Error(Code::internal, Category::local,
                                       std::to_string(all.size()) + " outcomes");
    }

private:
    void serve(FakeConnection& connection)
    {
        const auto found = servers.find(connection.remote());
        if (found == servers.end() || !found->second.pair || connection.is_closing) return;
        if (!connection.is_ready) return link.endpoint->make_ready(connection);
        for (auto& [id, stream] : connection.streams) {
            if (!stream.fin || stream.reset || answered[{&connection, id}]) continue;
            answered[{&connection, id}] = true;
            auto parsed = codec::parse_frame(stream.sent, 1 << 20);
            if (parsed->type == codec::FrameType::synapse_packet) {
                ++found->second.calls;
                link.endpoint->data(connection, id, success(), true);
            } else {
                ++found->second.handshakes;
                prove(connection, id, found->second, parsed->payload);
            }
        }
    }

    void prove(FakeConnection& connection, quic::StreamId id, const Server& server,
               ByteView payload)
    {
        auto request = codec::decode_handshake_request(payload).value();
        codec::HandshakeResponse response;
        response.miner_hotkey = hotkey_of(*server.pair).text;
        response.timestamp_s = clock.now.unix_s();
        response.accepted = server.accepts;
        response.connection_id = "conn_x";
        response.cert_fingerprint = codec::base64_encode(link.fingerprint);
        response.signature = codec::base64_encode(sign_with(
            *server.pair, as_bytes(transport::response_string(
                              request.validator_hotkey, response.miner_hotkey, response.timestamp_s,
                              request.nonce, *response.cert_fingerprint))));
        Bytes out;
        codec::encode(response, out);
        link.endpoint->data(connection, id, frame(codec::FrameType::handshake_response, out), true);
    }
};

}  // namespace ltn::test

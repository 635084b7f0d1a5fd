#include <utility>

#include "acceptance/fixture.h"

namespace ltn::acceptance {

Server::Server(sim::Network& network, uint8_t key_fill, const Address& address,
               transport::ServerConfig config)
    : Peer(network, key_fill), address_(address)
{
    id_ = network.add(this, address, true);
    config.hotkey = fixture_hotkey(key_fill);
    core_ = std::move(
        transport::ServerCore::create(std::move(config), *this, random_, log_, now()).value());
}

void Server::handle_async(const std::string& name, Handler handler, Nanos delay_ns)
{
    async_[name] = {std::move(handler), delay_ns};
}

void Server::handle_stream(const std::string& name, StreamHandler handler)
{
    streams_[name] = std::move(handler);
}

transport::HandlerKind Server::on_request(const transport::Request& request)
{
    ++requests_seen;
    const std::string type(request.synapse_type);
    const transport::RequestId id = request.id;
    // The original's order for one and the same name (5.4).
    if (const auto stream = streams_.find(type); stream != streams_.end()) {
        running_[id].script = stream->second(request.data.view());
        later(0, [this, id] { go_on(id); });
        return transport::HandlerKind::stream;
    }
    if (const auto async = async_.find(type); async != async_.end()) {
        if (async->second.delay_ns == kNever) return transport::HandlerKind::unary;
        Result<Bytes> made = async->second.handler(request.data.view());
        later(async->second.delay_ns, [this, id, made] { answer(id, made); });
        return transport::HandlerKind::unary;
    }
    const auto sync = sync_.find(type);
    if (sync == sync_.end()) return transport::HandlerKind::none;
    answer(id, sync->second(request.data.view()));
    return transport::HandlerKind::unary;
}

void Server::answer(transport::RequestId id, const Result<Bytes>& answer)
{
    // A request that was given up meanwhile answers wrong_state, which nobody minds.
    if (!answer.ok()) {
        (void)core_->fail(id, now());
        return;
    }
    (void)core_->answer(id, SharedBytes::copy(answer.value()), now());
}

void Server::go_on(transport::RequestId id)
{
    const auto found = running_.find(id);
    if (found == running_.end()) return;
    Running& running = found->second;
    while (running.next < running.script.chunks.size()) {
        const Bytes& chunk = running.script.chunks[running.next];
        if (!core_->send_chunk(id, SharedBytes::copy(chunk), now()).ok()) return;
        ++running.next;
    }
    const StreamScript::End end = running.script.end;
    if (end == StreamScript::End::never) return;
    running_.erase(found);
    (void)(end == StreamScript::End::ok ? core_->end_stream(id, now()) : core_->fail(id, now()));
}

void Server::on_permits_wanted()
{
    if (!permit_resolver) return;
    later(0, [this] {
        auto permits = permit_resolver();
        if (permits.has_value()) {
            (void)core_->permits_resolved(std::move(*permits), now());
        } else {
            core_->permits_failed(now());
        }
    });
}

void Server::on_sources_wanted()
{
    if (!source_resolver) return;
    later(0, [this] {
        auto sources = source_resolver();
        if (sources.has_value()) {
            (void)core_->sources_resolved(std::move(*sources), now());
        } else {
            core_->sources_failed(now());
        }
    });
}

void Server::on_request_cancelled(transport::RequestId id, Code why)
{
    running_.erase(id);
    cancelled.push_back(why);
}

void Server::on_sign(transport::SignId id, ByteView message)
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

}  // namespace ltn::acceptance

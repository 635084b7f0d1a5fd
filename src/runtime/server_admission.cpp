// Who may connect, as the host says: questions asked again and again, and what it sets by itself.
#include "runtime/queue.h"
#include "runtime/server_unit.h"
#include "runtime/source_text.h"

namespace ltn::runtime {

namespace {

Error not_running()
{
    return {Code::wrong_state, Category::config, "server not started: call start() first"};
}

Result<std::vector<crypto::PublicKey>> keys_in(ByteView bytes)
{
    crypto::PublicKey key;
    if (bytes.size() % key.size() != 0) {
        return Error(Code::malformed, Category::local,
                     "permits: expected keys of 32 bytes one after another, got " +
                         std::to_string(bytes.size()) + " bytes");
    }
    std::vector<crypto::PublicKey> keys(bytes.size() / key.size());
    for (size_t i = 0; i < keys.size(); ++i) {
        const ByteView each = bytes.subspan(i * key.size(), key.size());
        std::copy(each.begin(), each.end(), keys[i].begin());
    }
    return keys;
}

}  // namespace

Error ServerUnit::check_resolvers()
{
    const std::lock_guard guard(loop_->lock());
    const transport::ServerConfig& core = options_.core;
    if (core.require_validator_permit && !permits_.resolver && !early_permits_) {
        return {Code::config, Category::config,
                "require_validator_permit is enabled but no ValidatorPermitResolver is configured"};
    }
    if (core.enforce_source_allowlist && !sources_.resolver && !early_source_policy_) {
        return {Code::config, Category::config,
                "enforce_source_allowlist is enabled but no SourceAddressResolver is configured"};
    }
    return {};
}

void ServerUnit::ask_standing(Standing& standing, OpKind kind)
{
    // A question that is still open is not asked twice.
    if (!standing.resolver || standing.open) return;
    OpRef op = OpRef::adopt(new Op(kind, shared_from_this(), loop_));
    standing.open = op;
    if (put_question(*standing.resolver, std::move(op))) return;
    loop_->log().write(LogLevel::warning, "queue_full",
                       {{"refused", kind == OpKind::permits ? "permits" : "sources"}});
    standing.open = OpRef();
}

ServerUnit::Standing* ServerUnit::standing_of(const Op& op)
{
    if (op.kind() == OpKind::permits) return &permits_;
    if (op.kind() == OpKind::sources) return &sources_;
    return nullptr;
}

Error ServerUnit::answer_standing(Standing& standing, Op& op, const SharedBytes& data)
{
    if (standing.open.get() != &op || core_ == nullptr) {
        return {Code::wrong_state, Category::local,
                "the question was already answered or is not waited for any more"};
    }
    now_ = loop_->now();
    if (op.kind() == OpKind::permits) {
        auto keys = keys_in(data.view());
        if (!keys) return keys.error();
        (void)core_->permits_resolved(std::move(keys.value()), now_);
    } else {
        auto policy = parse_sources(as_text(data.view()));
        if (!policy) return policy.error();
        (void)core_->sources_resolved(std::move(policy.value()), now_);
    }
    const OpRef keep = std::exchange(standing.open, OpRef());
    (void)op.finish({}, {});
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

void ServerUnit::refuse_standing(Standing& standing, Op& op, std::string_view text)
{
    if (standing.open.get() != &op) return;
    loop_->log().write(LogLevel::error,
                       op.kind() == OpKind::permits ? "permits_failed" : "sources_failed",
                       {{"reason", std::string(text.substr(0, 512))}});
    if (core_ != nullptr) {
        now_ = loop_->now();
        if (op.kind() == OpKind::permits) {
            core_->permits_failed(now_);
        } else {
            core_->sources_failed(now_);
        }
    }
    const OpRef keep = std::exchange(standing.open, OpRef());
    (void)op.finish({}, {});
}

void ServerUnit::drop_standing(Standing& standing)
{
    const OpRef op = std::exchange(standing.open, OpRef());
    if (!op || !op->finish({Code::shutdown, Category::local, "the server stops"}, {})) return;
    Event event;
    event.kind = LTN_EVENT_WITHDRAWN;
    event.status = LTN_ERR_SHUTDOWN;
    event.op = op;
    event.tag = op->tag;
    event.user_data = op->user_data;
    event.object = object;
    emit_unreserved(std::move(event));
}

void ServerUnit::on_handshake_observed(const crypto::PublicKey& key, const Address& address)
{
    if (observe_fn_ == nullptr) return;
    Delivery delivery;
    delivery.event.muted = muted_;
    delivery.observe_fn = observe_fn_;
    delivery.observed = std::make_unique<Observed>(Observed{key, address});
    delivery.data = observe_data_;
    loop_->deliver_later(std::move(delivery));
}

Error ServerUnit::set_permits(std::vector<crypto::PublicKey> keys)
{
    const std::lock_guard guard(loop_->lock());
    if (state_ == State::created) {
        early_permits_ = std::move(keys);
        return {};
    }
    if (core_ == nullptr) return not_running();
    now_ = loop_->now();
    core_->set_permits(std::move(keys), now_);
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

Error ServerUnit::set_limits(const ServerOptions& options)
{
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return not_running();
    options_.drain_timeout_ns = options.drain_timeout_ns;
    options_.core.stream_total_timeout_ns = options.core.stream_total_timeout_ns;
    now_ = loop_->now();
    core_->set_limits(transport::limits_of(options.core), now_);
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

Error ServerUnit::set_sources(transport::SourcePolicy policy)
{
    const std::lock_guard guard(loop_->lock());
    if (state_ == State::created) {
        early_source_policy_ = std::move(policy);
        return {};
    }
    if (core_ == nullptr) return not_running();
    now_ = loop_->now();
    core_->set_sources(std::move(policy), now_);
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

Result<ServerUnit::Sources> ServerUnit::sources()
{
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return not_running();
    Sources out;
    out.listed = core_->known_sources();
    std::erase_if(out.listed, [](const transport::LanePrefix& each) { return !each.listed; });
    out.learned = core_->learned_sources(loop_->now());
    return out;
}

Error ServerUnit::restore_source(const transport::LearnedSource& source)
{
    const std::lock_guard guard(loop_->lock());
    if (state_ == State::created) {
        early_learned_.push_back(source);
        return {};
    }
    if (core_ == nullptr) return not_running();
    now_ = loop_->now();
    const Error error = core_->restore_source(source, now_);
    loop_->submitted(*this, Loop::Urgency::soon);
    return error;
}

Result<uint64_t> ServerUnit::sweep(Nanos idle_ns)
{
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return not_running();
    now_ = loop_->now();
    const uint64_t closed = core_->sweep_idle(idle_ns, now_);
    loop_->submitted(*this, Loop::Urgency::soon);
    return closed;
}

std::vector<transport::PeerInfo> ServerUnit::peers()
{
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return {};
    return core_->peers();
}

}  // namespace ltn::runtime

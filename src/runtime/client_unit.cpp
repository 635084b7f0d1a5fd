#include "runtime/client_unit.h"

#include <algorithm>

#include "codec/envelope2.h"
#include "runtime/process.h"
#include "runtime/queue.h"

namespace ltn::runtime {

namespace {

// The core's call id is the operation's address: unique while the call is under way, and found back
// without a table.
transport::CallId call_id(const Op& op)
{
    return reinterpret_cast<transport::CallId>(&op);
}
Op& op_of(transport::CallId id)
{
    return *reinterpret_cast<Op*>(id);
}

Error shut_down()
{
    return {Code::shutdown, Category::local, "the client was stopped"};
}

}  // namespace

ClientUnit::ClientUnit(std::shared_ptr<Loop> loop, std::shared_ptr<Signer> signer,
                       ClientOptions options)
    : CoreUnit(std::move(loop), std::move(signer)), options_(std::move(options))
{
    options_.core.signer_is_ours = desk_.signer().pair() != nullptr;
    options_.core.hotkey.key = desk_.signer().key();
    options_.core.hotkey.text = codec::ss58_encode(desk_.signer().key());
}

Error ClientUnit::start()
{
    {
        const std::lock_guard guard(loop_->lock());
        if (state_ != State::created) {
            return {Code::wrong_state, Category::local, "the client was started before"};
        }
        Error failed = attach_traces(options_.traces, "client", options_.core.quic, loop_->log());
        if (!failed.ok()) return failed;
        state_ = State::testing;
    }
    if (Error error = loop_->attach(shared_from_this()); !error.ok()) {
        const std::lock_guard guard(loop_->lock());
        state_ = State::created;
        return error;
    }
    const std::lock_guard guard(loop_->lock());
    if (target.queue) target.queue->feed_from(loop_);
    const Instant now = loop_->now();
    auto core =
        transport::ClientCore::create(options_.core, *this, loop_->random(), loop_->log(), now);
    Error error = core.ok() ? ensure_port(Address::Family::v4) : core.error();
    if (!error.ok()) {
        state_ = State::failed;
        failure_ = error;
        stopped_ = closed_ = true;
        loop_->detach(this);
        return error;
    }
    core_ = std::move(core.value());
    warn_about(*ports_.front());
    start_test(now, options_.core.signer_timeout_ns);
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

Error ClientUnit::ensure_port(Address::Family family)
{
    if (port_for(family) != nullptr) return {};
    const Address any =
        family == Address::Family::v4 ? Address::v4(0, 0, 0, 0, 0) : Address::v6({}, 0);
    auto port = loop_->open_port(any);
    if (!port) return port.error();
    add_port(std::move(port.value()));
    return {};
}

Error ClientUnit::refuse_submission() const
{
    switch (state_) {
        case State::created:
            return {Code::wrong_state, Category::local, "the client was not started"};
        case State::failed: return failure_;
        case State::stopping: return {Code::closed, Category::local, "the client is closed"};
        default: return {};
    }
}

Result<OpRef> ClientUnit::submit(const Submission& submission)
{
    OpRef op = OpRef::adopt(new Op(submission.kind, shared_from_this(), loop_));
    op->tag = submission.tag;
    op->user_data = submission.user_data;

    Waiting waiting;
    transport::CallRequest& request = waiting.request;
    request.id = call_id(*op);
    request.peer = submission.peer;
    request.synapse_type = submission.type;
    request.data = submission.data;
    request.priority = static_cast<uint8_t>(
        std::clamp<int64_t>(submission.priority + codec::kPriorityDefault, 0, codec::kPriorityMax));
    request.sends_chunks = submission.sends;
    if (submission.kind == OpKind::stream || submission.sends) {
        op->stream = std::make_unique<OpStream>();
        op->stream->collect = submission.collect;
        op->stream->sends = submission.sends;
    }

    const std::lock_guard guard(loop_->lock());
    if (Error refused = refuse_submission(); !refused.ok()) return refused;
    const Instant now = loop_->now();
    now_ = now;
    if (submission.kind == OpKind::stream) waiting.terms = terms_of(submission);
    if (submission.timeout_ms >= 0) {
        const Nanos timeout = submission.timeout_ms == 0
                                  ? options_.default_timeout_ns
                                  : static_cast<Nanos>(submission.timeout_ms) * kMillisecond;
        request.deadline_ns = saturating_add(now.monotonic_ns, timeout);
    }
    if (submission.address.empty()) {
        waiting.by_registry = true;
    } else if (submission.address != last_text_) {
        auto literal = Address::parse(submission.address);
        if (literal) {
            last_text_ = submission.address;
            last_address_ = *literal;
        } else {
            auto split = split_host_port(submission.address);
            if (!split) return split.error();
            waiting.host = split->host;
            waiting.port = split->port;
        }
    }
    if (waiting_.size() >= options_.core.calls_max) {
        return Error(Code::full, Category::local, "too many calls wait already");
    }
    if (target.queue) {
        if (!target.queue->reserve()) {
            return Error(Code::full, Category::local, "the event queue is full");
        }
        op->queue = target.queue;
    }
    if (waiting.host.empty() && !waiting.by_registry) request.address = last_address_;
    const OpRef given = op;
    waiting.op = std::move(op);
    const bool here = state_ == State::running && find_address(waiting) && waiting.host.empty() &&
                      submission.kind != OpKind::connect &&
                      core_->has_route(request.address, request.peer);
    if (here) {
        hand_over(std::move(waiting));
    } else {
        // A dial, a name, or the self-test: a full turn goes on with it (design 3.5).
        waiting_.push_back(std::move(waiting));
    }
    Loop::Urgency urgency = Loop::Urgency::soon;
    if (target.empty()) urgency = Loop::Urgency::with_next_wait;
    if (target.queue && target.queue->driven.load(std::memory_order_relaxed)) {
        urgency = Loop::Urgency::with_next_wait;
    }
    loop_->submitted(*this, urgency);
    return given;
}

bool ClientUnit::find_address(Waiting& waiting) const
{
    if (!waiting.by_registry) return true;
    const auto address = core_->registered_address(waiting.request.peer);
    if (!address) return false;
    waiting.request.address = *address;
    return true;
}

void ClientUnit::hand_over(Waiting waiting)
{
    Op& ref = *waiting.op;
    if (ref.done()) return;  // cancelled while it waited
    transport::CallRequest& request = waiting.request;
    if (!find_address(waiting)) {
        end(ref,
            {Code::resolve, Category::connection,
             "no address is registered for " + codec::ss58_encode(request.peer)},
            {});
        return;
    }
    if (Error error = ensure_port(request.address.family); !error.ok()) {
        end(ref, std::move(error), {});
        return;
    }
    const bool connect = ref.kind() == OpKind::connect;
    const crypto::PublicKey peer = request.peer;
    const Address address = request.address;
    const Nanos deadline_ns = request.deadline_ns;
    ref.detail.peer = peer;
    ref.detail.has_peer = true;
    ref.detail.address = address;
    ref.unrouted = connect || !core_->has_route(address, peer);
    unrouted_ += ref.unrouted ? 1 : 0;
    const OpRef keep = OpRef::share(&ref);
    // The core's reference; given back where the outcome comes in.
    Op* const kept = waiting.op.leak();
    Error error;
    if (connect) {
        error = core_->connect(call_id(ref), peer, address, deadline_ns, now_);
    } else if (waiting.terms) {
        error = core_->open(std::move(request), *waiting.terms, now_);
    } else {
        error = core_->call(std::move(request), now_);
    }
    if (error.ok()) return begin_sending(ref);
    unrouted_ -= ref.unrouted ? 1 : 0;
    end(ref, error, {});
    kept->release();
}

bool ClientUnit::run_full_work()
{
    bool worked = loop_->resolver() != nullptr && loop_->resolver()->poll() > 0;
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        if (it->op->done()) {
            it = waiting_.erase(it);
            continue;
        }
        if (it->request.deadline_ns <= now_.monotonic_ns) {
            const OpRef op = it->op;
            it = waiting_.erase(it);
            end(*op, {Code::deadline, Category::transport, "query timed out"}, {});
            worked = true;
            continue;
        }
        if (it->resolving || state_ != State::running) {
            ++it;
            continue;
        }
        worked = true;
        if (!it->host.empty()) {
            auto next = std::next(it);
            look_up(*it);  // may answer at once and erase it
            it = next;
            continue;
        }
        Waiting ready = std::move(*it);
        it = waiting_.erase(it);
        hand_over(std::move(ready));
    }
    if (registries_to_start_ && state_ == State::running) {
        start_registries();
        worked = true;
    }
    return worked;
}

bool ClientUnit::wants_own_work() const
{
    if (state_ != State::running) return false;
    if (registries_to_start_) return true;
    return std::any_of(waiting_.begin(), waiting_.end(),
                       [](const Waiting& each) { return !each.resolving; });
}

Nanos ClientUnit::own_expiry_ns() const
{
    Nanos next = kNever;
    for (const Waiting& each : waiting_) next = std::min(next, each.request.deadline_ns);
    return next;
}

void ClientUnit::look_up(Waiting& waiting)
{
    const transport::CallId id = waiting.request.id;
    waiting.resolving = true;
    if (loop_->resolver() == nullptr) {
        // The virtual network knows one name.
        Address address = Address::v4(127, 0, 0, 1, waiting.port);
        on_resolved(id, waiting.host == "localhost"
                            ? Result<io::Resolver::Addresses>(io::Resolver::Addresses{address})
                            : Error(Code::resolve, Category::connection, "no such name here"));
        return;
    }
    auto lookup = loop_->resolver()->resolve(
        waiting.host, waiting.port,
        [this, id](io::Resolver::LookupId, const Result<io::Resolver::Addresses>& found) {
            on_resolved(id, found);
        });
    if (!lookup) on_resolved(id, lookup.error());
}

void ClientUnit::on_resolved(uint64_t op_id, const Result<io::Resolver::Addresses>& found)
{
    const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                                 [op_id](const Waiting& each) { return each.request.id == op_id; });
    if (it == waiting_.end()) return;
    Waiting ready = std::move(*it);
    waiting_.erase(it);
    if (!found || found->empty()) {
        const std::string why = found ? "the name has no address" : found.error().text;
        end(*ready.op,
            {Code::resolve, Category::connection, "Cannot resolve " + ready.host + ": " + why}, {});
        return;
    }
    // IPv4 first: upstream servers listen there.
    ready.request.address = found->front();
    for (const Address& address : found.value()) {
        if (address.family == Address::Family::v4) {
            ready.request.address = address;
            break;
        }
    }
    ready.host.clear();
    hand_over(std::move(ready));
}

void ClientUnit::on_tested(Error error)
{
    if (state_ != State::testing) return;
    if (error.ok()) {
        state_ = State::running;
        return;
    }
    failure_ = error;
    fail_start(error);
    (void)fail_waiting(error);
    state_ = State::failed;
    core_.reset();
    stopped_ = true;
}

bool ClientUnit::fail_waiting(const Error& error)
{
    bool any = false;
    fail_registries(error);
    while (!waiting_.empty()) {
        const Waiting waiting = std::move(waiting_.front());
        waiting_.pop_front();
        end(*waiting.op, error, {});
        any = true;
    }
    return any;
}

void ClientUnit::end(Op& op, Error error, SharedBytes data)
{
    const Code code = error.code;
    if (!op.finish(std::move(error), std::move(data))) return;
    // The host freed the client, or this operation: nobody is left to be told.
    if (target.empty() || op.freed_by_host.load(std::memory_order_acquire)) {
        if (op.queue) op.queue->unreserve();
        loop_->op_ended();
        return;
    }
    Event event;
    event.muted = muted_;
    event.kind = LTN_EVENT_OP_DONE;
    event.status = static_cast<int32_t>(code);
    event.op = OpRef::share(&op);
    event.tag = op.tag;
    event.user_data = op.user_data;
    event.object = object;
    loop_->emit(target, std::move(event));
    loop_->op_ended();
}

void ClientUnit::on_call_done(transport::CallId id, transport::CallResult result)
{
    const OpRef op = OpRef::adopt(&op_of(id));
    unrouted_ -= op->unrouted ? 1 : 0;
    op->detail.queue_ns = static_cast<int64_t>(result.queue_ns);
    op->detail.network_ns = static_cast<int64_t>(result.network_ns);
    if (result.answer_code != 0) {
        op->detail.answer_code = static_cast<int64_t>(result.answer_code);
    }
    if (result.error.ok()) {
        queue_times_.add(result.queue_ns);
        network_times_.add(result.network_ns);
    }
    end(*op, std::move(result.error), std::move(result.data));
}

void ClientUnit::on_connect_done(transport::CallId id, Error error, const transport::PeerInfo& peer)
{
    const OpRef op = OpRef::adopt(&op_of(id));
    unrouted_ -= op->unrouted ? 1 : 0;
    if (error.ok()) {
        op->detail.peer = peer.key;
        op->detail.address = peer.address;
        op->detail.fingerprint = peer.fingerprint;
        op->detail.alpn = peer.alpn;
        op->detail.setup_ns = static_cast<int64_t>(peer.setup_ns);
        op->detail.rtt_ns = static_cast<int64_t>(peer.smoothed_rtt_ns);
        op->detail.clock_offset_ms = peer.clock_offset_ms;
    }
    end(*op, std::move(error), {});
}

void ClientUnit::on_connected(const transport::PeerInfo& peer)
{
    loop_->log().write(LogLevel::info, "connected",
                       {{"peer", peer.hotkey_text}, {"address", peer.address.text()}});
    warn_about_clock(peer);
}

void ClientUnit::on_disconnected(const crypto::PublicKey& key, const Address& address,
                                 const Error& why)
{
    loop_->log().write(
        LogLevel::info, "disconnected",
        {{"peer", codec::ss58_encode(key)}, {"address", address.text()}, {"reason", why.text}});
}

void ClientUnit::cancel_op(Op& op)
{
    const std::lock_guard guard(loop_->lock());
    if (op.done()) return;
    const auto it = std::find_if(waiting_.begin(), waiting_.end(),
                                 [&op](const Waiting& each) { return each.op.get() == &op; });
    now_ = loop_->now();
    if (it != waiting_.end()) {
        const OpRef keep = it->op;
        waiting_.erase(it);
        end(op, {Code::cancelled, Category::local, "cancelled"}, {});
    } else if (op.kind() == OpKind::registry) {
        cancel_registry(op);
    } else if (core_ != nullptr) {
        core_->cancel(call_id(op), now_);
    }
    loop_->submitted(*this, Loop::Urgency::soon);
}

Error ClientUnit::answer_op(Op& op, SharedBytes data)
{
    const std::lock_guard guard(loop_->lock());
    const ByteView view = data.view();
    return answer_signature(op, Bytes(view.begin(), view.end()));
}

Error ClientUnit::refuse_op(Op& op, std::string_view text)
{
    const std::lock_guard guard(loop_->lock());
    return answer_signature(op, Error(Code::signer_failed, Category::signing, std::string(text)));
}

void ClientUnit::request_stop()
{
    const std::lock_guard guard(loop_->lock());
    stop(loop_->now());
    loop_->submitted(*this, Loop::Urgency::now);
}

void ClientUnit::stop(Instant now)
{
    if (state_ == State::stopping || state_ == State::failed) return;
    const bool started = state_ != State::created;
    state_ = State::stopping;
    now_ = now;
    (void)fail_waiting(shut_down());
    if (!started) {
        stopped_ = closed_ = true;
        on_released();
        return;
    }
    desk_.withdraw_all(Code::shutdown);
    if (core_ != nullptr) {
        core_->stop(now);
    } else {
        stopped_ = true;
    }
}

bool ClientUnit::stopping()
{
    const std::lock_guard guard(loop_->lock());
    return state_ == State::stopping || state_ == State::failed;
}

bool ClientUnit::stopped()
{
    const std::lock_guard guard(loop_->lock());
    return stopped_ && closed_;
}

}  // namespace ltn::runtime

#include "runtime/server_unit.h"

#include "runtime/process.h"
#include "runtime/queue.h"

namespace ltn::runtime {

ServerUnit::ServerUnit(std::shared_ptr<Loop> loop, std::shared_ptr<Signer> signer,
                       ServerOptions options)
    : CoreUnit(std::move(loop), std::move(signer)), options_(std::move(options))
{
    options_.core.signer_is_ours = desk_.signer().pair() != nullptr;
    options_.core.hotkey.key = desk_.signer().key();
    options_.core.handlers_end_withdrawn = true;
    options_.core.hotkey.text = codec::ss58_encode(desk_.signer().key());
}

Error ServerUnit::start()
{
    // The bind error comes from here, before anything else exists (design 3.11).
    {
        const std::lock_guard guard(loop_->lock());
        if (state_ != State::created) return started_before();
    }
    auto port = loop_->open_port(options_.listen);
    if (!port) return port.error();
    return open(std::move(port.value()));
}

Error ServerUnit::started_before()
{
    return {Code::wrong_state, Category::local, "the server was started before"};
}

Error ServerUnit::open(std::unique_ptr<Port> port)
{
    {
        const std::lock_guard guard(loop_->lock());
        if (state_ != State::created) return started_before();
        Error failed = attach_traces(options_.traces, "server", options_.core.quic, loop_->log());
        if (!failed.ok()) return failed;
        state_ = State::testing;
    }
    const Error error = loop_->attach(shared_from_this());
    const std::lock_guard guard(loop_->lock());
    if (!error.ok()) {
        state_ = State::created;
        return error;
    }
    const Instant now = loop_->now();
    auto core =
        transport::ServerCore::create(options_.core, *this, loop_->random(), loop_->log(), now);
    options_.core.quic.identity = nullptr;
    if (!core) {
        state_ = State::failed;
        stopped_ = closed_ = true;
        loop_->detach(this);
        return core.error();
    }
    if (target.queue) target.queue->feed_from(loop_);
    core_ = std::move(core.value());
    if (early_permits_) core_->set_permits(*std::exchange(early_permits_, std::nullopt), now);
    if (early_source_policy_) {
        core_->set_sources(*std::exchange(early_source_policy_, std::nullopt), now);
    }
    // What has no room now had none in the run that learned it.
    for (const auto& source : std::exchange(early_learned_, {})) {
        (void)core_->restore_source(source, now);
    }
    bound_ = port->local();
    if (first_of_team()) warn_about(*port);
    add_port(std::move(port));
    if (first_of_team()) {
        start_test(now, options_.core.signer_timeout_ns);
    } else {
        desk_.expect_test([this](Error outcome) { on_tested(std::move(outcome)); });
    }
    loop_->submitted(*this, Loop::Urgency::soon);
    return {};
}

Error ServerUnit::handle(std::string_view type, bool any, Handler handler)
{
    std::optional<Handler> replaced;  // its host data is released outside the lock
    const std::lock_guard guard(loop_->lock());
    if (handler.fn == nullptr && target.empty()) {
        return {Code::wrong_state, Category::local,
                "a handler without a function needs a queue or an upcall for the server's events"};
    }
    if (any) {
        replaced = std::move(any_handler_);
        any_handler_ = std::move(handler);
        return {};
    }
    auto& place = handlers_[std::string(type)];
    replaced = std::move(place);
    place = std::move(handler);
    return {};
}

Error ServerUnit::unhandle(std::string_view type, bool any)
{
    std::optional<Handler> removed;  // released outside the lock
    const std::lock_guard guard(loop_->lock());
    if (any) {
        removed = std::exchange(any_handler_, std::nullopt);
    } else if (const auto found = handlers_.find(type); found != handlers_.end()) {
        removed = std::move(found->second);
        handlers_.erase(found);
    }
    if (removed) return {};
    return {Code::empty, Category::local, "no handler of that name"};
}

const ServerUnit::Handler* ServerUnit::handler_for(std::string_view type) const
{
    const auto found = handlers_.find(type);
    if (found != handlers_.end()) return &found->second;
    return any_handler_ ? &*any_handler_ : nullptr;
}

transport::HandlerKind ServerUnit::on_request(const transport::Request& request)
{
    const Handler* const handler = handler_for(request.synapse_type);
    if (handler == nullptr) return transport::HandlerKind::none;
    const transport::HandlerKind kind =
        handler->streaming ? transport::HandlerKind::stream : transport::HandlerKind::unary;
    OpRef op = OpRef::adopt(new Op(handler->streaming ? OpKind::stream_request : OpKind::request,
                                   shared_from_this(), loop_));
    op->id = request.id;
    if (handler->streaming || request.more_follows) op->stream = std::make_unique<OpStream>();
    if (request.more_follows) op->stream->incoming = true;
    op->detail.priority =
        static_cast<int64_t>(request.priority) - static_cast<int64_t>(codec::kPriorityDefault);
    op->set_question_data(request.data);
    op->detail.peer = request.peer;
    op->detail.has_peer = true;
    op->detail.address = request.remote;
    op->detail.type = request.synapse_type;
    op->detail.begun_ns = now_.monotonic_ns;
    op->detail.counted = handlers_.count(op->detail.type) > 0 ? "" : "(others)";
    // The core chooses between the two limits only once it knows which kind of handler there is.
    const Nanos deadline_ns =
        handler->streaming
            ? std::min(request.peer_deadline_ns,
                       saturating_add(now_.monotonic_ns, options_.core.stream_total_timeout_ns))
            : request.deadline_ns;
    if (deadline_ns != kNever) {
        op->detail.deadline_left_ns =
            static_cast<int64_t>(deadline_ns - std::min(deadline_ns, now_.monotonic_ns));
    }
    requests_.emplace(request.id, op);
    if (!put_question(*handler, std::move(op))) {
        // The host does not keep up: the peer gets the generic error, nothing of anyone else's is lost.
        requests_.erase(request.id);
        loop_->log().write(LogLevel::warning, "queue_full", {{"refused", "request"}});
        (void)core_->fail(request.id, now_);
    }
    return kind;
}

bool ServerUnit::put_question(const Handler& handler, OpRef op)
{
    op->tag = handler.tag;
    op->user_data = handler.data == nullptr ? nullptr : handler.data->get();
    if (handler.fn != nullptr) {
        loop_->ask(handler.fn, handler.data, std::move(op));
        return true;
    }
    if (target.queue && !target.queue->reserve()) return false;
    op->queue = target.queue;
    Event event;
    event.muted = muted_;
    event.kind = LTN_EVENT_QUESTION;
    event.tag = handler.tag;
    event.user_data = op->user_data;
    event.object = object;
    event.op = std::move(op);
    loop_->emit(target, std::move(event));
    return true;
}

void ServerUnit::on_request_cancelled(transport::RequestId id, Code why)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    const OpRef op = found->second;
    requests_.erase(found);
    if (!op->finish({why, Category::local, "the request is not waited for any more"}, {})) return;
    note_end(*op, HandlerOutcome::withdrawn);
    // One that the host never saw has no handler that could still be at work.
    if (!op->given_to_host.load(std::memory_order_acquire) && core_ != nullptr) {
        (void)core_->fail(id, now_);
    }
    Event event;
    event.kind = LTN_EVENT_WITHDRAWN;
    event.status = static_cast<int32_t>(why);
    event.op = op;
    event.tag = op->tag;
    event.user_data = op->user_data;
    event.object = object;
    emit_unreserved(std::move(event));
}

Error ServerUnit::answer_op(Op& op, SharedBytes data)
{
    const std::lock_guard guard(loop_->lock());
    if (op.kind() == OpKind::sign) {
        const ByteView view = data.view();
        return answer_signature(op, Bytes(view.begin(), view.end()));
    }
    if (Standing* standing = standing_of(op); standing != nullptr) {
        return answer_standing(*standing, op, data);
    }
    pass_all_left(op);
    const auto found = requests_.find(op.id);
    if (found == requests_.end() || core_ == nullptr) {
        return {Code::wrong_state, Category::local,
                "the request was already answered or is not waited for any more"};
    }
    if (op.kind() == OpKind::stream_request && !data.empty()) {
        return {Code::invalid_argument, Category::local,
                "a streamed answer is completed without data; chunks go by ltn_op_send"};
    }
    const Instant now = loop_->now();
    now_ = now;
    const OpRef keep = std::move(found->second);
    requests_.erase(found);
    const Error error = op.kind() == OpKind::stream_request
                            ? core_->end_stream(op.id, now)
                            : core_->answer(op.id, std::move(data), now);
    (void)op.finish({}, {});
    note_end(op, HandlerOutcome::ok);
    loop_->submitted(*this, Loop::Urgency::soon);
    return error;
}

Error ServerUnit::refuse_op(Op& op, std::string_view text)
{
    const std::lock_guard guard(loop_->lock());
    if (op.kind() == OpKind::sign) {
        return answer_signature(op,
                                Error(Code::signer_failed, Category::signing, std::string(text)));
    }
    if (Standing* standing = standing_of(op); standing != nullptr) {
        refuse_standing(*standing, op, text);
        return {};
    }
    pass_all_left(op);
    const auto found = requests_.find(op.id);
    if (found == requests_.end() || core_ == nullptr) {
        return {Code::wrong_state, Category::local,
                "the request was already answered or is not waited for any more"};
    }
    now_ = loop_->now();
    const OpRef keep = std::move(found->second);
    requests_.erase(found);
    loop_->log().write(LogLevel::warning, "handler_failed",
                       {{"type", op.detail.type}, {"reason", std::string(text.substr(0, 512))}});
    const Error error = core_->fail(op.id, now_);
    (void)op.finish({}, {});
    note_end(op, HandlerOutcome::failed);
    loop_->submitted(*this, Loop::Urgency::soon);
    return error;
}

void ServerUnit::note_end(const Op& op, HandlerOutcome outcome)
{
    const std::string_view name = op.detail.counted.empty() ? op.detail.type : op.detail.counted;
    handler_times_.add(name, outcome,
                       now_.monotonic_ns - std::min(now_.monotonic_ns, op.detail.begun_ns));
}

void ServerUnit::withdrawn_op_freed(Op& op)
{
    if (op.kind() != OpKind::request && op.kind() != OpKind::stream_request) return;
    const std::lock_guard guard(loop_->lock());
    if (core_ == nullptr) return;
    now_ = loop_->now();
    (void)core_->fail(op.id, now_);
    loop_->submitted(*this, Loop::Urgency::soon);
}

void ServerUnit::on_tested(Error error)
{
    if (state_ != State::testing) return;
    if (first_of_team()) tell_tested(error);
    if (error.ok()) {
        state_ = State::running;
        if (!first_of_team()) return;
        loop_->log().write(LogLevel::info, "serving",
                           {{"address", bound_.text()}, {"hotkey", options_.core.hotkey.text}});
        return;
    }
    if (first_of_team()) fail_start(error);
    state_ = State::failed;
    core_.reset();
    stopped_ = true;
}

void ServerUnit::on_peer_authenticated(const transport::PeerInfo& peer)
{
    loop_->log().write(LogLevel::info, "peer_authenticated",
                       {{"peer", peer.hotkey_text}, {"address", peer.address.text()}});
    warn_about_clock(peer);
}

void ServerUnit::on_peer_gone(const crypto::PublicKey& key, const Address& address)
{
    loop_->log().write(LogLevel::info, "peer_gone",
                       {{"peer", codec::ss58_encode(key)}, {"address", address.text()}});
}

void ServerUnit::on_stopped()
{
    stopped_ = true;
    // The core has told of every request by now; this is for what it never knew.
    drop_questions();
}

void ServerUnit::drop_questions()
{
    while (!requests_.empty()) {
        on_request_cancelled(requests_.begin()->first, Code::shutdown);
    }
    drop_standing(permits_);
    drop_standing(sources_);
}

void ServerUnit::request_stop()
{
    const std::lock_guard guard(loop_->lock());
    stop(loop_->now());
    loop_->submitted(*this, Loop::Urgency::now);
}

void ServerUnit::stop(Instant now)
{
    if (state_ == State::stopping || state_ == State::failed) return;
    const bool started = state_ != State::created;
    state_ = State::stopping;
    now_ = now;
    if (!started) {
        stopped_ = closed_ = true;
        on_released();
        return;
    }
    if (core_ != nullptr && !desk_.testing()) {
        core_->stop(options_.drain_timeout_ns, now);
        return;
    }
    desk_.withdraw_all(Code::shutdown);
    stopped_ = true;
}

Result<std::string> ServerUnit::address()
{
    const std::lock_guard guard(loop_->lock());
    if (bound_.family == Address::Family::none) {
        return Error(Code::wrong_state, Category::config, "server not started: call start() first");
    }
    return bound_.text();
}

bool ServerUnit::stopping()
{
    const std::lock_guard guard(loop_->lock());
    return state_ == State::stopping || state_ == State::failed;
}

bool ServerUnit::stopped()
{
    const std::lock_guard guard(loop_->lock());
    return stopped_ && closed_;
}

}  // namespace ltn::runtime

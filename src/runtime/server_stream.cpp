// Streamed answers on their way from the host to the core, and the chunks of requests on theirs.
#include "runtime/server_unit.h"

namespace ltn::runtime {

Error ServerUnit::send_op(Op& op, SharedBytes chunk)
{
    if (op.kind() != OpKind::stream_request) return no_stream();
    std::unique_lock guard(loop_->lock(), std::try_to_lock);
    if (!guard) {
        if (leave_chunk(op, chunk)) return {};
        guard.lock();
    }
    if (op.done()) return op.error();
    if (core_ == nullptr) return {Code::closed, Category::local, "the server is closed"};
    now_ = loop_->now();
    take_left();  // in the order of sending
    const size_t size = chunk.size();
    Error error;
    if (op.stream->left.empty()) {
        error = pass_chunk(op, std::move(chunk), transport::ChunkRoom::needed);
    } else {
        error = {Code::full, Category::stream, "the chunks before this one wait for room"};
        op.stream->full.store(true, std::memory_order_release);
    }
    if (error.ok() && size > op.stream->longest_sent.load(std::memory_order_relaxed)) {
        op.stream->longest_sent.store(size, std::memory_order_release);
    }
    loop_->submitted(*this, Loop::Urgency::soon);
    return error;
}

// Without the lock, which a turn holds. Takes only what the core cannot refuse but for want of room, or
// because the request is withdrawn, of which the host hears otherwise. False: not taken.
bool ServerUnit::leave_chunk(Op& op, SharedBytes& chunk)
{
    constexpr size_t kBesides = 64;  // so that empty chunks have a weight
    OpStream& stream = *op.stream;
    if (loop_->drive() != Drive::thread || op.done() ||
        stream.full.load(std::memory_order_acquire) ||
        chunk.size() > stream.longest_sent.load(std::memory_order_acquire)) {
        return false;
    }
    const size_t weight = chunk.size() + kBesides;
    // A full box refuses and leaves its letter whole, so the copy is a reference only.
    if (!left_.put({OpRef::share(&op), chunk}, weight)) return false;
    // One that comes after the last turn would keep this server and its operation alive for ever.
    if (op.done() && released()) drop_left();
    loop_->nudge();
    return true;
}

// Once this is released no turn reads the box, and every operation has ended.
void ServerUnit::drop_left()
{
    std::vector<LeftChunk> dropped;
    left_.take(dropped);
}

bool ServerUnit::take_left()
{
    if (left_.empty() && with_room_.empty()) return false;
    for (const OpRef& op : std::exchange(with_room_, {})) {
        pass_left(*op, transport::ChunkRoom::needed);
    }
    left_.take(taken_left_);
    for (LeftChunk& each : taken_left_) {
        each.op->stream->left.push_back(std::move(each.chunk));
        pass_left(*each.op, transport::ChunkRoom::needed);
    }
    taken_left_.clear();
    return true;
}

void ServerUnit::pass_left(Op& op, transport::ChunkRoom room)
{
    std::deque<SharedBytes>& left = op.stream->left;
    while (!left.empty() && !op.done() && core_ != nullptr) {
        if (pass_chunk(op, left.front(), room).code == Code::full) return;
        left.pop_front();
    }
    left.clear();
}

// The host says the stream's end: what it was told to have sent goes first, room or not.
void ServerUnit::pass_all_left(Op& op)
{
    if (op.kind() != OpKind::stream_request || op.done()) return;
    now_ = loop_->now();
    take_left();
    pass_left(op, transport::ChunkRoom::not_asked);
}

Error ServerUnit::pass_chunk(Op& op, SharedBytes chunk, transport::ChunkRoom room)
{
    Error error = core_->send_chunk(op.id, std::move(chunk), room, now_);
    if (error.code == Code::full) op.stream->full.store(true, std::memory_order_release);
    return error;
}

void ServerUnit::on_request_writable(transport::RequestId id)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    Op& op = *found->second;
    // Not from here: the core is at work.
    if (!op.stream->left.empty()) {
        with_room_.push_back(found->second);
        loop_->nudge();
    }
    if (!op.stream->full.exchange(false, std::memory_order_acq_rel)) return;
    loop_->op_ended();  // somebody may wait in a send
    if (!target.empty()) tell(found->second, LTN_EVENT_WRITABLE);
}

void ServerUnit::tell(const OpRef& op, int32_t kind)
{
    Event event;
    event.muted = muted_;
    event.has_place = false;
    event.kind = kind;
    event.op = op;
    event.tag = op->tag;
    event.user_data = op->user_data;
    event.object = object;
    loop_->emit(target, std::move(event));
}

void ServerUnit::tell_readable(const OpRef& op)
{
    loop_->op_ended();  // somebody may wait in a read
    if (op->stream->told_readable || target.empty()) return;
    op->stream->told_readable = true;
    tell(op, LTN_EVENT_READABLE);
}

void ServerUnit::on_request_chunk(transport::RequestId id, SharedBytes chunk)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    found->second->stream->put(std::move(chunk));
    tell_readable(found->second);
}

void ServerUnit::on_request_chunks_end(transport::RequestId id)
{
    const auto found = requests_.find(id);
    if (found == requests_.end()) return;
    found->second->stream->incoming_ended.store(true, std::memory_order_release);
    tell_readable(found->second);
}

Result<SharedBytes> ServerUnit::read_op(Op& op)
{
    if (op.stream == nullptr || !op.stream->incoming) return no_stream();
    const std::lock_guard guard(loop_->lock());
    OpStream& stream = *op.stream;
    // What a withdrawn request brought is nobody's any more.
    if (op.done() && !op.error().ok()) return op.error();
    if (stream.chunks.empty()) {
        if (op.done() || stream.incoming_ended.load(std::memory_order_acquire)) {
            return Error(Code::empty, Category::local, "the chunks were read to their end");
        }
        stream.told_readable = false;
        return Error(Code::pending, Category::local, "nothing to read yet");
    }
    SharedBytes chunk = stream.take();
    if (!op.done() && core_ != nullptr) {
        now_ = loop_->now();
        core_->taken_chunk(op.id, chunk.size(), now_);
        loop_->submitted(*this, Loop::Urgency::soon);
    }
    return chunk;
}

}  // namespace ltn::runtime

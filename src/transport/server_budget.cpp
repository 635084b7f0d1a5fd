// Budgets in bytes over all peers: bodies of requests whose handlers run, and answers that wait to be
// sent or acknowledged. Limits of single peers and streams do not bound their sum.
#include "transport/fair_share.h"
#include "transport/server_core.h"

namespace ltn::transport {

namespace {

// Who waits for room among all answers is asked again so often: acknowledgements of other peers tell
// nobody.
constexpr Nanos kRoomLook = 10 * kMillisecond;

uint64_t body_bytes(const ServerStream& stream)
{
    // The frame is kept for the name; data that was rewritten lies beside it.
    const uint64_t frame = stream.payload.size();
    const bool apart = stream.data.data() < stream.payload.data() ||
                       stream.data.data() >= stream.payload.data() + frame;
    return frame + (apart ? stream.data.size() : 0);
}

}  // namespace

bool ServerCoreImpl::has_room_to_run(ServerConnection& connection)
{
    const ServerStream& next = *connection.waiting.front();
    if (fair_share(connection.running_bytes, body_bytes(next), running_bytes_,
                   config_.running_bytes_max)) {
        return true;
    }
    if (!connection.short_of_bytes) {
        connection.short_of_bytes = true;
        short_of_bytes_.push_back(connection.link->id());
    }
    return false;
}

void ServerCoreImpl::take_running_bytes(ServerStream& stream)
{
    stream.running_bytes = body_bytes(stream);
    stream.connection->running_bytes += stream.running_bytes;
    running_bytes_ += stream.running_bytes;
}

void ServerCoreImpl::release_running_bytes(ServerConnection* connection, uint64_t& bytes)
{
    if (bytes == 0) return;
    if (connection != nullptr) connection->running_bytes -= bytes;
    running_bytes_ -= bytes;
    bytes = 0;
    // Each in its turn asks again, and goes to the end if there is too little.
    std::vector<uint64_t> waiting;
    waiting.swap(short_of_bytes_);
    for (uint64_t id : waiting) {
        ServerConnection* one = connections_.find(id);
        if (one == nullptr) continue;
        one->short_of_bytes = false;
        call_waiting(*one);
    }
}

bool ServerCoreImpl::has_room_to_send(const ServerConnection& connection, uint64_t bytes) const
{
    return fair_share(connection.link->unacked_total(), bytes, endpoint_->stats().bytes_unacked,
                      config_.unsent_bytes_max);
}

void ServerCoreImpl::await_room(ServerStream& stream, uint64_t wanted)
{
    StreamedAnswer& answer = *stream.answer;
    answer.full = true;
    answer.room_wanted = wanted;
    if (answer.short_of_room) return;
    answer.short_of_room = true;
    short_of_room_.push_back(stream.request);
    if (!room_look_.armed()) timers_.set(room_look_, saturating_add(now_.monotonic_ns, kRoomLook));
}

void ServerCoreImpl::look_for_room()
{
    std::vector<RequestId> waiting;
    waiting.swap(short_of_room_);
    for (RequestId id : waiting) {
        ServerStream* stream = running(id);
        if (stream == nullptr || stream->answer == nullptr) continue;
        if (!has_room_to_send(*stream->connection, stream->answer->room_wanted)) {
            short_of_room_.push_back(id);
            continue;
        }
        stream->answer->short_of_room = false;
        outbox_.request_writable(id);
    }
    if (!short_of_room_.empty()) {
        timers_.set(room_look_, saturating_add(now_.monotonic_ns, kRoomLook));
    }
}

}  // namespace ltn::transport

// What the server keeps per connection and per stream. The identity is a field of the connection:
// no table by address is asked who somebody is (upstream-S3, S4).
#pragma once

#include <memory>
#include <string>

#include "codec/frame.h"
#include "quic/connection.h"
#include "transport/answer_stream.h"
#include "transport/chunk_gauge.h"
#include "transport/id_table.h"
#include "transport/keyed_hash.h"
#include "transport/linked_list.h"
#include "transport/priority_lists.h"
#include "transport/server.h"
#include "transport/server_admission.h"
#include "transport/timer_heap.h"

namespace ltn::transport {

struct ServerConnection;

// A handshake from its complete frame to the answer.
struct HandshakeWork {
    Candidate candidate;
    uint64_t attempt = 0;   // the desk's name for it
    bool reserved = false;  // the desk keeps a place for it
    Nanos received_ns = 0;
    bool anonymous = false;  // form of the refusal
    bool proved = false;     // its signature held
    codec::RefusalReason reason = codec::RefusalReason::untold;
    uint64_t response_time_s = 0;  // 0: not taken yet
    std::string signed_text;
    SignId sign = 0;
    std::string connection_id;
    int64_t clock_offset_ms = 0;
};

// A streamed answer from its first chunk, or from the handler's word that there will be one.
struct StreamedAnswer {
    ChunkGauge gauge;
    bool begun = false;          // the first chunk is there
    bool full = false;           // the handler was told so, and waits
    bool short_of_room = false;  // ... for room among the answers of all peers
    uint64_t room_wanted = 0;    // ... for so much of it
    Nanos last_ns = 0;           // of the newest chunk
    Nanos total_due_ns = kNever;
};

// Chunks of a request, as they come in after it; the second token only.
struct RequestChunks {
    AnswerStream reader;
    bool ended = false;
};

struct ServerStream : ListNode<ServerStream> {
    enum class Phase : uint8_t {
        reading,
        asking,      // the admission desk has it
        verifying,   // in the queue for a signature check
        proving,     // the desk has it again
        signing,     // our signer has the response string
        refusing,    // the refusal waits for its time
        held,        // a request; the path is not validated, or the peer has enough running
        running,     // a request; the handler has it
        delivering,  // a long answer is complete, and the peer reads it
        done,        // answered or given up; what still arrives is not looked at
    };

    ServerConnection* connection = nullptr;
    quic::StreamId id = -1;
    Phase phase = Phase::reading;
    bool fin_seen = false;
    uint8_t header_got = 0;
    codec::FrameReader reader{0};
    uint64_t received = 0;  // bytes while reading
    uint64_t pieces = 0;    // in which they came
    uint64_t mark = 0;  // reading: of them, at the last look; delivering: bytes that were unacked
    bool past_grace = false;
    uint64_t held_bytes = 0;     // of the body, counted against the budget
    uint64_t running_bytes = 0;  // of the body, while a handler has it
    Timer timer;                 // of the phase

    std::unique_ptr<HandshakeWork> handshake;

    RequestId request = 0;
    RequestId withdrawn = 0;  // its handler has not ended, as far as we know
    HandlerKind kind = HandlerKind::none;
    bool failed_early = false;  // by the handler, before it said of which kind it is
    std::unique_ptr<StreamedAnswer> answer;
    std::unique_ptr<RequestChunks> incoming;
    SharedBytes payload;  // keeps the name, and the data unless it was rewritten
    SharedBytes data;
    std::string_view synapse_type;
    Nanos deadline_ns = kNever;
    Nanos peer_deadline_ns = kNever;  // that the request brought
    codec::RequestTerms terms;

    bool takes_chunks() const
    {
        return incoming != nullptr && !incoming->ended &&
               (phase == Phase::held || phase == Phase::running);
    }
};

struct ServerConnection {
    quic::Connection* link = nullptr;
    Address accepted_from;
    Lane lane = Lane::unknown;  // as the door decided, and again when the peer had moved
    Address judged_at;          // the address that this was about
    Nanos accepted_ns = 0;
    Nanos last_active_ns = 0;  // since it was authenticated: the newest request
    bool counted_unauthenticated = false;

    // The second token: spoken here, what binds a signature to this session, and the largest payload
    // that the peer reads.
    bool second = false;
    std::string exporter;
    uint64_t peer_frame_max = codec::kFramePayloadMaxMax;

    bool authenticated = false;
    crypto::PublicKey key{};
    std::string hotkey_text;  // as the peer sent it
    std::string hotkey_42;    // for display and handlers
    std::string connection_id;
    uint64_t attempt = 0;  // by which it was authenticated
    int64_t clock_offset_ms = 0;
    Nanos setup_ns = 0;

    IdTable<ServerStream> streams;
    PriorityLists<ServerStream> waiting;  // requests that are held
    uint64_t running = 0;                 // requests handed up whose handler has not ended
    bool handing_up = false;              // an event for it is in the outbox
    uint64_t held_bytes = 0;
    uint64_t running_bytes = 0;   // of requests whose handler has not ended
    bool short_of_bytes = false;  // on the list of those that wait for some
};

}  // namespace ltn::transport

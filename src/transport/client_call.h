// One call (or connect) of the client, from acceptance to its single outcome.
#pragma once

#include <memory>

#include "codec/frame.h"
#include "quic/connection.h"
#include "transport/answer_stream.h"
#include "transport/chunk_gauge.h"
#include "transport/linked_list.h"
#include "transport/timer_heap.h"
#include "transport/types.h"

namespace ltn::transport {

struct ClientConnection;

// Chunks that follow a request.
struct SentChunks {
    ChunkGauge gauge;
    bool full = false;   // the caller was told so, and waits
    bool ended = false;  // by the caller
};

struct Call : ListNode<Call> {
    enum class Phase : uint8_t {
        proof,   // waits for dial and handshake of its address
        credit,  // waits for the peer to allow another stream
        answer,  // sent, waits for the answer
        rest,    // all of a streamed answer is here, its consumer has not taken it yet
    };

    CallRequest request;
    bool is_connect = false;
    bool retried = false;  // after `authentication failed`
    Phase phase = Phase::proof;
    ClientConnection* connection = nullptr;
    quic::StreamId stream = -1;
    uint64_t proof_seen = 0;  // the connection's proof count when this was sent
    codec::FrameReader reader{0};
    std::unique_ptr<AnswerStream> chunks;  // of a call made by open()
    std::unique_ptr<SentChunks> sending;
    uint64_t answer_code = 0;
    Timer deadline;
    Timer pause;  // whichever of the smaller limits is running: transfer, or the next chunk
    uint64_t unacked_bytes = 0;  // counted in the client's total
    uint64_t unsent_seen = 0;    // when the transfer was looked at last
    Nanos accepted_ns = 0;
    Nanos sent_ns = 0;
    Nanos first_chunk_ns = 0;  // the moment, 0 before
};

}  // namespace ltn::transport

// One call (or connect) of the client, from acceptance to its single outcome.
#pragma once

#include "codec/frame.h"
#include "quic/connection.h"
#include "transport/linked_list.h"
#include "transport/timer_heap.h"
#include "transport/types.h"

namespace ltn::transport {

struct ClientConnection;

struct Call : ListNode<Call> {
    enum class Phase : uint8_t {
        proof,   // waits for dial and handshake of its address
        credit,  // waits for the peer to allow another stream
        answer,  // sent, waits for the answer
    };

    CallRequest request;
    bool is_connect = false;
    bool retried = false;  // after `authentication failed`
    Phase phase = Phase::proof;
    ClientConnection* connection = nullptr;
    quic::StreamId stream = -1;
    uint64_t proof_seen = 0;  // the connection's proof count when this was sent
    codec::FrameReader reader{0};
    Timer deadline;
    Nanos accepted_ns = 0;
    Nanos sent_ns = 0;
};

}  // namespace ltn::transport

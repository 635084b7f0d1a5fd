// What the server keeps per connection and per stream. The identity is a field of the connection:
// no table by address is asked who somebody is (upstream-S3, S4).
#pragma once

#include <memory>
#include <string>

#include "codec/frame.h"
#include "quic/connection.h"
#include "transport/id_table.h"
#include "transport/keyed_hash.h"
#include "transport/linked_list.h"
#include "transport/server_admission.h"
#include "transport/timer_heap.h"

namespace ltn::transport {

struct ServerConnection;

// A handshake from its complete frame to the answer.
struct HandshakeWork {
    Candidate candidate;
    Nanos received_ns = 0;
    bool anonymous = false;        // form of the refusal
    uint64_t response_time_s = 0;  // 0: not taken yet
    std::string signed_text;
    SignId sign = 0;
    std::string connection_id;
    int64_t clock_offset_ms = 0;
};

struct ServerStream : ListNode<ServerStream> {
    enum class Phase : uint8_t {
        reading,
        verifying,  // in the queue for a signature check
        signing,    // our signer has the response string
        refusing,   // the refusal waits for its time
        held,       // a request; the path is not validated, or it waits for the end of the turn
        running,    // a request; the handler has it
        done,       // answered or given up; what still arrives is not looked at
    };

    ServerConnection* connection = nullptr;
    quic::StreamId id = -1;
    Phase phase = Phase::reading;
    bool fin_seen = false;
    uint8_t header_got = 0;
    codec::FrameReader reader{0};
    Timer timer;  // of the phase

    std::unique_ptr<HandshakeWork> handshake;

    RequestId request = 0;
    SharedBytes payload;  // keeps the name, and the data unless it was rewritten
    SharedBytes data;
    std::string_view synapse_type;
    Nanos deadline_ns = kNever;
};

struct ServerConnection {
    quic::Connection* link = nullptr;
    TableKey source{};
    Address accepted_from;
    Nanos accepted_ns = 0;
    bool counted_unauthenticated = false;

    bool authenticated = false;
    crypto::PublicKey key{};
    std::string hotkey_text;  // as the peer sent it
    std::string hotkey_42;    // for display and handlers
    std::string connection_id;
    int64_t clock_offset_ms = 0;
    Nanos setup_ns = 0;

    IdTable<ServerStream> streams;
};

}  // namespace ltn::transport

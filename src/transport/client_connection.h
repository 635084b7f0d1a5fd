// The one connection a client keeps to an address: being dialled, proving who is who, or ready.
#pragma once

#include <string>

#include "codec/frame.h"
#include "quic/connection.h"
#include "transport/client_call.h"
#include "transport/client_handshake.h"
#include "transport/id_table.h"

namespace ltn::transport {

struct ClientConnection {
    enum class State {
        wanted,   // to be dialled at the end of the current turn
        dialing,  // QUIC and TLS under way
        signing,  // our signer has the request string
        proving,  // request sent, answer awaited
        ready,
        gone,  // out of the table, waits to be freed
    };

    Address address;
    State state = State::wanted;
    quic::Connection* link = nullptr;

    // The handshake under way.
    HandshakeAttempt attempt;
    std::string signed_text;
    SignId sign = 0;
    Bytes signature;  // checked, waits for a stream to travel on
    quic::StreamId proof_stream = -1;
    codec::FrameReader proof_reader{0};
    Timer dial_timer;  // covers dial and handshake, or a repeated handshake
    Timer sign_timer;
    Nanos started_ns = 0;

    // Who the peer proved to be. Once set it stays set while a repeated handshake runs.
    bool proven = false;
    uint64_t proof_count = 0;
    Nanos repeat_allowed_ns = 0;
    PeerInfo peer;

    LinkedList<Call> waiting_proof;
    LinkedList<Call> waiting_credit;
    IdTable<Call> in_flight;  // by stream
};

}  // namespace ltn::transport

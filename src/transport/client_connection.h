// The one connection a client keeps to an address: being dialled, proving who is who, or ready.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "codec/frame.h"
#include "quic/connection.h"
#include "transport/client_call.h"
#include "transport/client_handshake.h"
#include "transport/id_table.h"
#include "transport/priority_lists.h"

namespace ltn::transport {

struct Host;

// Between repeated handshakes on one connection. A server that answers `authentication failed` to
// everything, or callers that ask for hotkeys that are not there, must not make us spend the
// server's handshake budget (30 a minute) on it.
inline constexpr Nanos kRepeatInterval = 10 * kSecond;

struct ClientConnection {
    enum class State {
        pausing,  // the address failed lately; callers wait for the next try
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
    Timer dial_timer;  // covers dial and handshake, or a repeated handshake, or the pause before
    Timer sign_timer;
    Nanos started_ns = 0;
    bool reconnecting = false;  // had failed or been lost before
    // Asked for by a call for another hotkey than the proven one; the connection stays usable and
    // survives a failure of it.
    bool on_demand = false;
    // Told so by a server of the second token, whose other hotkey somebody here wants too.
    std::optional<crypto::PublicKey> named_instead;
    // Who answered the handshake though nobody had asked for him.
    std::optional<crypto::PublicKey> answered;

    // What the registry has to do with it.
    bool for_registry = false;  // wanted even if nobody calls
    bool loose = false;         // takes room that no place of the registry holds
    bool holds_slot = false;    // one of the registry's fresh dials
    Timer slot_timer;
    std::shared_ptr<Host> host;
    bool tries_host = false;  // counts among its unanswered dials
    bool counts_as_proven = false;
    bool heard = false;  // the peer speaks QUIC

    bool second = false;                                   // speaks the second token
    uint64_t peer_frame_max = codec::kFramePayloadMaxMax;  // the largest payload that it reads

    // Who the peer proved to be. Once set it stays set while a repeated handshake runs.
    bool proven = false;
    uint64_t proof_count = 0;
    Nanos proven_ns = 0;  // the first time
    Nanos repeat_allowed_ns = 0;
    Nanos demand_allowed_ns = 0;
    PeerInfo peer;

    LinkedList<Call> waiting_proof;
    PriorityLists<Call> waiting_credit;
    IdTable<Call> in_flight;  // by stream

    bool usable() const
    {
        return proven && link != nullptr && (state == State::ready || (on_demand && sees_proof()));
    }
    bool sees_proof() const { return state == State::signing || state == State::proving; }
};

}  // namespace ltn::transport

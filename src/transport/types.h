// What the jobs of the transport share: identifiers, outcomes and the questions they ask upward.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/address.h"
#include "base/bytes.h"
#include "base/status.h"
#include "base/time.h"
#include "crypto/sr25519.h"

namespace ltn::transport {

using CallId = uint64_t;     // given by the caller of ClientCore::call, never reused by it
using RequestId = uint64_t;  // given by ServerCore, never reused
using SignId = uint64_t;     // given by either core, never reused

// An sr25519 hotkey: raw bytes for identity, text as configured for what is signed.
struct Hotkey {
    crypto::PublicKey key{};
    std::string text;
};

// How one call ended. Ok: the peer answered with success; `data` is its MessagePack map.
// Code::handler: it answered without success; error.text is its text ("request failed" if none).
struct CallResult {
    Error error;
    SharedBytes data;
    Nanos queue_ns = 0;    // accepted to first byte handed to the stream
    Nanos network_ns = 0;  // from there to the complete answer
    // Of a streamed answer: from the same point to the first chunk (0: none came), and what came.
    Nanos first_chunk_ns = 0;
    uint64_t chunks = 0;
    uint64_t bytes = 0;
    uint64_t answer_code = 0;  // codec::AnswerCode of a failure; 0: the peer told none
};

struct CallRequest {
    CallId id = 0;
    crypto::PublicKey peer{};
    Address address;  // resolved already
    std::string synapse_type;
    SharedBytes data;            // a checked MessagePack map
    Nanos deadline_ns = kNever;  // absolute; over every phase (design 3.8)
    uint8_t priority = 3;        // 0 to 7, 7 first: among the calls that wait for a stream
    // Chunks follow, by send_chunk() and end_chunks(). The peer must speak the second token, or the
    // call ends with Code::unsupported.
    bool sends_chunks = false;
};

// How a streamed answer is taken in. Limits are relative and each may be kNever.
struct StreamTerms {
    Nanos first_chunk_ns = kNever;  // from the request's last byte to the first complete frame
    Nanos chunk_gap_ns = kNever;    // from one complete frame to the next
    uint64_t bytes_max = 0;         // of all chunks together, then the call fails; 0: no limit
    // All chunks are kept until the end: then bytes_max also bounds how many there are.
    bool collected = false;
    // Chunks handed up and not yet taken() hold the peer back from here on. A chunk larger than
    // this still arrives, alone.
    uint64_t window_bytes = 1'250'000;
};

// A connected peer, for ping and statistics.
struct PeerInfo {
    crypto::PublicKey key{};
    std::string hotkey_text;  // as the peer sent it
    Address address;
    std::array<uint8_t, 32> fingerprint{};
    std::string alpn;
    uint64_t connection = 0;  // a server's number for it, never used again on that loop
    Nanos setup_ns = 0;       // connect() to authenticated
    Nanos smoothed_rtt_ns = 0;
    int64_t clock_offset_ms = 0;  // peer's clock minus ours, from its handshake answer (1 s steps)
};

}  // namespace ltn::transport

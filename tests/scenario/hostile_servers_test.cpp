// Servers that misbehave towards our client, one row each: in their proof, and when they are called.
// Sections are those of the wire's rules.
#include <cstddef>
#include <cstdint>

#include "scenario/hostile_table.h"

namespace {

using namespace ltn;
using namespace ltn::scenario;
using namespace ltn::test;
using Id = quic::StreamId;
using Peer = HostilePeer;

constexpr bool kFirst = false, kSecondToken = true, kWhole = false, kStreamed = true,
               kUploads = true;
constexpr uint8_t kProof = 2, kAnswer = 4, kChunk = 5, kEnd = 6;
constexpr uint32_t kFrameMax = 1 << 20;  // what this client reads
constexpr auto kWellProved = nullptr;
constexpr auto kNotAsked = nullptr;

Bytes twice(const Bytes& bytes)
{
    return join({bytes, bytes});
}

const ServerRow kRows[] = {
    // Answers to the handshake that are none (3.7).
    {"silent after TLS", [](Peer&, Id, Proof&) {}, kNotAsked,
     "connection error: Connection to 10.0.0.8:8443 timed out | closed 'no_authenticated_hotkeys'"},
    {"the handshake's stream ends without a byte",
     [](Peer& peer, Id id, Proof&) { peer.send(id, {}, true); }, kNotAsked,
     "transport error: stream closed after 0 of 5 bytes | closed 'no_authenticated_hotkeys'"},
    {"the handshake's stream is reset", [](Peer& peer, Id id, Proof&) { peer.reset(id, 5); },
     kNotAsked,
     "transport error: read error: stream reset by peer: error 5 | closed "
     "'no_authenticated_hotkeys'"},
    {"the handshake's stream is stopped, and answered",
     [](Peer& peer, Id id, Proof& proof) {
         peer.stop(id, 5);
         peer.send(id, proof.framed(), true);
     },
     nullptr, "ok | open"},
    {"an answer of another type",
     [](Peer& peer, Id id, Proof&) { peer.send(id, answer_frame(false), true); }, kNotAsked,
     "handshake error: Expected HandshakeResponse, got SynapseResponse | closed "
     "'no_authenticated_hotkeys'"},
    {"a frame of no type", [](Peer& peer, Id id, Proof&) { peer.send(id, header(0x7f, 0), true); },
     kNotAsked, "transport error: unknown message type: 0x7f | closed 'no_authenticated_hotkeys'"},
    {"a proof of 4,097 bytes",
     [](Peer& peer, Id id, Proof&) { peer.send(id, header(kProof, 4097), false); }, kNotAsked,
     "transport error: frame payload 4097 bytes exceeds maximum 4096 | closed "
     "'no_authenticated_hotkeys'"},
    {"a proof of 2^32-1 bytes",
     [](Peer& peer, Id id, Proof&) { peer.send(id, header(kProof, 0xffffffffu), false); },
     kNotAsked,
     "transport error: frame payload 4294967295 bytes exceeds maximum 4096 | closed "
     "'no_authenticated_hotkeys'"},
    {"half a proof, and the end",
     [](Peer& peer, Id id, Proof& proof) {
         Bytes bytes = proof.framed();
         bytes.resize(100);
         peer.send(id, bytes, true);
     },
     kNotAsked,
     "transport error: stream closed after 95 of 198 bytes | closed 'no_authenticated_hotkeys'"},
    {"half a proof, and nothing more",
     [](Peer& peer, Id id, Proof& proof) {
         Bytes bytes = proof.framed();
         bytes.resize(100);
         peer.send(id, bytes, false);
     },
     kNotAsked,
     "connection error: Connection to 10.0.0.8:8443 timed out | closed 'no_authenticated_hotkeys'"},
    {"a proof that cannot be read",
     [](Peer& peer, Id id, Proof&) {
         peer.send(id, framed(kProof, {0x96, 0xdb, 0xff, 0xff, 0xff, 0xff}), true);
     },
     kNotAsked,
     "serialization error: Failed to parse handshake response: HandshakeResponse: expected 6 "
     "elements after the marker at byte 0, got only 5 bytes | closed 'no_authenticated_hotkeys'"},
    {"refused, by nobody",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out = {};
         peer.send(id, proof.framed(), true);
     },
     kNotAsked, "handshake error: Handshake rejected by miner | closed 'no_authenticated_hotkeys'"},
    {"a proof of another hotkey",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.miner_hotkey = hotkey_of(key_of(3)).text;
         proof.sign(key_of(3));
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner hotkey mismatch: expected "
     "5G1FMtLgP1hVtcK8sK9fVgwsejGeqkTZj2RorXhAsKubkxjo, got "
     "5FJ4gu9eVX6DG4qYi1hxkUgu1yaTm1CnQ4MiiZPjPVaXiATo | closed 'no_authenticated_hotkeys'"},
    {"a proof without a fingerprint",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.cert_fingerprint.reset();
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner handshake response omitted required cert fingerprint | closed "
     "'no_authenticated_hotkeys'"},
    {"the fingerprint of another certificate",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.cert_fingerprint = codec::base64_encode(Bytes(32, 1));
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Cert fingerprint mismatch between TLS session and handshake response | "
     "closed 'no_authenticated_hotkeys'"},
    {"accepted, but not signed",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.signature.clear();
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner returned empty signature | closed 'no_authenticated_hotkeys'"},
    {"a signature of 63 bytes",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.signature = codec::base64_encode(Bytes(63, 0x80));
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Invalid signature length: 63 | closed 'no_authenticated_hotkeys'"},
    {"a signature that is not Base64",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.signature = "!!!!";
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Failed to decode signature: byte 0x21 at offset 0 is not in the Base64 "
     "alphabet | closed 'no_authenticated_hotkeys'"},
    {"a signature for another nonce",
     [](Peer& peer, Id id, Proof& proof) {
         proof.asked.nonce[0] ^= 1;
         proof.sign(peer.pair);
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner response signature verification failed | closed "
     "'no_authenticated_hotkeys'"},
    {"the time changed after it was signed",
     [](Peer& peer, Id id, Proof& proof) {
         ++proof.out.timestamp_s;
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner response signature verification failed | closed "
     "'no_authenticated_hotkeys'"},
    {"a good proof with garbage behind it (1.1)",
     [](Peer& peer, Id id, Proof& proof) {
         peer.send(id, join({proof.framed(), Bytes(60'000, 0xff)}), true);
     },
     nullptr, "ok | open"},
    {"closed instead of an answer, with 64 KiB of reason",
     [](Peer& peer, Id, Proof&) { peer.close(std::string(65'536, '\xff'), 1u << 30); }, kNotAsked,
     "connection error: Connection handshake failed: closed by the peer (code 10737418... | closed "
     "by itself"},
    {"no room on any stream for the handshake", [](Peer&, Id, Proof&) {}, kNotAsked,
     "connection error: Connection to 10.0.0.8:8443 timed out | closed 'no_authenticated_hotkeys'",
     kFirst, kWhole, false, [](quic::EndpointConfig& config) { config.stream_window = 0; }},
    {"second token: the proof of the first",
     [](Peer& peer, Id id, Proof& proof) {
         proof.second = false;
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "serialization error: Failed to parse handshake response: HandshakeResponse2: expected an "
     "array of at least 8 elements, got 6 | closed 'no_authenticated_hotkeys'",
     kSecondToken},
    {"second token: a proof made for another TLS session",
     [](Peer& peer, Id id, Proof& proof) {
         proof.exporter[7] ^= 1;
         proof.sign(peer.pair);
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner response signature verification failed | closed "
     "'no_authenticated_hotkeys'",
     kSecondToken},
    {"second token: told that it is another, again and again",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.accepted = false;
         proof.out.signature.clear();
         proof.out.reason = 1;
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Miner hotkey mismatch: expected "
     "5G1FMtLgP1hVtcK8sK9fVgwsejGeqkTZj2RorXhAsKubkxjo, got "
     "5G1FMtLgP1hVtcK8sK9fVgwsejGeqkTZj2RorXhAsKubkxjo | closed 'no_authenticated_hotkeys'",
     kSecondToken},
    {"second token: told of a clock that differs",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.accepted = false;
         proof.out.reason = 2;
         proof.out.timestamp_s += 3600;
         peer.send(id, proof.framed(), true);
     },
     kNotAsked,
     "handshake error: Handshake rejected by miner: its clock is 3600 s ahead of ours | closed "
     "'no_authenticated_hotkeys'",
     kSecondToken},
    {"second token: a reason nobody knows",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.accepted = false;
         proof.out.reason = UINT64_MAX;
         peer.send(id, proof.framed(), true);
     },
     kNotAsked, "handshake error: Handshake rejected by miner | closed 'no_authenticated_hotkeys'",
     kSecondToken},
    {"second token: a server that reads no frames",
     [](Peer& peer, Id id, Proof& proof) {
         proof.out.frame_payload_max = 0;
         peer.send(id, proof.framed(), true);
     },
     nullptr,
     "transport error: failed to write frame payload: frame payload 17 bytes exceeds maximum 0 | "
     "open",
     kSecondToken},

    // Answers to a call (4.6).
    {"a call is never answered", kWellProved, [](Peer&, Id) {},
     "transport error: query timed out | open"},
    {"a call's stream ends without a byte", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, {}, true); },
     "transport error: stream closed after 0 of 5 bytes | open"},
    {"a call's stream is reset", kWellProved, [](Peer& peer, Id id) { peer.reset(id, 5); },
     "transport error: read error: stream reset by peer: error 5 | open"},
    {"a call's stream is reset inside the answer", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, header(kAnswer, 1000), false);
         peer.reset(id, 5);
     },
     "transport error: read error: stream reset by peer: error 5 | open"},
    {"a call's request is stopped and never answered", kWellProved,
     [](Peer& peer, Id id) { peer.stop(id, 5); }, "transport error: query timed out | open"},
    {"a chunk instead of an answer", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, chunk_frame(Bytes(10)), false); },
     "transport error: received StreamChunk on non-streaming query; use query_axon_stream for "
     "streaming synapses | open"},
    {"the end of a stream instead of an answer", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, end_frame(false), true); },
     "transport error: unexpected response type: StreamEnd | open"},
    {"a request instead of an answer", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, request_frame("echo", false), true); },
     "transport error: unexpected response type: SynapsePacket | open"},
    {"an answer of type 0x00", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, header(0, 0), true); },
     "transport error: unknown message type: 0x00 | open"},
    {"an answer one byte above the limit", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, header(kAnswer, kFrameMax + 1), false); },
     "transport error: frame payload 1048577 bytes exceeds maximum 1048576 | open"},
    {"an answer of 2^32-1 bytes", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, header(kAnswer, 0xffffffffu), false); },
     "transport error: frame payload 4294967295 bytes exceeds maximum 1048576 | open"},
    {"half an answer, and the end", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, join({header(kAnswer, 100), Bytes(50)}), true);
     },
     "transport error: stream closed after 50 of 100 bytes | open"},
    {"an answer that is no MessagePack", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, framed(kAnswer, Bytes(kFrameMax, 0xc1)), true); },
     "serialization error: Failed to parse synapse response: SynapseResponse: expected a value, "
     "got marker 0xc1 at byte 0 | open"},
    {"an answer with one element less", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, framed(kAnswer, {0x93, 0xc3, 0x80, 0x01}), true);
     },
     "serialization error: Failed to parse synapse response: SynapseResponse: expected an array of "
     "4 elements, got 3 at byte 0 | open"},
    {"an answer with one element more", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, framed(kAnswer, {0x95, 0xc3, 0x80, 0x01, 0xc0, 0xc0}), true);
     },
     "serialization error: Failed to parse synapse response: SynapseResponse: expected an array of "
     "4 elements, got 5 at byte 0 | open"},
    {"a map of 2^32-1 entries for data", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, framed(kAnswer, {0x94, 0xc3, 0xdf, 0xff, 0xff, 0xff, 0xff}), true);
     },
     "serialization error: Failed to parse synapse response: SynapseResponse.data: expected "
     "8589934590 elements after the marker at byte 2, got only 0 bytes | open"},
    {"a failure whose text is no UTF-8", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, framed(kAnswer, {0x94, 0xc2, 0x80, 0x01, 0xa2, 0xff, 0xfe}), true);
     },
     "serialization error: Failed to parse synapse response: SynapseResponse.error: expected "
     "UTF-8, got other bytes at byte 4 | open"},
    {"a failure without a text", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, framed(kAnswer, {0x94, 0xc2, 0x80, 0x01, 0xc0}), true);
     },
     "handler error: request failed | open"},
    {"two answers: the first counts", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, twice(answer_frame(false)), true); }, "ok | open"},
    {"an answer without an end, and 64 KiB behind it", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, join({answer_frame(false), Bytes(65'536, 0xff)}), false);
     },
     "ok | open"},
    {"told again and again that nobody knows us", kWellProved,
     [](Peer& peer, Id id) {
         Bytes payload;
         codec::encode_synapse_response(false, codec::kEmptyMap, 1, "authentication failed",
                                        payload);
         peer.send(id, framed(kAnswer, payload), true);
     },
     "handler error: authentication failed | open"},
    {"closed in the middle of a call", kWellProved,
     [](Peer& peer, Id) { peer.close("\x01\x02 no \xff", 99); },
     "connection error: connection lost: closed by the peer (code 99): ?? no ? | closed by itself"},
    {"second token: an answer before the request is complete", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, answer_frame(true), true); }, "ok | open", kSecondToken,
     kWhole, kUploads},

    // Streamed answers (1.9, 5.7).
    {"chunks without an end", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, chunk_frame(Bytes(10)), true); },
     "transport error: stream closed after 0 of 5 bytes | open", kFirst, kStreamed},
    {"an end without a chunk", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, end_frame(false), true); }, "ok | open", kFirst,
     kStreamed},
    {"chunks after the end", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, join({end_frame(false), chunk_frame(Bytes(10)), end_frame(false)}), true);
     },
     "ok | open", kFirst, kStreamed},
    {"a stream that fails in the middle", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, join({chunk_frame(Bytes(10)), framed(kEnd, {0x92, 0xc2, 0xa2, 'n', 'o'})}),
                   true);
     },
     "stream error: no | open", kFirst, kStreamed},
    {"a whole answer in the middle of a stream", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, join({chunk_frame(Bytes(10)), answer_frame(false)}), true);
     },
     "stream error: server returned SynapseResponse error on streaming path: no detail | open",
     kFirst, kStreamed},
    {"a handshake in the middle of a stream", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, join({chunk_frame(Bytes(10)), framed(kProof, {0xc0})}), true);
     },
     "stream error: unexpected message type during streaming: HandshakeResponse | open", kFirst,
     kStreamed},
    {"a stream that is reset in the middle", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, chunk_frame(Bytes(10)), false);
         peer.reset(id, 9);
     },
     "transport error: read error: stream reset by peer: error 9 | open", kFirst, kStreamed},
    {"a chunk that cannot be read", kWellProved,
     [](Peer& peer, Id id) {
         peer.send(id, framed(kChunk, {0x91, 0xc0}), true);
     },
     "serialization error: Failed to parse stream chunk: StreamChunk.data: expected bin, str or an "
     "array of bytes, got nil at byte 1 | open",
     kFirst, kStreamed},
    {"a chunk of 2^32-1 bytes", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, header(kChunk, 0xffffffffu), false); },
     "transport error: frame payload 4294967295 bytes exceeds maximum 1048576 | open", kFirst,
     kStreamed},
    {"twenty thousand empty chunks", kWellProved,
     [](Peer& peer, Id id) {
         Bytes many;
         const Bytes one = chunk_frame({});
         for (int i = 0; i < 20'000; ++i) many.insert(many.end(), one.begin(), one.end());
         peer.send(id, join({many, end_frame(false)}), true);
     },
     "ok | open", kFirst, kStreamed},
    {"a stream that stops coming", kWellProved,
     [](Peer& peer, Id id) { peer.send(id, chunk_frame(Bytes(10)), false); },
     "transport error: query timed out | open", kFirst, kStreamed},
};

}  // namespace

int main()
{
    return run_rows("hostile servers", {}, kRows);
}

#include "runtime/stat_names.h"

namespace ltn::runtime {

namespace {

constexpr StatName kClient[] = {
    {"calls_started", false, "Calls and connects brought to the core."},
    {"calls_ok", false, "Calls answered with success."},
    {"calls_failed", false, "Calls that ended in any other way."},
    {"calls_in_flight", true, "Calls accepted and not yet ended, waiting ones included."},
    {"dials", false, "Connections begun."},
    {"handshakes_ok", false, "Peers that proved their key."},
    {"handshakes_failed", false, "Peers that did not, or refused ours."},
    {"connections", true, "Connections open now."},
    {"reconnects", false, "Dials of addresses that had failed or been lost."},
    {"miners_waiting", true, "Registered miners that are being tried or wait for their first try."},
    {"miners_ready", true, "Registered miners proved on a live connection."},
    {"miners_backoff", true, "Registered miners that failed and wait for the next try."},
    {"miners_exhausted", true,
     "Registered miners that failed too often and wait for the next update."},
    {"miners_false_claim", true, "Registered miners at whose address another hotkey was proved."},
    {"miners_over_limit", true, "Registered miners for which max_connections has no room."},
};

constexpr StatName kServer[] = {
    {"connections", true, "Connections open now."},
    {"authenticated", true, "Of these, with a proved hotkey."},
    {"datagrams_passed", false,
     "Datagrams that came to another loop's socket and were handed over (option loops)."},
    {"datagrams_passed_lost", false, "The same, but that loop was too far behind to take them."},
    {"nonces", true, "Nonces remembered now."},
    {"requests", false, "Requests taken from authenticated peers."},
    {"requests_in_flight", true, "Requests whose handler has not answered yet."},
    {"requests_timed_out", false, "Requests whose handler took longer than handler_timeout_ms."},
    {"requests_unary", false, "Requests given to handlers that answer once."},
    {"requests_stream", false, "Requests given to handlers that stream."},
    {"requests_waiting", true,
     "Requests that wait now: their peer has enough running, or its new path is unproved."},
    {"requests_withdrawn", false,
     "Requests whose caller left, or whose time was up, while a handler had them."},
    {"handlers_withdrawn", true,
     "Of these, not freed by the host yet: they still occupy their peer's streams."},
    {"requests_too_slow", false,
     "Requests cut off because their frame came in at less than 1 KiB/s."},
    {"requests_over_bytes", false, "Requests refused for max_held_bytes."},
    {"held_bytes", true, "Bytes of requests that are being received or wait, now."},
    {"streams_open", true, "Streamed answers being written now."},
    {"chunks_sent", false, "Chunks of streamed answers taken for sending."},
    {"answers_unread", false,
     "Answers dropped because their peer took nothing for stream_chunk_timeout_ms."},
    {"requests_unauthenticated", false,
     "Requests refused because the peer had not proved its hotkey."},
    {"handshakes_ok", false, "Peers admitted."},
    {"refused_rate", false, "Handshakes refused by the budget of their source."},
    {"refused_hotkey_rate", false, "Handshakes refused by the budget of their proved hotkey."},
    {"refused_malformed", false, "Handshakes that could not be decoded."},
    {"refused_clock", false, "Handshakes with a timestamp outside the window."},
    {"refused_nonce", false,
     "Handshakes with a nonce that was used before, or no room to remember it."},
    {"refused_signature", false, "Handshakes with a signature that is not good."},
    {"refused_capacity", false, "Handshakes beyond max_connections."},
    {"refused_signer", false, "Handshakes that our own signer left unsigned."},
    {"refused_other_hotkey", false, "Handshakes of peers that expect another hotkey here."},
    {"unauthenticated_closed", false, "Connections closed because they proved no hotkey in time."},
    {"replaced", false, "Connections closed because their hotkey connected again."},
    {"refused_permit", false, "Handshakes of hotkeys without a permit."},
    {"refused_stranger", false, "First contacts refused because too many strangers were there."},
    {"dropped_source", false, "First contacts not answered because of the source policy."},
    {"permits", true, "Hotkeys with a permit, now."},
    {"permits_held", true,
     "1 while an answer with suspiciously few permits waits for a second like it."},
    {"sources_allowed", true, "Prefixes from where peers may connect, now; 0 in a bypass."},
    {"sources_bypassed", true, "1 while the source policy is a bypass."},
    {"sources_held", true,
     "1 while an answer with suspiciously few sources waits for a second like it."},
    {"roster_hotkeys", true, "Hotkeys of which an address is known from a handshake."},
    {"roster_coverage_percent", true, "Of the permitted hotkeys, how many of them are known."},
    {"roster_enforcing", true, "1 while strangers get only their small lane."},
    {"closed_permit", false, "Peers closed because their permit was withdrawn."},
    {"closed_idle", false, "Peers closed because they asked nothing for long."},
    {"datagrams_received", false, "UDP datagrams taken in."},
    {"datagrams_dropped", false, "Of these, dropped without effect."},
    {"reflectors_ignored", false,
     "Of these, from ports of services, whose answers may be misdirected."},
    {"initials_shed", false, "Of these, first contacts turned away unread for want of room."},
    {"initial_keys_derived", false, "First contacts whose packet keys were computed."},
    {"retries_sent", false, "First contacts answered with Retry."},
    {"retries_withheld", false, "Retry answers not sent because there were too many."},
    {"negotiations_withheld", false, "Version answers not sent because there were too many."},
    {"resets_withheld", false, "Stateless resets not sent because there were too many."},
    {"refusals_withheld", false, "Refusals not sent because there were too many."},
    {"tokens_accepted", false, "Address tokens that were good."},
    {"tokens_refused", false, "Address tokens that were not."},
    {"version_negotiations_sent", false, "First contacts in a QUIC version that we do not speak."},
    {"stateless_resets_sent", false, "Packets of unknown connections answered with a reset."},
    {"connections_refused", false, "First contacts refused for want of room."},
    {"tls_handshakes_failed", false, "TLS handshakes that failed."},
    {"tls_handshakes_completed", false, "TLS handshakes that were completed."},
    {"glitch_closes", false, "Connections closed for too many senseless packets."},
    {"oddity_ping", false, "PINGs received."},
    {"oddity_credit", false, "MAX_DATA, MAX_STREAM_DATA and MAX_STREAMS frames received."},
    {"oddity_blocked", false, "Frames received that say a limit was reached."},
    {"oddity_crumb", false, "Frames received with a few bytes of a stream ahead of their turn."},
    {"oddity_empty_stream", false, "STREAM frames received without bytes that end nothing."},
    {"oddity_reset", false, "RESET_STREAM frames received that we did not ask for."},
    {"oddity_stop", false, "STOP_SENDING frames received for what we had not ended."},
    {"oddity_connection_id", false, "NEW_CONNECTION_ID and RETIRE_CONNECTION_ID frames received."},
    {"oddity_path_challenge", false, "PATH_CHALLENGE frames received."},
    {"oddity_crypto", false, "CRYPTO frames received."},
    {"oddity_token", false, "NEW_TOKEN frames received."},
    {"oddity_moved", false, "Changes of a peer's address."},
    {"oddity_application", false, "Oddities in what streams carried."},
};

}  // namespace

std::span<const StatName> client_stats()
{
    return kClient;
}

std::span<const StatName> server_stats()
{
    return kServer;
}

}  // namespace ltn::runtime

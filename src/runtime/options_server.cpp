// The options of a server.
#include "runtime/option_table.h"

namespace ltn::runtime {

namespace {

using namespace table;

Error set_listen(ServerOptions& config, uint64_t, std::string_view text)
{
    auto address = Address::parse(text);
    if (!address) {
        return {Code::invalid_argument, Category::config, "option listen: " + address.error().text};
    }
    config.listen = address.value();
    return {};
}

Error set_secret(ServerOptions& config, uint64_t, std::string_view text)
{
    auto secret = codec::hex_decode(text);
    // The value itself is a secret: the error does not repeat it.
    if (!secret || secret->size() < 32 || secret->size() > 64) {
        return {Code::invalid_argument, Category::config,
                "option server_secret: expected 64 to 128 hexadecimal digits, got " +
                    std::to_string(text.size()) + " characters"};
    }
    config.core.quic.server_secret = std::move(*secret);
    return {};
}

Error set_retry_policy(ServerOptions& config, uint64_t, std::string_view text)
{
    if (text != "always" && text != "adaptive" && text != "never") {
        return {Code::invalid_argument, Category::config,
                "option retry_policy: expected always, adaptive or never, got \"" +
                    std::string(text) + "\""};
    }
    config.core.require_address_validation = text != "never";
    config.core.retry_adaptive = text == "adaptive";
    return {};
}

const Option<ServerOptions> kServer[] = {
    {"listen", text, 0, 0, "127.0.0.1:0",
     "Address to bind: ip:port or [ipv6]:port; port 0 picks one.", set_listen},
    {"max_signature_age_ms", duration_ms, 1000, 3600000, "300000",
     "Age from which a handshake's timestamp is refused.",
     LTN_APPLY(ServerOptions, c.core.max_signature_age_s = v / 1000), kNonZero,
     "{} must not exceed 3600 (1 hour)"},
    {"nonce_cleanup_interval_ms", duration_ms, 1000, kDayMs, "60000",
     "How often expired nonces and rate entries are dropped.",
     LTN_APPLY(ServerOptions, c.core.nonce_cleanup_interval_s = v / 1000), kNonZero},
    {"idle_timeout_ms", duration_ms, 1, kDayMs, "150000",
     "A connection without any packet for this long is over.",
     LTN_APPLY(ServerOptions, c.core.idle_timeout_ns = ns(v)), kNonZero},
    {"unanswered_timeout_ms", optional_ms, 1000, kDayMs, "4000",
     "A connection whose congestion window is full is given up when nothing is acknowledged for "
     "this long; none leaves it to idle_timeout_ms. Ours.",
     LTN_APPLY(ServerOptions, c.core.unanswered_ns = ns_or_never(v))},
    {"keep_alive_interval_ms", duration_ms, 1, kDayMs, "30000",
     "How often an otherwise silent authenticated connection sends a PING.",
     LTN_APPLY(ServerOptions, c.core.keep_alive_ns = ns(v)), kNonZero},
    {"max_connections", count, 1, 65536, "128", "Authenticated hotkeys at once.",
     LTN_APPLY(ServerOptions, c.core.connections_max = v), kNonZero, nullptr, kLive},
    {"max_nonce_entries", count, 1, 1U << 24, "100000",
     "Nonces remembered; when full, new handshakes are refused, never old nonces forgotten.",
     LTN_APPLY(ServerOptions, c.core.nonce_entries_max = v), kNonZero},
    {"handshake_timeout_ms", duration_ms, 1, 3600000, "10000",
     "From a handshake request to its answer; less than idle_timeout_ms.",
     LTN_APPLY(ServerOptions, c.core.handshake_timeout_ns = ns(v)), kNonZero},
    {"max_handshake_attempts_per_minute", count, 1, kCountMax - 1, "30",
     "Handshake requests a minute from one source (IPv4 /32, IPv6 /64). Lifts "
     "max_hotkey_attempts_per_minute to at least the same.",
     LTN_APPLY(ServerOptions, c.core.handshake_attempts_per_minute_max = static_cast<uint32_t>(v);
               c.core.hotkey_attempts_per_minute_max =
                   std::max(c.core.hotkey_attempts_per_minute_max, static_cast<uint32_t>(v))),
     kNonZero, nullptr, kLive},
    {"max_concurrent_bidi_streams", count, 1, 65536, "128",
     "Requests an authenticated peer may have open at once.",
     LTN_APPLY(ServerOptions, c.core.concurrent_streams_max = static_cast<uint32_t>(v)), kNonZero},
    {"max_tracked_rate_ips", count, 1, 1U << 24, "10000", "Sources the rate limiter remembers.",
     LTN_APPLY(ServerOptions, c.core.tracked_rate_sources_max = v), kNonZero},
    {"handler_timeout_ms", duration_ms, 1, kDayMs, "30000",
     "From a request to its answer; less than idle_timeout_ms.",
     LTN_APPLY(ServerOptions, c.core.handler_timeout_ns = ns(v)), kNonZero, nullptr, kLive},
    {"max_frame_payload_bytes", bytes, codec::kFramePayloadMinMax, codec::kFramePayloadMaxMax,
     "67108864", "Largest frame taken from an authenticated peer and sent to one.",
     LTN_APPLY(ServerOptions, c.core.frame_payload_max = v), kFrameMin, kFrameMax},
    {"require_address_validation", flag, 0, 1, "true",
     "Answers a first contact with Retry, so that nothing is kept for forged sources.",
     LTN_APPLY(ServerOptions, c.core.require_address_validation = v != 0;
               c.core.retry_adaptive = false)},
    {"require_validator_permit", flag, 0, 1, "false",
     "Only hotkeys among the resolved permits are admitted.",
     LTN_APPLY(ServerOptions, c.core.require_validator_permit = v != 0), nullptr, nullptr, kLive},
    {"validator_permit_refresh_ms", duration_ms, 1, kDayMs, "1800000",
     "How often the permits are resolved anew.",
     LTN_APPLY(ServerOptions, c.core.validator_permit_refresh_ns = ns(v)), kNonZero},
    {"max_validator_permit_age_ms", optional_ms, 1, 30 * kDayMs, "none",
     "Permits older than this admit nobody. Ours.",
     LTN_APPLY(ServerOptions, c.core.validator_permit_age_max_ns = ns_or_never(v))},
    {"permit_grace_ms", duration_ms, 0, kDayMs, "60000",
     "How long a connected peer that lost its permit may stay. Ours.",
     LTN_APPLY(ServerOptions, c.core.permit_grace_ns = ns(v))},
    {"enforce_source_allowlist", flag, 0, 1, "false",
     "First contacts from sources that are not allowed are dropped unread.",
     LTN_APPLY(ServerOptions, c.core.enforce_source_allowlist = v != 0), nullptr, nullptr, kLive},
    {"source_allowlist_refresh_ms", duration_ms, 1, kDayMs, "300000",
     "How often the allowed sources are resolved anew.",
     LTN_APPLY(ServerOptions, c.core.source_allowlist_refresh_ns = ns(v)), kNonZero},
    {"max_unknown_connections", count, 0, 65536, "64",
     "Peers that no roster knows, at once, while it is enforced. Ours.",
     LTN_APPLY(ServerOptions, c.core.unknown_connections_max = v)},
    {"idle_sweep_ms", optional_ms, 1, 30 * kDayMs, "none",
     "Closes peers that have asked nothing for this long. Ours.",
     LTN_APPLY(ServerOptions, c.core.idle_sweep_ns = ns_or_never(v))},
    {"retry_policy", text, 0, 0, "always",
     "always, adaptive (only under load) or never: when a first contact has to prove its address. "
     "require_address_validation says the first and the last. Ours.",
     set_retry_policy},
    {"retry_above_handshakes", count, 0, kCountMax - 1, "256",
     "Unfinished handshakes above which adaptive asks for proof. Ours.",
     LTN_APPLY(ServerOptions, c.core.quic.retry_above_handshakes = static_cast<uint32_t>(v))},
    {"retry_above_initials_per_second", count, 0, kCountMax - 1, "500",
     "First contacts a second above which adaptive asks for proof. Ours.",
     LTN_APPLY(ServerOptions,
               c.core.quic.retry_above_initials_per_second = static_cast<uint32_t>(v))},
    {"max_hotkey_attempts_per_minute", count, 1, kCountMax - 1, "30",
     "Proved handshakes a minute of one hotkey, from anywhere. Ours.",
     LTN_APPLY(ServerOptions, c.core.hotkey_attempts_per_minute_max = static_cast<uint32_t>(v)),
     nullptr, nullptr, kLive},
    {"max_unauthenticated_connections", count, 1, 65536, "1024",
     "Connections that have not proved a hotkey yet, all sources together. Ours.",
     LTN_APPLY(ServerOptions, c.core.unauthenticated_connections_max = v)},
    {"max_unauthenticated_per_source", count, 1, 65536, "8", "The same, of one source. Ours.",
     LTN_APPLY(ServerOptions, c.core.unauthenticated_per_source_max = v)},
    {"unauthenticated_timeout_ms", duration_ms, 1, 3600000, "10000",
     "A connection that has not proved a hotkey by then is closed. Ours.",
     LTN_APPLY(ServerOptions, c.core.unauthenticated_life_ns = ns(v))},
    {"max_unauthenticated_frame_bytes", bytes, 512, 65536, "4096",
     "Largest frame taken before a hotkey is proved. Ours.",
     LTN_APPLY(ServerOptions, c.core.unauthenticated_frame_max = v)},
    {"refusal_delay_ms", duration_ms, 0, 5000, "50",
     "Least time from a handshake request to its refusal, so that refusals look alike. Ours.",
     LTN_APPLY(ServerOptions, c.core.refusal_delay_ns = ns(v))},
    {"max_verifications_per_turn", count, 1, 4096, "16",
     "sr25519 checks between two turns of sending, so that handshakes do not starve requests. "
     "Ours.",
     LTN_APPLY(ServerOptions, c.core.verifications_per_turn_max = static_cast<uint32_t>(v))},
    {"max_requests_in_flight", count, 1, 1U << 20, "16384",
     "Requests with handlers, all peers together; more are answered with an error. Ours.",
     LTN_APPLY(ServerOptions, c.core.requests_in_flight_max = v), nullptr, nullptr, kLive},
    {"max_requests_per_peer", count, 1, 1U << 20, "128",
     "Of one peer, with handlers; more wait in order. Ours.",
     LTN_APPLY(ServerOptions, c.core.requests_per_peer_max = v), nullptr, nullptr, kLive},
    {"max_held_bytes", bytes, 1U << 20, 1ULL << 40, "536870912",
     "Of requests being received or waiting, all peers together; who holds most is refused. Chunks "
     "that no handler has taken have as much again, as it was at start. Ours.",
     LTN_APPLY(ServerOptions, c.core.held_bytes_max = v), nullptr, nullptr, kLive},
    {"max_running_bytes", bytes, 1U << 20, 1ULL << 40, "1073741824",
     "Bodies of requests whose handlers have not ended, all peers together; of one peer at "
     "most as much as stays free, the rest of its requests wait. Ours.",
     LTN_APPLY(ServerOptions, c.core.running_bytes_max = v)},
    {"max_unsent_bytes", bytes, 1U << 20, 1ULL << 40, "1073741824",
     "Answers not yet acknowledged, all peers together; of a peer at most as much as stays free: "
     "beyond it chunks wait and whole answers are refused as busy. Ours.",
     LTN_APPLY(ServerOptions, c.core.unsent_bytes_max = v)},
    {"streaming_channel_buffer", count, 1, 1U << 20, "32",
     "Chunks of a streamed answer that may wait to be sent.",
     LTN_APPLY(ServerOptions, c.core.streaming_channel_buffer = v), kNonZero},
    {"stream_buffer_bytes", bytes, 4096, 1U << 30, "1250000",
     "The same in bytes; eight times as much may wait for acknowledgements. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_buffer_bytes = v)},
    {"stream_first_chunk_timeout_ms", duration_ms, 1, kDayMs, "30000",
     "From a request to the first chunk of its streamed answer. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_first_chunk_timeout_ns = ns(v)), nullptr, nullptr,
     kLive},
    {"stream_chunk_timeout_ms", duration_ms, 1, kDayMs, "30000",
     "From chunk to chunk, the reader's pace included. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_chunk_timeout_ns = ns(v)), nullptr, nullptr, kLive},
    {"stream_total_timeout_ms", duration_ms, 0, kDayMs, "0",
     "For a whole streamed answer; 0 is without end. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_total_timeout_ns = v == 0 ? kNever : ns(v)), nullptr,
     nullptr, kLive},
    {"signer_timeout_ms", duration_ms, 1, 3600000, "10000",
     "How long a signer may take for one signature. Ours.",
     LTN_APPLY(ServerOptions, c.core.signer_timeout_ns = ns(v))},
    {"drain_timeout_ms", duration_ms, 0, kDayMs, "0",
     "How long stop lets running requests finish. Ours.",
     LTN_APPLY(ServerOptions, c.drain_timeout_ns = ns(v)), nullptr, nullptr, kLive},
    {"qlog_dir", text, 0, 0, "off",
     "Folder for a qlog of each connection: mode 0600, at most 16 MiB each and 1,000 files. For "
     "finding "
     "faults. Ours.",
     LTN_APPLY(ServerOptions, c.traces.qlog_dir = t == "off" ? "" : t)},
    {"key_log_file", text, 0, 0, "off",
     "File that gets the TLS secrets of every connection, for packet analysers: mode 0600, at most "
     "16 MiB. Whoever reads it reads all. Ours.",
     LTN_APPLY(ServerOptions, c.traces.key_log_file = t == "off" ? "" : t)},
    {"wire_2", flag, 0, 1, "true",
     "Prefers btlightning/2 to btlightning with peers that know it (docs/wire-2.md). Ours.",
     LTN_APPLY(ServerOptions, c.core.wire_2 = v != 0)},
    {"require_wire_2", flag, 0, 1, "false",
     "Speaks btlightning/2 only: peers without it are turned away. Ours.",
     LTN_APPLY(ServerOptions, c.core.require_wire_2 = v != 0)},
    {"max_datagram_bytes", bytes, quic::kUdpPayloadMin, quic::kUdpPayloadMax, "9000",
     "Largest UDP payload taken, and looked for when there is much to send, as far as path and "
     "peer "
     "go: 1452, 8848, 16384, 32768 or 65487. Above 1472 only with wire_2. Ours.",
     LTN_APPLY(ServerOptions, c.core.quic.udp_payload_max = static_cast<uint32_t>(v))},
    {"ss58_any_prefix", flag, 0, 1, "false",
     "Takes hotkeys of peers in any SS58 prefix, as the original does. Ours.",
     LTN_APPLY(ServerOptions, c.core.ss58 = ss58_policy(v))},
    {"server_secret", text, 0, 0, "random",
     "64 to 128 hexadecimal digits that key stateless resets and tokens, so that a restarted "
     "server "
     "ends old connections at once. Ours.",
     set_secret},
};

}  // namespace

std::span<const Option<ServerOptions>> server_options()
{
    return kServer;
}

}  // namespace ltn::runtime

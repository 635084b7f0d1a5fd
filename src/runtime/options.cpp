// The tables of options and what they set.
#include "runtime/options.h"

#include "runtime/option_value.h"

namespace ltn::runtime {

namespace {

using enum OptionType;

constexpr uint64_t kDayMs = 24ULL * 3600 * 1000;
constexpr uint64_t kCountMax = 1ULL << 32;

Nanos ns(uint64_t ms)
{
    return ms * kMillisecond;
}
codec::Ss58Policy ss58_policy(uint64_t any)
{
    return any != 0 ? codec::Ss58Policy::any_prefix : codec::Ss58Policy::only_42;
}

// NOLINTBEGIN(bugprone-macro-parentheses): a type and a statement take no parentheses
#define LTN_APPLY(Config, statement)                                                           \
    [](Config& c, [[maybe_unused]] uint64_t v, [[maybe_unused]] std::string_view t) -> Error { \
        statement;                                                                             \
        return {};                                                                             \
    }

const Option<ClientOptions> kClient[] = {
    {"connect_timeout_ms", duration_ms, 1, kDayMs, "10000",
     "QUIC connect, and each handshake after it.",
     LTN_APPLY(ClientOptions, c.core.connect_timeout_ns = ns(v))},
    {"idle_timeout_ms", duration_ms, 1, kDayMs, "150000",
     "A connection without any packet for this long is over.",
     LTN_APPLY(ClientOptions, c.core.idle_timeout_ns = ns(v))},
    {"keep_alive_interval_ms", duration_ms, 1, kDayMs, "30000",
     "How often an otherwise silent connection sends a PING; less than idle_timeout_ms.",
     LTN_APPLY(ClientOptions, c.core.keep_alive_ns = ns(v))},
    {"max_connections", count, 1, 65536, "1024", "Addresses connected at once.",
     LTN_APPLY(ClientOptions, c.core.connections_max = v)},
    {"max_frame_payload_bytes", bytes, codec::kFramePayloadMinMax, codec::kFramePayloadMaxMax,
     "67108864", "Largest frame taken from a peer and sent to one.",
     LTN_APPLY(ClientOptions, c.core.frame_payload_max = v)},
    {"default_timeout_ms", duration_ms, 1, kDayMs, "60000",
     "Deadline of a call that names none. Ours: the original waits without end.",
     LTN_APPLY(ClientOptions, c.default_timeout_ns = ns(v))},
    {"signer_timeout_ms", duration_ms, 1, 3600000, "10000",
     "How long a signer may take for one signature. Ours.",
     LTN_APPLY(ClientOptions, c.core.signer_timeout_ns = ns(v))},
    {"max_calls", count, 1, 1U << 20, "65536",
     "Calls accepted and not yet ended; more are refused. Ours.",
     LTN_APPLY(ClientOptions, c.core.calls_max = v)},
    {"ss58_any_prefix", flag, 0, 1, "false",
     "Takes hotkeys of peers in any SS58 prefix, as the original does. Ours.",
     LTN_APPLY(ClientOptions, c.core.ss58 = ss58_policy(v))},
};

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

const Option<ServerOptions> kServer[] = {
    {"listen", text, 0, 0, "127.0.0.1:0",
     "Address to bind: ip:port or [ipv6]:port; port 0 picks one.", set_listen},
    {"max_signature_age_ms", duration_ms, 1000, 3600000, "300000",
     "Age from which a handshake's timestamp is refused.",
     LTN_APPLY(ServerOptions, c.core.max_signature_age_s = v / 1000)},
    {"nonce_cleanup_interval_ms", duration_ms, 1000, kDayMs, "60000",
     "How often expired nonces and rate entries are dropped.",
     LTN_APPLY(ServerOptions, c.core.nonce_cleanup_interval_s = v / 1000)},
    {"idle_timeout_ms", duration_ms, 1, kDayMs, "150000",
     "A connection without any packet for this long is over.",
     LTN_APPLY(ServerOptions, c.core.idle_timeout_ns = ns(v))},
    {"keep_alive_interval_ms", duration_ms, 1, kDayMs, "30000",
     "How often an otherwise silent authenticated connection sends a PING.",
     LTN_APPLY(ServerOptions, c.core.keep_alive_ns = ns(v))},
    {"max_connections", count, 1, 65536, "128", "Authenticated hotkeys at once.",
     LTN_APPLY(ServerOptions, c.core.connections_max = v)},
    {"max_nonce_entries", count, 1, 1U << 24, "100000",
     "Nonces remembered; when full, new handshakes are refused, never old nonces forgotten.",
     LTN_APPLY(ServerOptions, c.core.nonce_entries_max = v)},
    {"handshake_timeout_ms", duration_ms, 1, 3600000, "10000",
     "From a handshake request to its answer; less than idle_timeout_ms.",
     LTN_APPLY(ServerOptions, c.core.handshake_timeout_ns = ns(v))},
    {"max_handshake_attempts_per_minute", count, 1, kCountMax - 1, "30",
     "Handshake requests a minute from one source (IPv4 /32, IPv6 /64). Lifts "
     "max_hotkey_attempts_per_minute to at least the same.",
     LTN_APPLY(ServerOptions, c.core.handshake_attempts_per_minute_max = static_cast<uint32_t>(v);
               c.core.hotkey_attempts_per_minute_max =
                   std::max(c.core.hotkey_attempts_per_minute_max, static_cast<uint32_t>(v)))},
    {"max_concurrent_bidi_streams", count, 1, 65536, "128",
     "Requests an authenticated peer may have open at once.",
     LTN_APPLY(ServerOptions, c.core.concurrent_streams_max = static_cast<uint32_t>(v))},
    {"max_tracked_rate_ips", count, 1, 1U << 24, "10000", "Sources the rate limiter remembers.",
     LTN_APPLY(ServerOptions, c.core.tracked_rate_sources_max = v)},
    {"handler_timeout_ms", duration_ms, 1, kDayMs, "30000",
     "From a request to its answer; less than idle_timeout_ms.",
     LTN_APPLY(ServerOptions, c.core.handler_timeout_ns = ns(v))},
    {"max_frame_payload_bytes", bytes, codec::kFramePayloadMinMax, codec::kFramePayloadMaxMax,
     "67108864", "Largest frame taken from an authenticated peer and sent to one.",
     LTN_APPLY(ServerOptions, c.core.frame_payload_max = v)},
    {"require_address_validation", flag, 0, 1, "true",
     "Answers a first contact with Retry, so that nothing is kept for forged sources.",
     LTN_APPLY(ServerOptions, c.core.require_address_validation = v != 0)},
    {"max_hotkey_attempts_per_minute", count, 1, kCountMax - 1, "30",
     "Proved handshakes a minute of one hotkey, from anywhere. Ours.",
     LTN_APPLY(ServerOptions, c.core.hotkey_attempts_per_minute_max = static_cast<uint32_t>(v))},
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
     LTN_APPLY(ServerOptions, c.core.requests_in_flight_max = v)},
    {"max_requests_per_peer", count, 1, 1U << 20, "128",
     "Of one peer, with handlers; more wait in order. Ours.",
     LTN_APPLY(ServerOptions, c.core.requests_per_peer_max = v)},
    {"max_held_bytes", bytes, 1U << 20, 1ULL << 40, "536870912",
     "Of requests being received or waiting, all peers together; who holds most is refused. Ours.",
     LTN_APPLY(ServerOptions, c.core.held_bytes_max = v)},
    {"streaming_channel_buffer", count, 1, 1U << 20, "32",
     "Chunks of a streamed answer that may wait to be sent.",
     LTN_APPLY(ServerOptions, c.core.streaming_channel_buffer = v)},
    {"stream_buffer_bytes", bytes, 4096, 1U << 30, "1250000",
     "The same in bytes; eight times as much may wait for acknowledgements. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_buffer_bytes = v)},
    {"stream_first_chunk_timeout_ms", duration_ms, 1, kDayMs, "30000",
     "From a request to the first chunk of its streamed answer. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_first_chunk_timeout_ns = ns(v))},
    {"stream_chunk_timeout_ms", duration_ms, 1, kDayMs, "30000",
     "From chunk to chunk, the reader's pace included. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_chunk_timeout_ns = ns(v))},
    {"stream_total_timeout_ms", duration_ms, 0, kDayMs, "0",
     "For a whole streamed answer; 0 is without end. Ours.",
     LTN_APPLY(ServerOptions, c.core.stream_total_timeout_ns = v == 0 ? kNever : ns(v))},
    {"signer_timeout_ms", duration_ms, 1, 3600000, "10000",
     "How long a signer may take for one signature. Ours.",
     LTN_APPLY(ServerOptions, c.core.signer_timeout_ns = ns(v))},
    {"drain_timeout_ms", duration_ms, 0, kDayMs, "0",
     "How long stop lets running requests finish. Ours.",
     LTN_APPLY(ServerOptions, c.drain_timeout_ns = ns(v))},
    {"ss58_any_prefix", flag, 0, 1, "false",
     "Takes hotkeys of peers in any SS58 prefix, as the original does. Ours.",
     LTN_APPLY(ServerOptions, c.core.ss58 = ss58_policy(v))},
    {"server_secret", text, 0, 0, "random",
     "64 to 128 hexadecimal digits that key stateless resets and tokens, so that a restarted "
     "server "
     "ends old connections at once. Ours.",
     set_secret},
};

const Option<LoopConfig> kRuntime[] = {
    {"spin_us", count, 0, 1'000'000, "50",
     "Longest time to poll before sleeping, in microseconds; 0 never polls. Learns when to stop.",
     LTN_APPLY(LoopConfig, c.spin_ns = v * kMicrosecond)},
    {"socket_buffer_bytes", bytes, 65536, 1U << 30, "4194304",
     "Asked of the system for each socket and direction.",
     LTN_APPLY(LoopConfig, c.socket.buffer_bytes = static_cast<int>(v))},
    {"udp_offload", flag, 0, 1, "true", "UDP_SEGMENT and UDP_GRO where the system has them.",
     LTN_APPLY(LoopConfig, c.socket.gso = v != 0; c.socket.gro = v != 0)},
};

#undef LTN_APPLY
// NOLINTEND(bugprone-macro-parentheses)

template <class Config>
Error set_in(std::span<const Option<Config>> table, const char* what, Config& config,
             std::string_view name, std::string_view value)
{
    for (const Option<Config>& option : table) {
        DurationUnit unit = DurationUnit::ms;
        if (!option_name_matches(option.name, option.type, name, &unit)) continue;
        auto number = parse_option_value(name, option.type, option.min, option.max, unit, value);
        if (!number) return number.error();
        return option.apply(config, number.value(), value);
    }
    return {Code::unknown_option, Category::config,
            "unknown " + std::string(what) + " option \"" + std::string(name) + "\""};
}

std::string secs(Nanos span_ns)
{
    const uint64_t ms = span_ns / kMillisecond;
    std::string text = std::to_string(ms / 1000);
    if (ms % 1000 != 0) {
        std::string fraction = std::to_string(1000 + ms % 1000).substr(1);
        while (fraction.back() == '0') fraction.pop_back();
        text += "." + fraction;
    }
    return text;
}

Error must_be_less(const char* a, Nanos a_ns, const char* b, Nanos b_ns)
{
    if (a_ns < b_ns) return {};
    return {
        Code::config, Category::config,
        std::string(a) + " (" + secs(a_ns) + ") must be less than " + b + " (" + secs(b_ns) + ")"};
}

}  // namespace

std::span<const Option<ClientOptions>> client_options()
{
    return kClient;
}
std::span<const Option<ServerOptions>> server_options()
{
    return kServer;
}
std::span<const Option<LoopConfig>> runtime_options()
{
    return kRuntime;
}

Error set_option(ClientOptions& config, std::string_view name, std::string_view value)
{
    return set_in<ClientOptions>(kClient, "client", config, name, value);
}
Error set_option(ServerOptions& config, std::string_view name, std::string_view value)
{
    return set_in<ServerOptions>(kServer, "server", config, name, value);
}
Error set_option(LoopConfig& config, std::string_view name, std::string_view value)
{
    return set_in<LoopConfig>(kRuntime, "runtime", config, name, value);
}

Error check_options(const ClientOptions& config)
{
    return must_be_less("keep_alive_interval", config.core.keep_alive_ns, "idle_timeout",
                        config.core.idle_timeout_ns);
}

Error check_options(const ServerOptions& config)
{
    const Nanos idle = config.core.idle_timeout_ns;
    if (Error error = must_be_less("keep_alive_interval_secs", config.core.keep_alive_ns,
                                   "idle_timeout_secs", idle);
        !error.ok()) {
        return error;
    }
    if (Error error = must_be_less("handshake_timeout_secs", config.core.handshake_timeout_ns,
                                   "idle_timeout_secs", idle);
        !error.ok()) {
        return error;
    }
    return must_be_less("handler_timeout_secs", config.core.handler_timeout_ns, "idle_timeout_secs",
                        idle);
}

}  // namespace ltn::runtime

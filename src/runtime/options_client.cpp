// The options of a client.
#include "runtime/option_table.h"

namespace ltn::runtime {

namespace {

using namespace table;

const Option<ClientOptions> kClient[] = {
    {"connect_timeout_ms", duration_ms, 1, kDayMs, "10000",
     "QUIC connect, and each handshake after it.",
     LTN_APPLY(ClientOptions, c.core.connect_timeout_ns = ns(v)), kNonZero},
    {"idle_timeout_ms", duration_ms, 1, kDayMs, "150000",
     "A connection without any packet for this long is over.",
     LTN_APPLY(ClientOptions, c.core.idle_timeout_ns = ns(v)), kNonZero},
    {"unanswered_timeout_ms", optional_ms, 1000, kDayMs, "4000",
     "A connection with something on its way is given up when nothing comes, or nothing is "
     "acknowledged that would let more go, for this long; none leaves it to idle_timeout_ms. Ours.",
     LTN_APPLY(ClientOptions, c.core.unanswered_ns = ns_or_never(v))},
    {"keep_alive_interval_ms", duration_ms, 1, kDayMs, "30000",
     "How often an otherwise silent connection sends a PING; less than idle_timeout_ms.",
     LTN_APPLY(ClientOptions, c.core.keep_alive_ns = ns(v)), kNonZero},
    {"max_connections", count, 1, 65536, "1024", "Addresses connected at once.",
     LTN_APPLY(ClientOptions, c.core.connections_max = v), kAtLeastOne},
    {"max_frame_payload_bytes", bytes, codec::kFramePayloadMinMax, codec::kFramePayloadMaxMax,
     "67108864", "Largest frame taken from a peer and sent to one.",
     LTN_APPLY(ClientOptions, c.core.frame_payload_max = v), kFrameMin, kFrameMax},
    {"max_stream_payload_bytes", bytes, 0, 1ULL << 40, "67108864",
     "Most that a collected stream may bring; at least max_frame_payload_bytes.",
     LTN_APPLY(ClientOptions, c.stream_payload_max = v), nullptr, nullptr, kLive},
    {"stream_chunk_timeout_ms", optional_ms, 1, kDayMs, "none", "Longest pause between two chunks.",
     LTN_APPLY(ClientOptions, c.stream_chunk_timeout_ns = ns_or_never(v)), kNonZero, nullptr,
     kLive},
    {"reconnect_initial_backoff_ms", duration_ms, 1, kDayMs, "1000",
     "Least pause before a registered address that failed is dialled again.",
     LTN_APPLY(ClientOptions, c.core.reconnect_initial_backoff_ns = ns(v)), kNonZero},
    {"reconnect_max_backoff_ms", duration_ms, 1, kDayMs, "60000", "Longest such pause.",
     LTN_APPLY(ClientOptions, c.core.reconnect_max_backoff_ns = ns(v)), kNonZero},
    {"reconnect_max_retries", count, 1, kCountMax - 1, "5",
     "Failures in a row after which an address is only probed slowly.",
     LTN_APPLY(ClientOptions, c.core.reconnect_retries_max = static_cast<uint32_t>(v)),
     kAtLeastOne},
    {"reconnect_slow_probe_interval_ms", optional_ms, 1, kDayMs, "60000",
     "Pause between those probes; none gives the address up until the next registry update.",
     LTN_APPLY(ClientOptions, c.core.reconnect_slow_probe_ns = ns_or_never(v)),
     "{} must be non-zero when set"},
    {"reconnect_in_background", flag, 0, 1, "true",
     "Registered addresses are dialled again by themselves and not only when called. Ours.",
     LTN_APPLY(ClientOptions, c.core.retry_registered_in_background = v != 0)},
    {"max_dials_at_once", count, 1, 65536, "256", "Dials of the registry under way at once. Ours.",
     LTN_APPLY(ClientOptions, c.core.dials_at_once_max = static_cast<uint32_t>(v))},
    {"stream_first_chunk_timeout_ms", optional_ms, 1, kDayMs, "none",
     "From a request to the first chunk of its streamed answer. Ours.",
     LTN_APPLY(ClientOptions, c.stream_first_chunk_timeout_ns = ns_or_never(v)), nullptr, nullptr,
     kLive},
    {"stream_window_bytes", bytes, 4096, 1U << 30, "1250000",
     "Chunks of one stream that wait for their reader before the peer is held back. Ours.",
     LTN_APPLY(ClientOptions, c.stream_window_bytes = v), nullptr, nullptr, kLive},
    {"max_unread_bytes", bytes, 1U << 20, 1ULL << 40, "536870912",
     "Chunks that wait for their readers and do not count against the windows of their "
     "connections, all together. Beyond it, streams that nobody reads hold up the calls beside "
     "them. Ours.",
     LTN_APPLY(ClientOptions, c.core.quic.lent_max = v)},
    {"max_unsent_bytes", bytes, 1U << 20, 1ULL << 40, "536870912",
     "Request bytes accepted and not yet acknowledged, all calls together. Ours.",
     LTN_APPLY(ClientOptions, c.core.unsent_bytes_max = v), nullptr, nullptr, kLive},
    {"default_timeout_ms", duration_ms, 1, kDayMs, "60000",
     "Deadline of a call that names none. Ours: the original waits without end.",
     LTN_APPLY(ClientOptions, c.default_timeout_ns = ns(v)), nullptr, nullptr, kLive},
    {"signer_timeout_ms", duration_ms, 1, 3600000, "10000",
     "How long a signer may take for one signature. Ours.",
     LTN_APPLY(ClientOptions, c.core.signer_timeout_ns = ns(v))},
    {"max_calls", count, 1, 1U << 20, "65536",
     "Calls accepted and not yet ended; more are refused. Ours.",
     LTN_APPLY(ClientOptions, c.core.calls_max = v), nullptr, nullptr, kLive},
    {"qlog_dir", text, 0, 0, "off",
     "Folder for a qlog of each connection: mode 0600, at most 16 MiB each and 1,000 files. For "
     "finding "
     "faults. Ours.",
     LTN_APPLY(ClientOptions, c.traces.qlog_dir = t == "off" ? "" : t)},
    {"key_log_file", text, 0, 0, "off",
     "File that gets the TLS secrets of every connection, for packet analysers: mode 0600, at most "
     "16 MiB. Whoever reads it reads all. Ours.",
     LTN_APPLY(ClientOptions, c.traces.key_log_file = t == "off" ? "" : t)},
    {"wire_2", flag, 0, 1, "true",
     "Prefers btlightning/2 to btlightning with peers that know it (docs/wire-2.md). Ours.",
     LTN_APPLY(ClientOptions, c.core.wire_2 = v != 0)},
    {"require_wire_2", flag, 0, 1, "false",
     "Speaks btlightning/2 only: peers without it are turned away. Ours.",
     LTN_APPLY(ClientOptions, c.core.require_wire_2 = v != 0)},
    {"max_datagram_bytes", bytes, quic::kUdpPayloadMin, quic::kUdpPayloadMax, "9000",
     "Largest UDP payload taken, and looked for when there is much to send, as far as path and "
     "peer "
     "go: 1452, 8848, 16384, 32768 or 65487. Above 1472 only with wire_2. Ours.",
     LTN_APPLY(ClientOptions, c.core.quic.udp_payload_max = static_cast<uint32_t>(v))},
    {"ss58_any_prefix", flag, 0, 1, "false",
     "Takes hotkeys of peers in any SS58 prefix, as the original does. Ours.",
     LTN_APPLY(ClientOptions, c.core.ss58 = ss58_policy(v))},
};

}  // namespace

std::span<const Option<ClientOptions>> client_options()
{
    return kClient;
}

}  // namespace ltn::runtime

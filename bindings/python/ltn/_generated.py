"""Made by tools/bindings/generate from the header and docs/options.md. Do not edit."""

from typing import Dict, NamedTuple, Tuple


class Option(NamedTuple):
    """What an option takes: ``kind`` is duration, number, bytes, flag or text."""

    kind: str
    least: int
    most: int
    none: bool
    default: str
    any_time: bool


ABI_VERSION = 0
KEY_LEN = 32
SEED_LEN = 32
SIGNATURE_LEN = 64
HOTKEY_TEXT_SIZE = 64

CODES: Dict[str, int] = {
    "OK": 0,
    "INVALID_ARGUMENT": 1,
    "CLOSED": 2,
    "STATE": 3,
    "FORKED": 4,
    "WOULD_DEADLOCK": 5,
    "NO_MEMORY": 6,
    "PENDING": 7,
    "FULL": 8,
    "EMPTY": 9,
    "UNKNOWN_OPTION": 10,
    "OUT_OF_RANGE": 11,
    "UNSUPPORTED": 12,
    "IO": 13,
    "INTERNAL": 14,
    "CANCELLED": 15,
    "DEADLINE": 16,
    "SHUTDOWN": 17,
    "CONFIG": 32,
    "BAD_KEY": 33,
    "KEY_MISMATCH": 34,
    "PASSWORD": 35,
    "RESOLVE": 48,
    "CONNECT": 49,
    "CONNECT_TIMEOUT": 50,
    "CONNECTION_LOST": 51,
    "REFUSED": 52,
    "ALPN": 53,
    "CERTIFICATE": 54,
    "HANDSHAKE_REJECTED": 64,
    "HANDSHAKE_PROTOCOL": 65,
    "HOTKEY_MISMATCH": 66,
    "FINGERPRINT": 67,
    "BAD_SIGNATURE": 68,
    "SIGNER": 69,
    "SIGNER_TIMEOUT": 70,
    "MALFORMED": 80,
    "TOO_LARGE": 81,
    "UNEXPECTED_FRAME": 82,
    "STREAM_RESET": 83,
    "STREAM": 84,
    "HANDLER": 96,
}

CATEGORIES: Dict[str, int] = {
    "LOCAL": 0,
    "CONNECTION": 1,
    "HANDSHAKE": 2,
    "SIGNING": 3,
    "SERIALIZATION": 4,
    "TRANSPORT": 5,
    "HANDLER": 6,
    "CONFIG": 7,
    "STREAM": 8,
}

DRIVES: Dict[str, int] = {
    "THREAD": 1,
    "HOST": 2,
    "VIRTUAL": 3,
}

OPS: Dict[str, int] = {
    "CALL": 1,
    "CONNECT": 2,
    "SIGN": 3,
    "REQUEST": 4,
    "STREAM": 5,
    "REGISTRY": 6,
    "STREAM_REQUEST": 7,
    "PERMITS": 8,
    "SOURCES": 9,
    "PASSWORD": 10,
}

EVENTS: Dict[str, int] = {
    "OP_DONE": 1,
    "QUESTION": 2,
    "WITHDRAWN": 3,
    "CLOSED": 4,
    "SIGNER_FAILED": 5,
    "READABLE": 6,
    "WRITABLE": 7,
}

DETAILS: Dict[str, int] = {
    "QUEUE_NS": 1,
    "NETWORK_NS": 2,
    "SETUP_NS": 3,
    "RTT_NS": 4,
    "DEADLINE_NS": 5,
    "CLOCK_OFFSET_MS": 6,
    "ANSWER_CODE": 7,
    "PRIORITY": 8,
    "TYPE": 64,
    "HOTKEY": 65,
    "ADDRESS": 66,
    "FINGERPRINT": 67,
    "ALPN": 68,
}

LOG_LEVELS: Dict[str, int] = {
    "DEBUG": 1,
    "INFO": 2,
    "WARNING": 3,
    "ERROR": 4,
}

PEER_STATES: Dict[str, int] = {
    "WAITING": 1,
    "READY": 2,
    "BACKOFF": 3,
    "EXHAUSTED": 4,
    "FALSE_CLAIM": 5,
    "OVER_LIMIT": 6,
}

METRIC_KINDS: Dict[str, int] = {
    "COUNTER": 1,
    "GAUGE": 2,
    "HISTOGRAM": 3,
}

SOURCE_KINDS: Dict[str, int] = {
    "LISTED": 1,
    "LEARNED": 2,
    "BLOCKED": 3,
}

KEY_FILE_FLAGS: Dict[str, int] = {
    "OVERWRITE": 1,
    "COMPANION": 2,
    "ENCRYPT": 4,
}

CALL_FLAGS: Dict[str, int] = {
    "COLLECT": 1,
    "SEND": 2,
}

CLIENT_OPTION_TABLE: Dict[str, Option] = {
    "connect_timeout_ms": Option("duration", 1, 86400000, False, "10000", False),
    "idle_timeout_ms": Option("duration", 1, 86400000, False, "150000", False),
    "unanswered_timeout_ms": Option("duration", 1000, 86400000, True, "4000", False),
    "keep_alive_interval_ms": Option("duration", 1, 86400000, False, "30000", False),
    "max_connections": Option("number", 1, 65536, False, "1024", False),
    "max_frame_payload_bytes": Option("bytes", 1048576, 4294967295, False, "67108864", False),
    "max_stream_payload_bytes": Option("bytes", 0, 1099511627776, False, "67108864", True),
    "stream_chunk_timeout_ms": Option("duration", 1, 86400000, True, "none", True),
    "reconnect_initial_backoff_ms": Option("duration", 1, 86400000, False, "1000", False),
    "reconnect_max_backoff_ms": Option("duration", 1, 86400000, False, "60000", False),
    "reconnect_max_retries": Option("number", 1, 4294967295, False, "5", False),
    "reconnect_slow_probe_interval_ms": Option("duration", 1, 86400000, True, "60000", False),
    "reconnect_in_background": Option("flag", 0, 0, False, "true", False),
    "max_dials_at_once": Option("number", 1, 65536, False, "256", False),
    "stream_first_chunk_timeout_ms": Option("duration", 1, 86400000, True, "none", True),
    "stream_window_bytes": Option("bytes", 4096, 1073741824, False, "1250000", True),
    "max_unread_bytes": Option("bytes", 1048576, 1099511627776, False, "536870912", False),
    "max_unsent_bytes": Option("bytes", 1048576, 1099511627776, False, "536870912", True),
    "default_timeout_ms": Option("duration", 1, 86400000, False, "60000", True),
    "signer_timeout_ms": Option("duration", 1, 3600000, False, "10000", False),
    "max_calls": Option("number", 1, 1048576, False, "65536", True),
    "qlog_dir": Option("text", 0, 0, False, "off", False),
    "key_log_file": Option("text", 0, 0, False, "off", False),
    "wire_2": Option("flag", 0, 0, False, "true", False),
    "require_wire_2": Option("flag", 0, 0, False, "false", False),
    "max_datagram_bytes": Option("bytes", 1200, 65487, False, "9000", False),
    "ss58_any_prefix": Option("flag", 0, 0, False, "false", False),
}
CLIENT_OPTIONS: Tuple[str, ...] = tuple(CLIENT_OPTION_TABLE)

SERVER_OPTION_TABLE: Dict[str, Option] = {
    "listen": Option("text", 0, 0, False, "127.0.0.1:0", False),
    "max_signature_age_ms": Option("duration", 1000, 3600000, False, "300000", False),
    "nonce_cleanup_interval_ms": Option("duration", 1000, 86400000, False, "60000", False),
    "idle_timeout_ms": Option("duration", 1, 86400000, False, "150000", False),
    "unanswered_timeout_ms": Option("duration", 1000, 86400000, True, "4000", False),
    "keep_alive_interval_ms": Option("duration", 1, 86400000, False, "30000", False),
    "max_connections": Option("number", 1, 65536, False, "128", True),
    "max_nonce_entries": Option("number", 1, 16777216, False, "100000", False),
    "handshake_timeout_ms": Option("duration", 1, 3600000, False, "10000", False),
    "max_handshake_attempts_per_minute": Option("number", 1, 4294967295, False, "30", True),
    "max_concurrent_bidi_streams": Option("number", 1, 65536, False, "128", False),
    "max_tracked_rate_ips": Option("number", 1, 16777216, False, "10000", False),
    "handler_timeout_ms": Option("duration", 1, 86400000, False, "30000", True),
    "max_frame_payload_bytes": Option("bytes", 1048576, 4294967295, False, "67108864", False),
    "require_address_validation": Option("flag", 0, 0, False, "true", False),
    "require_validator_permit": Option("flag", 0, 0, False, "false", True),
    "validator_permit_refresh_ms": Option("duration", 1, 86400000, False, "1800000", False),
    "max_validator_permit_age_ms": Option("duration", 1, 2592000000, True, "none", False),
    "permit_grace_ms": Option("duration", 0, 86400000, False, "60000", False),
    "enforce_source_allowlist": Option("flag", 0, 0, False, "false", True),
    "source_allowlist_refresh_ms": Option("duration", 1, 86400000, False, "300000", False),
    "max_unknown_connections": Option("number", 0, 65536, False, "64", False),
    "idle_sweep_ms": Option("duration", 1, 2592000000, True, "none", False),
    "retry_policy": Option("text", 0, 0, False, "always", False),
    "retry_above_handshakes": Option("number", 0, 4294967295, False, "256", False),
    "retry_above_initials_per_second": Option("number", 0, 4294967295, False, "500", False),
    "max_hotkey_attempts_per_minute": Option("number", 1, 4294967295, False, "30", True),
    "max_unauthenticated_connections": Option("number", 1, 65536, False, "1024", False),
    "max_unauthenticated_per_source": Option("number", 1, 65536, False, "8", False),
    "unauthenticated_timeout_ms": Option("duration", 1, 3600000, False, "10000", False),
    "max_unauthenticated_frame_bytes": Option("bytes", 512, 65536, False, "4096", False),
    "refusal_delay_ms": Option("duration", 0, 5000, False, "50", False),
    "max_verifications_per_turn": Option("number", 1, 4096, False, "16", False),
    "max_requests_in_flight": Option("number", 1, 1048576, False, "16384", True),
    "max_requests_per_peer": Option("number", 1, 1048576, False, "128", True),
    "max_held_bytes": Option("bytes", 1048576, 1099511627776, False, "536870912", True),
    "max_running_bytes": Option("bytes", 1048576, 1099511627776, False, "1073741824", False),
    "max_unsent_bytes": Option("bytes", 1048576, 1099511627776, False, "1073741824", False),
    "streaming_channel_buffer": Option("number", 1, 1048576, False, "32", False),
    "stream_buffer_bytes": Option("bytes", 4096, 1073741824, False, "1250000", False),
    "stream_first_chunk_timeout_ms": Option("duration", 1, 86400000, False, "30000", True),
    "stream_chunk_timeout_ms": Option("duration", 1, 86400000, False, "30000", True),
    "stream_total_timeout_ms": Option("duration", 0, 86400000, False, "0", True),
    "signer_timeout_ms": Option("duration", 1, 3600000, False, "10000", False),
    "drain_timeout_ms": Option("duration", 0, 86400000, False, "0", True),
    "qlog_dir": Option("text", 0, 0, False, "off", False),
    "key_log_file": Option("text", 0, 0, False, "off", False),
    "wire_2": Option("flag", 0, 0, False, "true", False),
    "require_wire_2": Option("flag", 0, 0, False, "false", False),
    "max_datagram_bytes": Option("bytes", 1200, 65487, False, "9000", False),
    "ss58_any_prefix": Option("flag", 0, 0, False, "false", False),
    "server_secret": Option("text", 0, 0, False, "random", False),
}
SERVER_OPTIONS: Tuple[str, ...] = tuple(SERVER_OPTION_TABLE)

RUNTIME_OPTION_TABLE: Dict[str, Option] = {
    "loops": Option("number", 1, 16, False, "1", False),
    "spin_us": Option("number", 0, 1000000, False, "50", False),
    "socket_buffer_bytes": Option("bytes", 65536, 1073741824, False, "4194304", False),
    "udp_offload": Option("flag", 0, 0, False, "true", False),
}
RUNTIME_OPTIONS: Tuple[str, ...] = tuple(RUNTIME_OPTION_TABLE)

CLIENT_STATS: Tuple[str, ...] = (
    "calls_started",
    "calls_ok",
    "calls_failed",
    "calls_in_flight",
    "dials",
    "handshakes_ok",
    "handshakes_failed",
    "connections",
    "reconnects",
    "connections_unanswered",
    "miners_waiting",
    "miners_ready",
    "miners_backoff",
    "miners_exhausted",
    "miners_false_claim",
    "miners_over_limit",
)

SERVER_STATS: Tuple[str, ...] = (
    "connections",
    "authenticated",
    "datagrams_passed",
    "datagrams_passed_lost",
    "nonces",
    "requests",
    "requests_in_flight",
    "requests_timed_out",
    "requests_unary",
    "requests_stream",
    "requests_waiting",
    "requests_withdrawn",
    "handlers_withdrawn",
    "requests_too_slow",
    "requests_over_bytes",
    "held_bytes",
    "running_bytes",
    "unsent_bytes",
    "answers_over_bytes",
    "bytes_lent",
    "streams_open",
    "chunks_sent",
    "answers_unread",
    "requests_unauthenticated",
    "handshakes_ok",
    "refused_rate",
    "refused_hotkey_rate",
    "refused_malformed",
    "refused_clock",
    "refused_nonce",
    "refused_signature",
    "refused_capacity",
    "refused_signer",
    "refused_other_hotkey",
    "unauthenticated_closed",
    "replaced",
    "refused_permit",
    "refused_stranger",
    "dropped_source",
    "permits",
    "permits_held",
    "sources_allowed",
    "sources_bypassed",
    "sources_held",
    "roster_hotkeys",
    "roster_coverage_percent",
    "roster_enforcing",
    "closed_permit",
    "closed_source",
    "closed_idle",
    "datagrams_received",
    "datagrams_dropped",
    "reflectors_ignored",
    "initials_shed",
    "initial_keys_derived",
    "retries_sent",
    "retries_withheld",
    "negotiations_withheld",
    "resets_withheld",
    "refusals_withheld",
    "tokens_accepted",
    "tokens_refused",
    "version_negotiations_sent",
    "stateless_resets_sent",
    "connections_refused",
    "tls_handshakes_failed",
    "tls_handshakes_completed",
    "glitch_closes",
    "connections_unanswered",
    "oddity_ping",
    "oddity_credit",
    "oddity_blocked",
    "oddity_crumb",
    "oddity_empty_stream",
    "oddity_reset",
    "oddity_stop",
    "oddity_connection_id",
    "oddity_path_challenge",
    "oddity_crypto",
    "oddity_token",
    "oddity_moved",
    "oddity_application",
)

// Names, values and limits of the header and of docs/options.md. One file, so that one generator can own it;
// the tests compare the values with the loaded library.

use crate::error::{Category, Code};

impl Code {
    /// `LTN_ERR_INVALID_ARGUMENT`.
    pub const INVALID_ARGUMENT: Code = Code(1);
    /// `LTN_ERR_CLOSED`: the handle, or what it stood for, is closed.
    pub const CLOSED: Code = Code(2);
    /// `LTN_ERR_STATE`: not in this state: started twice, answered twice, ....
    pub const STATE: Code = Code(3);
    /// `LTN_ERR_FORKED`: the handle was made before a fork (P3).
    pub const FORKED: Code = Code(4);
    /// `LTN_ERR_WOULD_DEADLOCK`: a wait that could never end.
    pub const WOULD_DEADLOCK: Code = Code(5);
    /// `LTN_ERR_NO_MEMORY`.
    pub const NO_MEMORY: Code = Code(6);
    /// `LTN_ERR_PENDING`: not finished yet; not a failure.
    pub const PENDING: Code = Code(7);
    /// `LTN_ERR_FULL`: a bounded queue or table is full; nothing was accepted.
    pub const FULL: Code = Code(8);
    /// `LTN_ERR_EMPTY`.
    pub const EMPTY: Code = Code(9);
    /// `LTN_ERR_UNKNOWN_OPTION`.
    pub const UNKNOWN_OPTION: Code = Code(10);
    /// `LTN_ERR_OUT_OF_RANGE`.
    pub const OUT_OF_RANGE: Code = Code(11);
    /// `LTN_ERR_UNSUPPORTED`.
    pub const UNSUPPORTED: Code = Code(12);
    /// `LTN_ERR_IO`.
    pub const IO: Code = Code(13);
    /// `LTN_ERR_INTERNAL`.
    pub const INTERNAL: Code = Code(14);
    /// `LTN_ERR_CANCELLED`.
    pub const CANCELLED: Code = Code(15);
    /// `LTN_ERR_DEADLINE`.
    pub const DEADLINE: Code = Code(16);
    /// `LTN_ERR_SHUTDOWN`: stopped while the operation was under way.
    pub const SHUTDOWN: Code = Code(17);
    /// `LTN_ERR_CONFIG`.
    pub const CONFIG: Code = Code(32);
    /// `LTN_ERR_BAD_KEY`: not a usable sr25519 key, address or key file.
    pub const BAD_KEY: Code = Code(33);
    /// `LTN_ERR_KEY_MISMATCH`: the signer does not sign for the stated key.
    pub const KEY_MISMATCH: Code = Code(34);
    /// `LTN_ERR_PASSWORD`: wrong for this key file, or none was to be had.
    pub const PASSWORD: Code = Code(35);
    /// `LTN_ERR_RESOLVE`.
    pub const RESOLVE: Code = Code(48);
    /// `LTN_ERR_CONNECT`.
    pub const CONNECT: Code = Code(49);
    /// `LTN_ERR_CONNECT_TIMEOUT`.
    pub const CONNECT_TIMEOUT: Code = Code(50);
    /// `LTN_ERR_CONNECTION_LOST`: after a request left; it may have run.
    pub const CONNECTION_LOST: Code = Code(51);
    /// `LTN_ERR_REFUSED`.
    pub const REFUSED: Code = Code(52);
    /// `LTN_ERR_ALPN`.
    pub const ALPN: Code = Code(53);
    /// `LTN_ERR_CERTIFICATE`: the peer did not prove its certificate's key, or sent a chain.
    pub const CERTIFICATE: Code = Code(54);
    /// `LTN_ERR_HANDSHAKE_REJECTED`.
    pub const HANDSHAKE_REJECTED: Code = Code(64);
    /// `LTN_ERR_HANDSHAKE_PROTOCOL`.
    pub const HANDSHAKE_PROTOCOL: Code = Code(65);
    /// `LTN_ERR_HOTKEY_MISMATCH`.
    pub const HOTKEY_MISMATCH: Code = Code(66);
    /// `LTN_ERR_FINGERPRINT`.
    pub const FINGERPRINT: Code = Code(67);
    /// `LTN_ERR_BAD_SIGNATURE`.
    pub const BAD_SIGNATURE: Code = Code(68);
    /// `LTN_ERR_SIGNER`.
    pub const SIGNER: Code = Code(69);
    /// `LTN_ERR_SIGNER_TIMEOUT`.
    pub const SIGNER_TIMEOUT: Code = Code(70);
    /// `LTN_ERR_MALFORMED`.
    pub const MALFORMED: Code = Code(80);
    /// `LTN_ERR_TOO_LARGE`.
    pub const TOO_LARGE: Code = Code(81);
    /// `LTN_ERR_UNEXPECTED_FRAME`.
    pub const UNEXPECTED_FRAME: Code = Code(82);
    /// `LTN_ERR_STREAM_RESET`.
    pub const STREAM_RESET: Code = Code(83);
    /// `LTN_ERR_STREAM`: a streamed answer that ended without success.
    pub const STREAM: Code = Code(84);
    /// `LTN_ERR_HANDLER`.
    pub const HANDLER: Code = Code(96);

    /// Every code that this release of the crate has a name for.
    pub const ALL: &'static [(Code, &'static str)] = &[
        (Code::INVALID_ARGUMENT, "LTN_ERR_INVALID_ARGUMENT"),
        (Code::CLOSED, "LTN_ERR_CLOSED"),
        (Code::STATE, "LTN_ERR_STATE"),
        (Code::FORKED, "LTN_ERR_FORKED"),
        (Code::WOULD_DEADLOCK, "LTN_ERR_WOULD_DEADLOCK"),
        (Code::NO_MEMORY, "LTN_ERR_NO_MEMORY"),
        (Code::PENDING, "LTN_ERR_PENDING"),
        (Code::FULL, "LTN_ERR_FULL"),
        (Code::EMPTY, "LTN_ERR_EMPTY"),
        (Code::UNKNOWN_OPTION, "LTN_ERR_UNKNOWN_OPTION"),
        (Code::OUT_OF_RANGE, "LTN_ERR_OUT_OF_RANGE"),
        (Code::UNSUPPORTED, "LTN_ERR_UNSUPPORTED"),
        (Code::IO, "LTN_ERR_IO"),
        (Code::INTERNAL, "LTN_ERR_INTERNAL"),
        (Code::CANCELLED, "LTN_ERR_CANCELLED"),
        (Code::DEADLINE, "LTN_ERR_DEADLINE"),
        (Code::SHUTDOWN, "LTN_ERR_SHUTDOWN"),
        (Code::CONFIG, "LTN_ERR_CONFIG"),
        (Code::BAD_KEY, "LTN_ERR_BAD_KEY"),
        (Code::KEY_MISMATCH, "LTN_ERR_KEY_MISMATCH"),
        (Code::PASSWORD, "LTN_ERR_PASSWORD"),
        (Code::RESOLVE, "LTN_ERR_RESOLVE"),
        (Code::CONNECT, "LTN_ERR_CONNECT"),
        (Code::CONNECT_TIMEOUT, "LTN_ERR_CONNECT_TIMEOUT"),
        (Code::CONNECTION_LOST, "LTN_ERR_CONNECTION_LOST"),
        (Code::REFUSED, "LTN_ERR_REFUSED"),
        (Code::ALPN, "LTN_ERR_ALPN"),
        (Code::CERTIFICATE, "LTN_ERR_CERTIFICATE"),
        (Code::HANDSHAKE_REJECTED, "LTN_ERR_HANDSHAKE_REJECTED"),
        (Code::HANDSHAKE_PROTOCOL, "LTN_ERR_HANDSHAKE_PROTOCOL"),
        (Code::HOTKEY_MISMATCH, "LTN_ERR_HOTKEY_MISMATCH"),
        (Code::FINGERPRINT, "LTN_ERR_FINGERPRINT"),
        (Code::BAD_SIGNATURE, "LTN_ERR_BAD_SIGNATURE"),
        (Code::SIGNER, "LTN_ERR_SIGNER"),
        (Code::SIGNER_TIMEOUT, "LTN_ERR_SIGNER_TIMEOUT"),
        (Code::MALFORMED, "LTN_ERR_MALFORMED"),
        (Code::TOO_LARGE, "LTN_ERR_TOO_LARGE"),
        (Code::UNEXPECTED_FRAME, "LTN_ERR_UNEXPECTED_FRAME"),
        (Code::STREAM_RESET, "LTN_ERR_STREAM_RESET"),
        (Code::STREAM, "LTN_ERR_STREAM"),
        (Code::HANDLER, "LTN_ERR_HANDLER"),
    ];
}

impl Category {
    /// The category that the library says by this number.
    pub(crate) fn from_number(number: i32) -> Category {
        match number {
            0 => Category::Local,
            1 => Category::Connection,
            2 => Category::Handshake,
            3 => Category::Signing,
            4 => Category::Serialization,
            5 => Category::Transport,
            6 => Category::Handler,
            7 => Category::Config,
            8 => Category::Stream,
            other => Category::Other(other),
        }
    }

    /// Every category that this release of the crate has a name for.
    pub const ALL: &'static [(Category, i32, &'static str)] = &[
        (Category::Local, 0, "LTN_CATEGORY_LOCAL"),
        (Category::Connection, 1, "LTN_CATEGORY_CONNECTION"),
        (Category::Handshake, 2, "LTN_CATEGORY_HANDSHAKE"),
        (Category::Signing, 3, "LTN_CATEGORY_SIGNING"),
        (Category::Serialization, 4, "LTN_CATEGORY_SERIALIZATION"),
        (Category::Transport, 5, "LTN_CATEGORY_TRANSPORT"),
        (Category::Handler, 6, "LTN_CATEGORY_HANDLER"),
        (Category::Config, 7, "LTN_CATEGORY_CONFIG"),
        (Category::Stream, 8, "LTN_CATEGORY_STREAM"),
    ];
}

/// Options of a client.
pub const CLIENT_OPTIONS: &[&str] = &[
    "connect_timeout_ms",
    "idle_timeout_ms",
    "unanswered_timeout_ms",
    "keep_alive_interval_ms",
    "max_connections",
    "max_frame_payload_bytes",
    "max_stream_payload_bytes",
    "stream_chunk_timeout_ms",
    "reconnect_initial_backoff_ms",
    "reconnect_max_backoff_ms",
    "reconnect_max_retries",
    "reconnect_slow_probe_interval_ms",
    "reconnect_in_background",
    "max_dials_at_once",
    "stream_first_chunk_timeout_ms",
    "stream_window_bytes",
    "max_unread_bytes",
    "max_unsent_bytes",
    "default_timeout_ms",
    "signer_timeout_ms",
    "max_calls",
    "qlog_dir",
    "key_log_file",
    "wire_2",
    "require_wire_2",
    "max_datagram_bytes",
    "ss58_any_prefix",
];

/// Options of a server.
pub const SERVER_OPTIONS: &[&str] = &[
    "listen",
    "max_signature_age_ms",
    "nonce_cleanup_interval_ms",
    "idle_timeout_ms",
    "unanswered_timeout_ms",
    "keep_alive_interval_ms",
    "max_connections",
    "max_nonce_entries",
    "handshake_timeout_ms",
    "max_handshake_attempts_per_minute",
    "max_concurrent_bidi_streams",
    "max_tracked_rate_ips",
    "handler_timeout_ms",
    "max_frame_payload_bytes",
    "require_address_validation",
    "require_validator_permit",
    "validator_permit_refresh_ms",
    "max_validator_permit_age_ms",
    "permit_grace_ms",
    "enforce_source_allowlist",
    "source_allowlist_refresh_ms",
    "max_unknown_connections",
    "idle_sweep_ms",
    "retry_policy",
    "retry_above_handshakes",
    "retry_above_initials_per_second",
    "max_hotkey_attempts_per_minute",
    "max_unauthenticated_connections",
    "max_unauthenticated_per_source",
    "unauthenticated_timeout_ms",
    "max_unauthenticated_frame_bytes",
    "refusal_delay_ms",
    "max_verifications_per_turn",
    "max_requests_in_flight",
    "max_requests_per_peer",
    "max_held_bytes",
    "max_running_bytes",
    "max_unsent_bytes",
    "streaming_channel_buffer",
    "stream_buffer_bytes",
    "stream_first_chunk_timeout_ms",
    "stream_chunk_timeout_ms",
    "stream_total_timeout_ms",
    "signer_timeout_ms",
    "drain_timeout_ms",
    "qlog_dir",
    "key_log_file",
    "wire_2",
    "require_wire_2",
    "max_datagram_bytes",
    "ss58_any_prefix",
    "server_secret",
];

/// Options of a runtime.
pub const RUNTIME_OPTIONS: &[&str] = &["loops", "spin_us", "socket_buffer_bytes", "udp_offload"];

/// Counters of a client.
pub const CLIENT_STATS: &[&str] = &[
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
];

/// Counters of a server.
pub const SERVER_STATS: &[&str] = &[
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
];

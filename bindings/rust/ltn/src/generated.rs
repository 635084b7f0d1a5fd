// Made by tools/bindings/generate from the header and docs/options.md; not edited by hand.

// What is not used inside the crate is there for whoever exports it.
#![allow(dead_code, unreachable_pub)]

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

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionInfo {
    /// Its name.
    pub name: &'static str,
    /// `duration`, `number`, `bytes`, `flag` or `text`.
    pub kind: &'static str,
    /// Smallest value; milliseconds for a duration, 0 for flags and texts.
    pub least: u64,
    /// Largest value, likewise.
    pub most: u64,
    /// Whether `none` is a value.
    pub none: bool,
    /// What it is without being set.
    pub default: &'static str,
    /// Whether it may change after start.
    pub any_time: bool,
}

const fn row(
    name: &'static str,
    kind: &'static str,
    least: u64,
    most: u64,
    none: bool,
    default: &'static str,
    any_time: bool,
) -> OptionInfo {
    OptionInfo { name, kind, least, most, none, default, any_time }
}

const fn names<const N: usize>(table: &[OptionInfo; N]) -> [&'static str; N] {
    let mut names = [""; N];
    let mut index = 0;
    while index < N {
        names[index] = table[index].name;
        index += 1;
    }
    names
}

/// What the options of a client take.
pub const CLIENT_OPTION_TABLE: &[OptionInfo; 27] = &[
    row("connect_timeout_ms", "duration", 1, 86400000, false, "10000", false),
    row("idle_timeout_ms", "duration", 1, 86400000, false, "150000", false),
    row("unanswered_timeout_ms", "duration", 1000, 86400000, true, "4000", false),
    row("keep_alive_interval_ms", "duration", 1, 86400000, false, "30000", false),
    row("max_connections", "number", 1, 65536, false, "1024", false),
    row("max_frame_payload_bytes", "bytes", 1048576, 4294967295, false, "67108864", false),
    row("max_stream_payload_bytes", "bytes", 0, 1099511627776, false, "67108864", true),
    row("stream_chunk_timeout_ms", "duration", 1, 86400000, true, "none", true),
    row("reconnect_initial_backoff_ms", "duration", 1, 86400000, false, "1000", false),
    row("reconnect_max_backoff_ms", "duration", 1, 86400000, false, "60000", false),
    row("reconnect_max_retries", "number", 1, 4294967295, false, "5", false),
    row("reconnect_slow_probe_interval_ms", "duration", 1, 86400000, true, "60000", false),
    row("reconnect_in_background", "flag", 0, 0, false, "true", false),
    row("max_dials_at_once", "number", 1, 65536, false, "256", false),
    row("stream_first_chunk_timeout_ms", "duration", 1, 86400000, true, "none", true),
    row("stream_window_bytes", "bytes", 4096, 1073741824, false, "1250000", true),
    row("max_unread_bytes", "bytes", 1048576, 1099511627776, false, "536870912", false),
    row("max_unsent_bytes", "bytes", 1048576, 1099511627776, false, "536870912", true),
    row("default_timeout_ms", "duration", 1, 86400000, false, "60000", true),
    row("signer_timeout_ms", "duration", 1, 3600000, false, "10000", false),
    row("max_calls", "number", 1, 1048576, false, "65536", true),
    row("qlog_dir", "text", 0, 0, false, "off", false),
    row("key_log_file", "text", 0, 0, false, "off", false),
    row("wire_2", "flag", 0, 0, false, "true", false),
    row("require_wire_2", "flag", 0, 0, false, "false", false),
    row("max_datagram_bytes", "bytes", 1200, 65487, false, "9000", false),
    row("ss58_any_prefix", "flag", 0, 0, false, "false", false),
];

/// Options of a client.
pub const CLIENT_OPTIONS: &[&str] = &names(CLIENT_OPTION_TABLE);

/// What the options of a server take.
pub const SERVER_OPTION_TABLE: &[OptionInfo; 52] = &[
    row("listen", "text", 0, 0, false, "127.0.0.1:0", false),
    row("max_signature_age_ms", "duration", 1000, 3600000, false, "300000", false),
    row("nonce_cleanup_interval_ms", "duration", 1000, 86400000, false, "60000", false),
    row("idle_timeout_ms", "duration", 1, 86400000, false, "150000", false),
    row("unanswered_timeout_ms", "duration", 1000, 86400000, true, "4000", false),
    row("keep_alive_interval_ms", "duration", 1, 86400000, false, "30000", false),
    row("max_connections", "number", 1, 65536, false, "128", true),
    row("max_nonce_entries", "number", 1, 16777216, false, "100000", false),
    row("handshake_timeout_ms", "duration", 1, 3600000, false, "10000", false),
    row("max_handshake_attempts_per_minute", "number", 1, 4294967295, false, "30", true),
    row("max_concurrent_bidi_streams", "number", 1, 65536, false, "128", false),
    row("max_tracked_rate_ips", "number", 1, 16777216, false, "10000", false),
    row("handler_timeout_ms", "duration", 1, 86400000, false, "30000", true),
    row("max_frame_payload_bytes", "bytes", 1048576, 4294967295, false, "67108864", false),
    row("require_address_validation", "flag", 0, 0, false, "true", false),
    row("require_validator_permit", "flag", 0, 0, false, "false", true),
    row("validator_permit_refresh_ms", "duration", 1, 86400000, false, "1800000", false),
    row("max_validator_permit_age_ms", "duration", 1, 2592000000, true, "none", false),
    row("permit_grace_ms", "duration", 0, 86400000, false, "60000", false),
    row("enforce_source_allowlist", "flag", 0, 0, false, "false", true),
    row("source_allowlist_refresh_ms", "duration", 1, 86400000, false, "300000", false),
    row("max_unknown_connections", "number", 0, 65536, false, "64", false),
    row("idle_sweep_ms", "duration", 1, 2592000000, true, "none", false),
    row("retry_policy", "text", 0, 0, false, "always", false),
    row("retry_above_handshakes", "number", 0, 4294967295, false, "256", false),
    row("retry_above_initials_per_second", "number", 0, 4294967295, false, "500", false),
    row("max_hotkey_attempts_per_minute", "number", 1, 4294967295, false, "30", true),
    row("max_unauthenticated_connections", "number", 1, 65536, false, "1024", false),
    row("max_unauthenticated_per_source", "number", 1, 65536, false, "8", false),
    row("unauthenticated_timeout_ms", "duration", 1, 3600000, false, "10000", false),
    row("max_unauthenticated_frame_bytes", "bytes", 512, 65536, false, "4096", false),
    row("refusal_delay_ms", "duration", 0, 5000, false, "50", false),
    row("max_verifications_per_turn", "number", 1, 4096, false, "16", false),
    row("max_requests_in_flight", "number", 1, 1048576, false, "16384", true),
    row("max_requests_per_peer", "number", 1, 1048576, false, "128", true),
    row("max_held_bytes", "bytes", 1048576, 1099511627776, false, "536870912", true),
    row("max_running_bytes", "bytes", 1048576, 1099511627776, false, "1073741824", false),
    row("max_unsent_bytes", "bytes", 1048576, 1099511627776, false, "1073741824", false),
    row("streaming_channel_buffer", "number", 1, 1048576, false, "32", false),
    row("stream_buffer_bytes", "bytes", 4096, 1073741824, false, "1250000", false),
    row("stream_first_chunk_timeout_ms", "duration", 1, 86400000, false, "30000", true),
    row("stream_chunk_timeout_ms", "duration", 1, 86400000, false, "30000", true),
    row("stream_total_timeout_ms", "duration", 0, 86400000, false, "0", true),
    row("signer_timeout_ms", "duration", 1, 3600000, false, "10000", false),
    row("drain_timeout_ms", "duration", 0, 86400000, false, "0", true),
    row("qlog_dir", "text", 0, 0, false, "off", false),
    row("key_log_file", "text", 0, 0, false, "off", false),
    row("wire_2", "flag", 0, 0, false, "true", false),
    row("require_wire_2", "flag", 0, 0, false, "false", false),
    row("max_datagram_bytes", "bytes", 1200, 65487, false, "9000", false),
    row("ss58_any_prefix", "flag", 0, 0, false, "false", false),
    row("server_secret", "text", 0, 0, false, "random", false),
];

/// Options of a server.
pub const SERVER_OPTIONS: &[&str] = &names(SERVER_OPTION_TABLE);

/// What the options of a runtime take.
pub const RUNTIME_OPTION_TABLE: &[OptionInfo; 4] = &[
    row("loops", "number", 1, 16, false, "1", false),
    row("spin_us", "number", 0, 1000000, false, "50", false),
    row("socket_buffer_bytes", "bytes", 65536, 1073741824, false, "4194304", false),
    row("udp_offload", "flag", 0, 0, false, "true", false),
];

/// Options of a runtime.
pub const RUNTIME_OPTIONS: &[&str] = &names(RUNTIME_OPTION_TABLE);

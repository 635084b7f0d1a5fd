/* Made by tools/bindings/generate; do not edit. */

export type ErrorCode =
  | 'INVALID_ARGUMENT' | 'CLOSED' | 'STATE' | 'FORKED' | 'WOULD_DEADLOCK' | 'NO_MEMORY' | 'PENDING'
  | 'FULL' | 'EMPTY' | 'UNKNOWN_OPTION' | 'OUT_OF_RANGE' | 'UNSUPPORTED' | 'IO' | 'INTERNAL'
  | 'CANCELLED' | 'DEADLINE' | 'SHUTDOWN' | 'CONFIG' | 'BAD_KEY' | 'KEY_MISMATCH' | 'PASSWORD'
  | 'RESOLVE' | 'CONNECT' | 'CONNECT_TIMEOUT' | 'CONNECTION_LOST' | 'REFUSED' | 'ALPN' | 'CERTIFICATE'
  | 'HANDSHAKE_REJECTED' | 'HANDSHAKE_PROTOCOL' | 'HOTKEY_MISMATCH' | 'FINGERPRINT' | 'BAD_SIGNATURE'
  | 'SIGNER' | 'SIGNER_TIMEOUT' | 'MALFORMED' | 'TOO_LARGE' | 'UNEXPECTED_FRAME' | 'STREAM_RESET'
  | 'STREAM' | 'HANDLER';

export type ErrorCategory =
  | 'local' | 'connection' | 'handshake' | 'signing' | 'serialization' | 'transport' | 'handler'
  | 'config' | 'stream';

/** Options of a client; each also in snake_case, as docs/options.md has them. */
export interface ClientOptionsCamel {
  /** QUIC connect, and each handshake after it. A duration from 1 to 86400000 ms. Default 10000. */
  connectTimeoutMs?: number | string;
  /** A connection without any packet for this long is over. A duration from 1 to 86400000 ms. Default 150000. */
  idleTimeoutMs?: number | string;
  /** A connection with something on its way is given up when nothing comes, or nothing is acknowledged that would let more go, for this long; none leaves it to idle_timeout_ms. Ours. A duration from 1000 to 86400000 ms, or none. Default 4000. */
  unansweredTimeoutMs?: number | string | null;
  /** How often an otherwise silent connection sends a PING; less than idle_timeout_ms. A duration from 1 to 86400000 ms. Default 30000. */
  keepAliveIntervalMs?: number | string;
  /** Addresses connected at once. A whole number from 1 to 65536. Default 1024. */
  maxConnections?: number | string;
  /** Largest frame taken from a peer and sent to one. A number of bytes from 1048576 to 4294967295. Default 67108864. */
  maxFramePayloadBytes?: number | string;
  /** Most that a collected stream may bring; at least max_frame_payload_bytes. A number of bytes from 0 to 1099511627776. Default 67108864. */
  maxStreamPayloadBytes?: number | string;
  /** Longest pause between two chunks. A duration from 1 to 86400000 ms, or none. Default none. */
  streamChunkTimeoutMs?: number | string | null;
  /** Least pause before a registered address that failed is dialled again. A duration from 1 to 86400000 ms. Default 1000. */
  reconnectInitialBackoffMs?: number | string;
  /** Longest such pause. A duration from 1 to 86400000 ms. Default 60000. */
  reconnectMaxBackoffMs?: number | string;
  /** Failures in a row after which an address is only probed slowly. A whole number from 1 to 4294967295. Default 5. */
  reconnectMaxRetries?: number | string;
  /** Pause between those probes; none gives the address up until the next registry update. A duration from 1 to 86400000 ms, or none. Default 60000. */
  reconnectSlowProbeIntervalMs?: number | string | null;
  /** Registered addresses are dialled again by themselves and not only when called. Ours. True or false. Default true. */
  reconnectInBackground?: boolean;
  /** Dials of the registry under way at once. Ours. A whole number from 1 to 65536. Default 256. */
  maxDialsAtOnce?: number | string;
  /** From a request to the first chunk of its streamed answer. Ours. A duration from 1 to 86400000 ms, or none. Default none. */
  streamFirstChunkTimeoutMs?: number | string | null;
  /** Chunks of one stream that wait for their reader before the peer is held back. Ours. A number of bytes from 4096 to 1073741824. Default 1250000. */
  streamWindowBytes?: number | string;
  /** Chunks that wait for their readers and do not count against the windows of their connections, all together. Beyond it, streams that nobody reads hold up the calls beside them. Ours. A number of bytes from 1048576 to 1099511627776. Default 536870912. */
  maxUnreadBytes?: number | string;
  /** Request bytes accepted and not yet acknowledged, all calls together. Ours. A number of bytes from 1048576 to 1099511627776. Default 536870912. */
  maxUnsentBytes?: number | string;
  /** Deadline of a call that names none. Ours: the original waits without end. A duration from 1 to 86400000 ms. Default 60000. */
  defaultTimeoutMs?: number | string;
  /** How long a signer may take for one signature. Ours. A duration from 1 to 3600000 ms. Default 10000. */
  signerTimeoutMs?: number | string;
  /** Calls accepted and not yet ended; more are refused. Ours. A whole number from 1 to 1048576. Default 65536. */
  maxCalls?: number | string;
  /** Folder for a qlog of each connection: mode 0600, at most 16 MiB each and 1,000 files. For finding faults. Ours. Text. Default off. */
  qlogDir?: string;
  /** File that gets the TLS secrets of every connection, for packet analysers: mode 0600, at most 16 MiB. Whoever reads it reads all. Ours. Text. Default off. */
  keyLogFile?: string;
  /** Prefers btlightning/2 to btlightning with peers that know it (docs/wire-2.md). Ours. True or false. Default true. */
  wire2?: boolean;
  /** Speaks btlightning/2 only: peers without it are turned away. Ours. True or false. Default false. */
  requireWire2?: boolean;
  /** Largest UDP payload taken, and looked for when there is much to send, as far as path and peer go: 1452, 8848, 16384, 32768 or 65487. Above 1472 only with wire_2. Ours. A number of bytes from 1200 to 65487. Default 9000. */
  maxDatagramBytes?: number | string;
  /** Takes hotkeys of peers in any SS58 prefix, as the original does. Ours. True or false. Default false. */
  ss58AnyPrefix?: boolean;
}

export type ClientOptionsSnake =
  & { [name in
    | 'connect_timeout_ms' | 'idle_timeout_ms' | 'keep_alive_interval_ms' | 'max_connections'
    | 'max_frame_payload_bytes' | 'max_stream_payload_bytes' | 'reconnect_initial_backoff_ms'
    | 'reconnect_max_backoff_ms' | 'reconnect_max_retries' | 'max_dials_at_once'
    | 'stream_window_bytes' | 'max_unread_bytes' | 'max_unsent_bytes' | 'default_timeout_ms'
    | 'signer_timeout_ms' | 'max_calls' | 'max_datagram_bytes']?: number | string }
  & { [name in
    | 'unanswered_timeout_ms' | 'stream_chunk_timeout_ms' | 'reconnect_slow_probe_interval_ms'
    | 'stream_first_chunk_timeout_ms']?: number | string | null }
  & { [name in
    | 'reconnect_in_background' | 'wire_2' | 'require_wire_2' | 'ss58_any_prefix']?: boolean }
  & { [name in
    | 'qlog_dir' | 'key_log_file']?: string };

export type ClientOptions = ClientOptionsCamel & ClientOptionsSnake;

/** Options of a server; each also in snake_case, as docs/options.md has them. */
export interface ServerOptionsCamel {
  /** Address to bind: ip:port or [ipv6]:port; port 0 picks one. Text. Default 127.0.0.1:0. */
  listen?: string;
  /** Age from which a handshake's timestamp is refused. A duration from 1000 to 3600000 ms. Default 300000. */
  maxSignatureAgeMs?: number | string;
  /** How often expired nonces and rate entries are dropped. A duration from 1000 to 86400000 ms. Default 60000. */
  nonceCleanupIntervalMs?: number | string;
  /** A connection without any packet for this long is over. A duration from 1 to 86400000 ms. Default 150000. */
  idleTimeoutMs?: number | string;
  /** A connection whose congestion window is full is given up when nothing is acknowledged for this long; none leaves it to idle_timeout_ms. Ours. A duration from 1000 to 86400000 ms, or none. Default 4000. */
  unansweredTimeoutMs?: number | string | null;
  /** How often an otherwise silent authenticated connection sends a PING. A duration from 1 to 86400000 ms. Default 30000. */
  keepAliveIntervalMs?: number | string;
  /** Authenticated hotkeys at once. A whole number from 1 to 65536. Default 128. */
  maxConnections?: number | string;
  /** Nonces remembered; when full, new handshakes are refused, never old nonces forgotten. A whole number from 1 to 16777216. Default 100000. */
  maxNonceEntries?: number | string;
  /** From a handshake request to its answer; less than idle_timeout_ms. A duration from 1 to 3600000 ms. Default 10000. */
  handshakeTimeoutMs?: number | string;
  /** Handshake requests a minute from one source (IPv4 /32, IPv6 /64). Lifts max_hotkey_attempts_per_minute to at least the same. A whole number from 1 to 4294967295. Default 30. */
  maxHandshakeAttemptsPerMinute?: number | string;
  /** Requests an authenticated peer may have open at once. A whole number from 1 to 65536. Default 128. */
  maxConcurrentBidiStreams?: number | string;
  /** Sources the rate limiter remembers. A whole number from 1 to 16777216. Default 10000. */
  maxTrackedRateIps?: number | string;
  /** From a request to its answer; less than idle_timeout_ms. A duration from 1 to 86400000 ms. Default 30000. */
  handlerTimeoutMs?: number | string;
  /** Largest frame taken from an authenticated peer and sent to one. A number of bytes from 1048576 to 4294967295. Default 67108864. */
  maxFramePayloadBytes?: number | string;
  /** Answers a first contact with Retry, so that nothing is kept for forged sources. True or false. Default true. */
  requireAddressValidation?: boolean;
  /** Only hotkeys among the resolved permits are admitted. True or false. Default false. */
  requireValidatorPermit?: boolean;
  /** How often the permits are resolved anew. A duration from 1 to 86400000 ms. Default 1800000. */
  validatorPermitRefreshMs?: number | string;
  /** Permits older than this admit nobody. Ours. A duration from 1 to 2592000000 ms, or none. Default none. */
  maxValidatorPermitAgeMs?: number | string | null;
  /** How long a connected peer that lost its permit may stay. Ours. A duration from 0 to 86400000 ms. Default 60000. */
  permitGraceMs?: number | string;
  /** First contacts from sources that are not allowed are dropped unread. True or false. Default false. */
  enforceSourceAllowlist?: boolean;
  /** How often the allowed sources are resolved anew. A duration from 1 to 86400000 ms. Default 300000. */
  sourceAllowlistRefreshMs?: number | string;
  /** Peers that no roster knows, at once, while it is enforced. Ours. A whole number from 0 to 65536. Default 64. */
  maxUnknownConnections?: number | string;
  /** Closes peers that have asked nothing for this long. Ours. A duration from 1 to 2592000000 ms, or none. Default none. */
  idleSweepMs?: number | string | null;
  /** always, adaptive (only under load) or never: when a first contact has to prove its address. require_address_validation says the first and the last. Ours. Text. Default always. */
  retryPolicy?: string;
  /** Unfinished handshakes above which adaptive asks for proof. Ours. A whole number from 0 to 4294967295. Default 256. */
  retryAboveHandshakes?: number | string;
  /** First contacts a second above which adaptive asks for proof. Ours. A whole number from 0 to 4294967295. Default 500. */
  retryAboveInitialsPerSecond?: number | string;
  /** Proved handshakes a minute of one hotkey, from anywhere. Ours. A whole number from 1 to 4294967295. Default 30. */
  maxHotkeyAttemptsPerMinute?: number | string;
  /** Connections that have not proved a hotkey yet, all sources together. Ours. A whole number from 1 to 65536. Default 1024. */
  maxUnauthenticatedConnections?: number | string;
  /** The same, of one source. Ours. A whole number from 1 to 65536. Default 8. */
  maxUnauthenticatedPerSource?: number | string;
  /** A connection that has not proved a hotkey by then is closed. Ours. A duration from 1 to 3600000 ms. Default 10000. */
  unauthenticatedTimeoutMs?: number | string;
  /** Largest frame taken before a hotkey is proved. Ours. A number of bytes from 512 to 65536. Default 4096. */
  maxUnauthenticatedFrameBytes?: number | string;
  /** Least time from a handshake request to its refusal, so that refusals look alike. Ours. A duration from 0 to 5000 ms. Default 50. */
  refusalDelayMs?: number | string;
  /** sr25519 checks between two turns of sending, so that handshakes do not starve requests. Ours. A whole number from 1 to 4096. Default 16. */
  maxVerificationsPerTurn?: number | string;
  /** Requests with handlers, all peers together; more are answered with an error. Ours. A whole number from 1 to 1048576. Default 16384. */
  maxRequestsInFlight?: number | string;
  /** Of one peer, with handlers; more wait in order. Ours. A whole number from 1 to 1048576. Default 128. */
  maxRequestsPerPeer?: number | string;
  /** Of requests being received or waiting, all peers together; who holds most is refused. Chunks that no handler has taken have as much again, as it was at start. Ours. A number of bytes from 1048576 to 1099511627776. Default 536870912. */
  maxHeldBytes?: number | string;
  /** Bodies of requests whose handlers have not ended, all peers together; of one peer at most as much as stays free, the rest of its requests wait. Ours. A number of bytes from 1048576 to 1099511627776. Default 1073741824. */
  maxRunningBytes?: number | string;
  /** Answers not yet acknowledged, all peers together; of a peer at most as much as stays free: beyond it chunks wait and whole answers are refused as busy. Ours. A number of bytes from 1048576 to 1099511627776. Default 1073741824. */
  maxUnsentBytes?: number | string;
  /** Chunks of a streamed answer that may wait to be sent. A whole number from 1 to 1048576. Default 32. */
  streamingChannelBuffer?: number | string;
  /** The same in bytes; eight times as much may wait for acknowledgements. Ours. A number of bytes from 4096 to 1073741824. Default 1250000. */
  streamBufferBytes?: number | string;
  /** From a request to the first chunk of its streamed answer. Ours. A duration from 1 to 86400000 ms. Default 30000. */
  streamFirstChunkTimeoutMs?: number | string;
  /** From chunk to chunk, the reader's pace included. Ours. A duration from 1 to 86400000 ms. Default 30000. */
  streamChunkTimeoutMs?: number | string;
  /** For a whole streamed answer; 0 is without end. Ours. A duration from 0 to 86400000 ms. Default 0. */
  streamTotalTimeoutMs?: number | string;
  /** How long a signer may take for one signature. Ours. A duration from 1 to 3600000 ms. Default 10000. */
  signerTimeoutMs?: number | string;
  /** How long stop lets running requests finish. Ours. A duration from 0 to 86400000 ms. Default 0. */
  drainTimeoutMs?: number | string;
  /** Folder for a qlog of each connection: mode 0600, at most 16 MiB each and 1,000 files. For finding faults. Ours. Text. Default off. */
  qlogDir?: string;
  /** File that gets the TLS secrets of every connection, for packet analysers: mode 0600, at most 16 MiB. Whoever reads it reads all. Ours. Text. Default off. */
  keyLogFile?: string;
  /** Prefers btlightning/2 to btlightning with peers that know it (docs/wire-2.md). Ours. True or false. Default true. */
  wire2?: boolean;
  /** Speaks btlightning/2 only: peers without it are turned away. Ours. True or false. Default false. */
  requireWire2?: boolean;
  /** Largest UDP payload taken, and looked for when there is much to send, as far as path and peer go: 1452, 8848, 16384, 32768 or 65487. Above 1472 only with wire_2. Ours. A number of bytes from 1200 to 65487. Default 9000. */
  maxDatagramBytes?: number | string;
  /** Takes hotkeys of peers in any SS58 prefix, as the original does. Ours. True or false. Default false. */
  ss58AnyPrefix?: boolean;
  /** 64 to 128 hexadecimal digits that key stateless resets and tokens, so that a restarted server ends old connections at once. Ours. Text. Default random. */
  serverSecret?: string;
}

export type ServerOptionsSnake =
  & { [name in
    | 'listen' | 'retry_policy' | 'qlog_dir' | 'key_log_file' | 'server_secret']?: string }
  & { [name in
    | 'max_signature_age_ms' | 'nonce_cleanup_interval_ms' | 'idle_timeout_ms'
    | 'keep_alive_interval_ms' | 'max_connections' | 'max_nonce_entries' | 'handshake_timeout_ms'
    | 'max_handshake_attempts_per_minute' | 'max_concurrent_bidi_streams' | 'max_tracked_rate_ips'
    | 'handler_timeout_ms' | 'max_frame_payload_bytes' | 'validator_permit_refresh_ms'
    | 'permit_grace_ms' | 'source_allowlist_refresh_ms' | 'max_unknown_connections'
    | 'retry_above_handshakes' | 'retry_above_initials_per_second' | 'max_hotkey_attempts_per_minute'
    | 'max_unauthenticated_connections' | 'max_unauthenticated_per_source'
    | 'unauthenticated_timeout_ms' | 'max_unauthenticated_frame_bytes' | 'refusal_delay_ms'
    | 'max_verifications_per_turn' | 'max_requests_in_flight' | 'max_requests_per_peer'
    | 'max_held_bytes' | 'max_running_bytes' | 'max_unsent_bytes' | 'streaming_channel_buffer'
    | 'stream_buffer_bytes' | 'stream_first_chunk_timeout_ms' | 'stream_chunk_timeout_ms'
    | 'stream_total_timeout_ms' | 'signer_timeout_ms' | 'drain_timeout_ms' | 'max_datagram_bytes']?: number | string }
  & { [name in
    | 'unanswered_timeout_ms' | 'max_validator_permit_age_ms' | 'idle_sweep_ms']?: number | string | null }
  & { [name in
    | 'require_address_validation' | 'require_validator_permit' | 'enforce_source_allowlist'
    | 'wire_2' | 'require_wire_2' | 'ss58_any_prefix']?: boolean };

export type ServerOptions = ServerOptionsCamel & ServerOptionsSnake;

/** Options of a runtime; each also in snake_case, as docs/options.md has them. */
export interface RuntimeOptionsCamel {
  /** Threads that serve, each with a socket of its own on a server's port; a client lives on one. More than 1 needs the thread drive, and handlers that may run at the same time. Ours. A whole number from 1 to 16. Default 1. */
  loops?: number | string;
  /** Longest time to poll before sleeping, in microseconds; 0 never polls. Learns when to stop. A whole number from 0 to 1000000. Default 50. */
  spinUs?: number | string;
  /** Asked of the system for each socket and direction. A number of bytes from 65536 to 1073741824. Default 4194304. */
  socketBufferBytes?: number | string;
  /** UDP_SEGMENT and UDP_GRO where the system has them. True or false. Default true. */
  udpOffload?: boolean;
}

export type RuntimeOptionsSnake =
  & { [name in
    | 'loops' | 'spin_us' | 'socket_buffer_bytes']?: number | string }
  & { [name in
    | 'udp_offload']?: boolean };

export type RuntimeOptions = RuntimeOptionsCamel & RuntimeOptionsSnake;

export interface ClientStats {
  /** Calls and connects brought to the core. */
  calls_started: number;
  /** Calls answered with success. */
  calls_ok: number;
  /** Calls that ended in any other way. */
  calls_failed: number;
  /** Calls accepted and not yet ended, waiting ones included. */
  calls_in_flight: number;
  /** Connections begun. */
  dials: number;
  /** Peers that proved their key. */
  handshakes_ok: number;
  /** Peers that did not, or refused ours. */
  handshakes_failed: number;
  /** Connections open now. */
  connections: number;
  /** Dials of addresses that had failed or been lost. */
  reconnects: number;
  /** Connections given up because of unanswered_timeout_ms. */
  connections_unanswered: number;
  /** Registered miners that are being tried or wait for their first try. */
  miners_waiting: number;
  /** Registered miners proved on a live connection. */
  miners_ready: number;
  /** Registered miners that failed and wait for the next try. */
  miners_backoff: number;
  /** Registered miners that failed too often and wait for the next update. */
  miners_exhausted: number;
  /** Registered miners at whose address another hotkey was proved. */
  miners_false_claim: number;
  /** Registered miners for which max_connections has no room. */
  miners_over_limit: number;
}

export interface ServerStats {
  /** Connections open now. */
  connections: number;
  /** Of these, with a proved hotkey. */
  authenticated: number;
  /** Datagrams that came to another loop's socket and were handed over (option loops). */
  datagrams_passed: number;
  /** The same, but that loop was too far behind to take them. */
  datagrams_passed_lost: number;
  /** Nonces remembered now. */
  nonces: number;
  /** Requests taken from authenticated peers. */
  requests: number;
  /** Requests whose handler has not answered yet. */
  requests_in_flight: number;
  /** Requests whose handler took longer than handler_timeout_ms. */
  requests_timed_out: number;
  /** Requests given to handlers that answer once. */
  requests_unary: number;
  /** Requests given to handlers that stream. */
  requests_stream: number;
  /** Requests that wait now: their peer has enough running, or its new path is unproved. */
  requests_waiting: number;
  /** Requests whose caller left, or whose time was up, while a handler had them. */
  requests_withdrawn: number;
  /** Of these, not freed by the host yet: they still occupy their peer's streams. */
  handlers_withdrawn: number;
  /** Requests cut off because their frame came in at less than 1 KiB/s. */
  requests_too_slow: number;
  /** Requests refused for max_held_bytes. */
  requests_over_bytes: number;
  /** Bytes of requests that are being received or wait, now. */
  held_bytes: number;
  /** Bytes of requests whose handlers have not ended, now. */
  running_bytes: number;
  /** Bytes of answers that wait to be sent or acknowledged, now. */
  unsent_bytes: number;
  /** Answers refused for max_unsent_bytes. */
  answers_over_bytes: number;
  /** Bytes of chunks that no handler has taken yet, beside their connections' windows, now. */
  bytes_lent: number;
  /** Streamed answers being written now. */
  streams_open: number;
  /** Chunks of streamed answers taken for sending. */
  chunks_sent: number;
  /** Answers dropped because their peer took nothing for stream_chunk_timeout_ms. */
  answers_unread: number;
  /** Requests refused because the peer had not proved its hotkey. */
  requests_unauthenticated: number;
  /** Peers admitted. */
  handshakes_ok: number;
  /** Handshakes refused by the budget of their source. */
  refused_rate: number;
  /** Handshakes refused by the budget of their proved hotkey. */
  refused_hotkey_rate: number;
  /** Handshakes that could not be decoded. */
  refused_malformed: number;
  /** Handshakes with a timestamp outside the window. */
  refused_clock: number;
  /** Handshakes with a nonce that was used before, or no room to remember it. */
  refused_nonce: number;
  /** Handshakes with a signature that is not good. */
  refused_signature: number;
  /** Handshakes beyond max_connections. */
  refused_capacity: number;
  /** Handshakes that our own signer left unsigned. */
  refused_signer: number;
  /** Handshakes of peers that expect another hotkey here. */
  refused_other_hotkey: number;
  /** Connections closed because they proved no hotkey in time. */
  unauthenticated_closed: number;
  /** Connections closed because their hotkey connected again. */
  replaced: number;
  /** Handshakes of hotkeys without a permit. */
  refused_permit: number;
  /** First contacts refused because too many strangers were there. */
  refused_stranger: number;
  /** First contacts not answered because of the source policy. */
  dropped_source: number;
  /** Hotkeys with a permit, now. */
  permits: number;
  /** 1 while an answer with suspiciously few permits waits for a second like it. */
  permits_held: number;
  /** Prefixes from where peers may connect, now; 0 in a bypass. */
  sources_allowed: number;
  /** 1 while the source policy is a bypass. */
  sources_bypassed: number;
  /** 1 while an answer with suspiciously few sources waits for a second like it. */
  sources_held: number;
  /** Hotkeys of which an address is known from a handshake. */
  roster_hotkeys: number;
  /** Of the permitted hotkeys, how many of them are known. */
  roster_coverage_percent: number;
  /** 1 while strangers get only their small lane. */
  roster_enforcing: number;
  /** Peers closed because their permit was withdrawn. */
  closed_permit: number;
  /** Peers closed because they moved to an address from which nobody may connect. */
  closed_source: number;
  /** Peers closed because they asked nothing for long. */
  closed_idle: number;
  /** UDP datagrams taken in. */
  datagrams_received: number;
  /** Of these, dropped without effect. */
  datagrams_dropped: number;
  /** Of these, from ports of services, whose answers may be misdirected. */
  reflectors_ignored: number;
  /** Of these, first contacts turned away unread for want of room. */
  initials_shed: number;
  /** First contacts whose packet keys were computed. */
  initial_keys_derived: number;
  /** First contacts answered with Retry. */
  retries_sent: number;
  /** Retry answers not sent because there were too many. */
  retries_withheld: number;
  /** Version answers not sent because there were too many. */
  negotiations_withheld: number;
  /** Stateless resets not sent because there were too many. */
  resets_withheld: number;
  /** Refusals not sent because there were too many. */
  refusals_withheld: number;
  /** Address tokens that were good. */
  tokens_accepted: number;
  /** Address tokens that were not. */
  tokens_refused: number;
  /** First contacts in a QUIC version that we do not speak. */
  version_negotiations_sent: number;
  /** Packets of unknown connections answered with a reset. */
  stateless_resets_sent: number;
  /** First contacts refused for want of room. */
  connections_refused: number;
  /** TLS handshakes that failed. */
  tls_handshakes_failed: number;
  /** TLS handshakes that were completed. */
  tls_handshakes_completed: number;
  /** Connections closed for too many senseless packets. */
  glitch_closes: number;
  /** Connections given up because of unanswered_timeout_ms. */
  connections_unanswered: number;
  /** PINGs received. */
  oddity_ping: number;
  /** MAX_DATA, MAX_STREAM_DATA and MAX_STREAMS frames received. */
  oddity_credit: number;
  /** Frames received that say a limit was reached. */
  oddity_blocked: number;
  /** Frames received with a few bytes of a stream ahead of their turn. */
  oddity_crumb: number;
  /** STREAM frames received without bytes that end nothing. */
  oddity_empty_stream: number;
  /** RESET_STREAM frames received that we did not ask for. */
  oddity_reset: number;
  /** STOP_SENDING frames received, but for those of streams that were about to end. */
  oddity_stop: number;
  /** NEW_CONNECTION_ID and RETIRE_CONNECTION_ID frames received. */
  oddity_connection_id: number;
  /** PATH_CHALLENGE frames received. */
  oddity_path_challenge: number;
  /** CRYPTO frames received. */
  oddity_crypto: number;
  /** NEW_TOKEN frames received. */
  oddity_token: number;
  /** Changes of a peer's address. */
  oddity_moved: number;
  /** Oddities in what streams carried. */
  oddity_application: number;
}

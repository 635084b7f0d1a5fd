/* Written by bindings/rust/generate from the headers; not edited by hand. */

pub const LTN_ABI_VERSION: i32 = 0;
pub const LTN_KEY_LEN: i32 = 32;
pub const LTN_SEED_LEN: i32 = 32;
pub const LTN_SIGNATURE_LEN: i32 = 64;
pub const LTN_HOTKEY_TEXT_SIZE: i32 = 64;
pub type ltn_status = i32;
pub const LTN_OK: i32 = 0;
#[doc = " How the library was used, or what the machine could not do."]
pub const LTN_ERR_INVALID_ARGUMENT: i32 = 1;
#[doc = " the handle, or what it stood for, is closed"]
pub const LTN_ERR_CLOSED: i32 = 2;
#[doc = " not in this state: started twice, answered twice, ..."]
pub const LTN_ERR_STATE: i32 = 3;
#[doc = " the handle was made before a fork (P3)"]
pub const LTN_ERR_FORKED: i32 = 4;
#[doc = " a wait that could never end"]
pub const LTN_ERR_WOULD_DEADLOCK: i32 = 5;
pub const LTN_ERR_NO_MEMORY: i32 = 6;
#[doc = " not finished yet; not a failure"]
pub const LTN_ERR_PENDING: i32 = 7;
#[doc = " a bounded queue or table is full; nothing was accepted"]
pub const LTN_ERR_FULL: i32 = 8;
pub const LTN_ERR_EMPTY: i32 = 9;
pub const LTN_ERR_UNKNOWN_OPTION: i32 = 10;
pub const LTN_ERR_OUT_OF_RANGE: i32 = 11;
pub const LTN_ERR_UNSUPPORTED: i32 = 12;
pub const LTN_ERR_IO: i32 = 13;
pub const LTN_ERR_INTERNAL: i32 = 14;
pub const LTN_ERR_CANCELLED: i32 = 15;
pub const LTN_ERR_DEADLINE: i32 = 16;
#[doc = " stopped while the operation was under way"]
pub const LTN_ERR_SHUTDOWN: i32 = 17;
#[doc = " Configuration and keys."]
pub const LTN_ERR_CONFIG: i32 = 32;
#[doc = " not a usable sr25519 key, address or key file"]
pub const LTN_ERR_BAD_KEY: i32 = 33;
#[doc = " the signer does not sign for the stated key"]
pub const LTN_ERR_KEY_MISMATCH: i32 = 34;
#[doc = " wrong for this key file, or none was to be had"]
pub const LTN_ERR_PASSWORD: i32 = 35;
#[doc = " Reaching the peer."]
pub const LTN_ERR_RESOLVE: i32 = 48;
#[doc = " Reaching the peer."]
pub const LTN_ERR_CONNECT: i32 = 49;
#[doc = " Reaching the peer."]
pub const LTN_ERR_CONNECT_TIMEOUT: i32 = 50;
#[doc = " after a request left; it may have run"]
pub const LTN_ERR_CONNECTION_LOST: i32 = 51;
pub const LTN_ERR_REFUSED: i32 = 52;
pub const LTN_ERR_ALPN: i32 = 53;
#[doc = " the peer did not prove its certificate's key, or sent a chain"]
pub const LTN_ERR_CERTIFICATE: i32 = 54;
#[doc = " Proving who is who."]
pub const LTN_ERR_HANDSHAKE_REJECTED: i32 = 64;
#[doc = " Proving who is who."]
pub const LTN_ERR_HANDSHAKE_PROTOCOL: i32 = 65;
#[doc = " Proving who is who."]
pub const LTN_ERR_HOTKEY_MISMATCH: i32 = 66;
#[doc = " Proving who is who."]
pub const LTN_ERR_FINGERPRINT: i32 = 67;
#[doc = " Proving who is who."]
pub const LTN_ERR_BAD_SIGNATURE: i32 = 68;
#[doc = " Proving who is who."]
pub const LTN_ERR_SIGNER: i32 = 69;
#[doc = " Proving who is who."]
pub const LTN_ERR_SIGNER_TIMEOUT: i32 = 70;
#[doc = " What travelled."]
pub const LTN_ERR_MALFORMED: i32 = 80;
#[doc = " What travelled."]
pub const LTN_ERR_TOO_LARGE: i32 = 81;
#[doc = " What travelled."]
pub const LTN_ERR_UNEXPECTED_FRAME: i32 = 82;
#[doc = " What travelled."]
pub const LTN_ERR_STREAM_RESET: i32 = 83;
#[doc = " a streamed answer that ended without success"]
pub const LTN_ERR_STREAM: i32 = 84;
#[doc = " What the other side answered."]
pub const LTN_ERR_HANDLER: i32 = 96;
pub const LTN_CATEGORY_LOCAL: i32 = 0;
pub const LTN_CATEGORY_CONNECTION: i32 = 1;
pub const LTN_CATEGORY_HANDSHAKE: i32 = 2;
pub const LTN_CATEGORY_SIGNING: i32 = 3;
pub const LTN_CATEGORY_SERIALIZATION: i32 = 4;
pub const LTN_CATEGORY_TRANSPORT: i32 = 5;
pub const LTN_CATEGORY_HANDLER: i32 = 6;
pub const LTN_CATEGORY_CONFIG: i32 = 7;
pub const LTN_CATEGORY_STREAM: i32 = 8;
#[doc = " Category of an error, for switching on; the first eight after LOCAL are those of the wire."]
#[doc = " a thread of the library's own, from first start to closed"]
pub const LTN_DRIVE_THREAD: i32 = 1;
#[doc = " you: descriptor, deadline, step"]
pub const LTN_DRIVE_HOST: i32 = 2;
#[doc = " virtual clock and network, made by lightning-testing.h"]
pub const LTN_DRIVE_VIRTUAL: i32 = 3;
#[doc = " Who runs the loop of a runtime."]
#[doc = " yours: a request to a peer"]
pub const LTN_OP_CALL: i32 = 1;
#[doc = " yours: reach and authenticate a peer"]
pub const LTN_OP_CONNECT: i32 = 2;
#[doc = " a question to you: sign these bytes"]
pub const LTN_OP_SIGN: i32 = 3;
#[doc = " a question to you: answer this request"]
pub const LTN_OP_REQUEST: i32 = 4;
#[doc = " yours: a request whose answer is a stream of chunks"]
pub const LTN_OP_STREAM: i32 = 5;
#[doc = " yours: an update of the registry"]
pub const LTN_OP_REGISTRY: i32 = 6;
#[doc = " a question to you: answer this request with a stream"]
pub const LTN_OP_STREAM_REQUEST: i32 = 7;
#[doc = " a question to you: which keys may connect"]
pub const LTN_OP_PERMITS: i32 = 8;
#[doc = " a question to you: which addresses may connect"]
pub const LTN_OP_SOURCES: i32 = 9;
#[doc = " a question to you: the password of the key file whose path is the\ndata"]
pub const LTN_OP_PASSWORD: i32 = 10;
#[doc = " What an operation is."]
#[doc = " `op`, yours, has ended; read it with ltn_op_status"]
pub const LTN_EVENT_OP_DONE: i32 = 1;
#[doc = " `op` is given to you: answer it, then free it"]
pub const LTN_EVENT_QUESTION: i32 = 2;
#[doc = " `op`, a question you hold, is not waited for any more"]
pub const LTN_EVENT_WITHDRAWN: i32 = 3;
#[doc = " the client or server in `object` has closed; its last event"]
pub const LTN_EVENT_CLOSED: i32 = 4;
#[doc = " self-test at start failed; `status` says how; CLOSED follows"]
pub const LTN_EVENT_SIGNER_FAILED: i32 = 5;
#[doc = " `op`: ltn_op_read has something; comes again only after it said\nLTN_ERR_PENDING"]
pub const LTN_EVENT_READABLE: i32 = 6;
#[doc = " `op`: ltn_op_send said LTN_ERR_FULL, and has room again"]
pub const LTN_EVENT_WRITABLE: i32 = 7;
#[doc = " What an event says. Ignore unknown kinds."]
#[doc = " from acceptance to the first byte on the stream"]
pub const LTN_DETAIL_QUEUE_NS: i32 = 1;
#[doc = " from there to the complete answer"]
pub const LTN_DETAIL_NETWORK_NS: i32 = 2;
#[doc = " CONNECT: dial to authenticated"]
pub const LTN_DETAIL_SETUP_NS: i32 = 3;
#[doc = " CONNECT: smoothed round trip of the connection"]
pub const LTN_DETAIL_RTT_NS: i32 = 4;
#[doc = " REQUEST, STREAM_REQUEST: nanoseconds left for the whole\nanswer when asked; none without a limit"]
pub const LTN_DETAIL_DEADLINE_NS: i32 = 5;
#[doc = " CONNECT: the peer's clock minus ours, in steps of 1,000"]
pub const LTN_DETAIL_CLOCK_OFFSET_MS: i32 = 6;
#[doc = " CALL, STREAM that failed: what a peer that speaks\nbtlightning/2 adds to its text (docs/wire-2.md)"]
pub const LTN_DETAIL_ANSWER_CODE: i32 = 7;
#[doc = " REQUEST: as the caller's ltn_call"]
pub const LTN_DETAIL_PRIORITY: i32 = 8;
#[doc = " REQUEST: the name the peer called"]
pub const LTN_DETAIL_TYPE: i32 = 64;
#[doc = " REQUEST, CONNECT: the peer's proved hotkey, SS58 prefix 42"]
pub const LTN_DETAIL_HOTKEY: i32 = 65;
#[doc = " REQUEST, CONNECT: the peer's address, ip:port"]
pub const LTN_DETAIL_ADDRESS: i32 = 66;
#[doc = " CONNECT: Base64 of the server's certificate fingerprint"]
pub const LTN_DETAIL_FINGERPRINT: i32 = 67;
#[doc = " CONNECT: the application protocol that was agreed"]
pub const LTN_DETAIL_ALPN: i32 = 68;
#[doc = " Numbers and texts an operation carries besides its data."]
pub const LTN_LOG_DEBUG: i32 = 1;
pub const LTN_LOG_INFO: i32 = 2;
pub const LTN_LOG_WARNING: i32 = 3;
pub const LTN_LOG_ERROR: i32 = 4;
pub const LTN_HOTKEY_ANY_PREFIX: i32 = 1;
#[doc = " Flags of ltn_hotkey_decode."]
pub const LTN_KEY_FILE_OVERWRITE: i32 = 1;
#[doc = " writes <path>pub.txt too, the public side alone"]
pub const LTN_KEY_FILE_COMPANION: i32 = 2;
#[doc = " writes $NACL, sealed with the password"]
pub const LTN_KEY_FILE_ENCRYPT: i32 = 4;
#[doc = " Flags of ltn_key_file_write (the first) and of ltn_wallet."]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_error {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_bytes {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_signer {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_runtime {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_queue {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_op {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_client {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_server {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_config {
    _unused: [u8; 0],
}
#[doc = " Releases a user_data or lent bytes. Called once, last, on whichever thread let go last; must not\n call the library except to free other objects."]
pub type ltn_destroy_fn =
    ::core::option::Option<unsafe extern "C" fn(user_data: *mut ::core::ffi::c_void)>;
#[doc = " An upcall: `question` is given to you. Its bytes are ltn_op_data; answer with ltn_op_complete (64\n raw bytes) or ltn_op_fail, now or later, from any thread; then ltn_op_free."]
pub type ltn_question_fn = ::core::option::Option<
    unsafe extern "C" fn(question: *mut ltn_op, user_data: *mut ::core::ffi::c_void),
>;
#[doc = " A key file in the layout of the network's wallets, and how it is opened. Everything in it is\n borrowed for the call it is given to. A `~` is not expanded."]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_wallet {
    #[doc = " of this struct as the caller compiled it"]
    pub size: u32,
    #[doc = " LTN_KEY_FILE_... of ltn_wallet_write, otherwise 0"]
    pub flags: u32,
    #[doc = " the key file itself, or NULL and the next three:"]
    pub path: *const ::core::ffi::c_char,
    #[doc = " the folder of the wallets: root/name/hotkeys/hotkey"]
    pub root: *const ::core::ffi::c_char,
    #[doc = " of the wallet; NULL: \"default\""]
    pub name: *const ::core::ffi::c_char,
    #[doc = " its name; NULL: \"default\""]
    pub hotkey: *const ::core::ffi::c_char,
    #[doc = " The password of an encrypted file, from the first of these that is there: this one, the first\n line of a file, the environment variable BT_PW_<PATH> as the wallet software keeps it, `ask`."]
    pub password: *const u8,
    pub password_len: usize,
    pub password_file: *const ::core::ffi::c_char,
    #[doc = " gets an LTN_OP_PASSWORD on the calling thread, may answer from any"]
    pub ask: ltn_question_fn,
    #[doc = " of `ask`"]
    pub user_data: *mut ::core::ffi::c_void,
    #[doc = " how long the call waits for the answer; 0: 60,000"]
    pub ask_timeout_ms: i64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_wallet"][::core::mem::size_of::<ltn_wallet>() - 88usize];
    ["Alignment of ltn_wallet"][::core::mem::align_of::<ltn_wallet>() - 8usize];
    ["Offset of field: ltn_wallet::size"][::core::mem::offset_of!(ltn_wallet, size) - 0usize];
    ["Offset of field: ltn_wallet::flags"][::core::mem::offset_of!(ltn_wallet, flags) - 4usize];
    ["Offset of field: ltn_wallet::path"][::core::mem::offset_of!(ltn_wallet, path) - 8usize];
    ["Offset of field: ltn_wallet::root"][::core::mem::offset_of!(ltn_wallet, root) - 16usize];
    ["Offset of field: ltn_wallet::name"][::core::mem::offset_of!(ltn_wallet, name) - 24usize];
    ["Offset of field: ltn_wallet::hotkey"][::core::mem::offset_of!(ltn_wallet, hotkey) - 32usize];
    ["Offset of field: ltn_wallet::password"]
        [::core::mem::offset_of!(ltn_wallet, password) - 40usize];
    ["Offset of field: ltn_wallet::password_len"]
        [::core::mem::offset_of!(ltn_wallet, password_len) - 48usize];
    ["Offset of field: ltn_wallet::password_file"]
        [::core::mem::offset_of!(ltn_wallet, password_file) - 56usize];
    ["Offset of field: ltn_wallet::ask"][::core::mem::offset_of!(ltn_wallet, ask) - 64usize];
    ["Offset of field: ltn_wallet::user_data"]
        [::core::mem::offset_of!(ltn_wallet, user_data) - 72usize];
    ["Offset of field: ltn_wallet::ask_timeout_ms"]
        [::core::mem::offset_of!(ltn_wallet, ask_timeout_ms) - 80usize];
};
#[doc = " One line per event: a stable name and \"key=value\" fields. Called on the loop's thread without a\n lock; never with secrets or payload."]
pub type ltn_log_fn = ::core::option::Option<
    unsafe extern "C" fn(
        level: i32,
        event: *const ::core::ffi::c_char,
        fields: *const ::core::ffi::c_char,
        user_data: *mut ::core::ffi::c_void,
    ),
>;
#[doc = " ------------------------------------------------------------------------------------------------\n Events and queues. An object delivers its events by upcall on the loop's thread or into a queue\n that you drain. A queue stands alone and may be fed by many objects.\n ---------------------------------------------------------------------------------------------"]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_event {
    #[doc = " of this struct as the caller compiled it"]
    pub size: u32,
    #[doc = " LTN_EVENT_..."]
    pub kind: i32,
    #[doc = " for OP_DONE the outcome, otherwise as the kind says"]
    pub status: i32,
    #[doc = " LTN_OP_..., 0 without op"]
    pub op_kind: i32,
    #[doc = " OP_DONE: yours since the call; QUESTION: given now; WITHDRAWN: yours"]
    pub op: *mut ltn_op,
    #[doc = " of the call, or of the handler or signer that asks"]
    pub tag: u64,
    #[doc = " of the call, or of the handler or signer that asks"]
    pub user_data: *mut ::core::ffi::c_void,
    #[doc = " the ltn_client or ltn_server the event belongs to, or NULL"]
    pub object: *mut ::core::ffi::c_void,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_event"][::core::mem::size_of::<ltn_event>() - 48usize];
    ["Alignment of ltn_event"][::core::mem::align_of::<ltn_event>() - 8usize];
    ["Offset of field: ltn_event::size"][::core::mem::offset_of!(ltn_event, size) - 0usize];
    ["Offset of field: ltn_event::kind"][::core::mem::offset_of!(ltn_event, kind) - 4usize];
    ["Offset of field: ltn_event::status"][::core::mem::offset_of!(ltn_event, status) - 8usize];
    ["Offset of field: ltn_event::op_kind"][::core::mem::offset_of!(ltn_event, op_kind) - 12usize];
    ["Offset of field: ltn_event::op"][::core::mem::offset_of!(ltn_event, op) - 16usize];
    ["Offset of field: ltn_event::tag"][::core::mem::offset_of!(ltn_event, tag) - 24usize];
    ["Offset of field: ltn_event::user_data"]
        [::core::mem::offset_of!(ltn_event, user_data) - 32usize];
    ["Offset of field: ltn_event::object"][::core::mem::offset_of!(ltn_event, object) - 40usize];
};
pub type ltn_event_fn = ::core::option::Option<
    unsafe extern "C" fn(event: *const ltn_event, user_data: *mut ::core::ffi::c_void),
>;
#[doc = " only grows"]
pub const LTN_METRIC_COUNTER: i32 = 1;
#[doc = " goes up and down"]
pub const LTN_METRIC_GAUGE: i32 = 2;
#[doc = " times, in buckets"]
pub const LTN_METRIC_HISTOGRAM: i32 = 3;
#[doc = " ------------------------------------------------------------------------------------------------\n Metrics: everything that a client or server counts, in one picture of one moment.\n ---------------------------------------------------------------------------------------------"]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_metric {
    #[doc = " of this struct as the caller compiled it"]
    pub size: u32,
    #[doc = " LTN_METRIC_..."]
    pub kind: i32,
    #[doc = " All pointers are borrowed from the picture."]
    pub name: *const ::core::ffi::c_char,
    pub help: *const ::core::ffi::c_char,
    #[doc = " name of the label, NULL without one"]
    pub label: *const ::core::ffi::c_char,
    pub label_value: *const ::core::ffi::c_char,
    #[doc = " histogram: how many times were taken"]
    pub value: u64,
    #[doc = " histogram: of all times"]
    pub sum_ns: u64,
    #[doc = " Histogram: `bucket_count` counts, one per bucket; the upper bounds of all but the last, which\n has none."]
    pub bucket_counts: *const u64,
    pub bucket_bounds_ns: *const u64,
    pub bucket_count: usize,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_metric"][::core::mem::size_of::<ltn_metric>() - 80usize];
    ["Alignment of ltn_metric"][::core::mem::align_of::<ltn_metric>() - 8usize];
    ["Offset of field: ltn_metric::size"][::core::mem::offset_of!(ltn_metric, size) - 0usize];
    ["Offset of field: ltn_metric::kind"][::core::mem::offset_of!(ltn_metric, kind) - 4usize];
    ["Offset of field: ltn_metric::name"][::core::mem::offset_of!(ltn_metric, name) - 8usize];
    ["Offset of field: ltn_metric::help"][::core::mem::offset_of!(ltn_metric, help) - 16usize];
    ["Offset of field: ltn_metric::label"][::core::mem::offset_of!(ltn_metric, label) - 24usize];
    ["Offset of field: ltn_metric::label_value"]
        [::core::mem::offset_of!(ltn_metric, label_value) - 32usize];
    ["Offset of field: ltn_metric::value"][::core::mem::offset_of!(ltn_metric, value) - 40usize];
    ["Offset of field: ltn_metric::sum_ns"][::core::mem::offset_of!(ltn_metric, sum_ns) - 48usize];
    ["Offset of field: ltn_metric::bucket_counts"]
        [::core::mem::offset_of!(ltn_metric, bucket_counts) - 56usize];
    ["Offset of field: ltn_metric::bucket_bounds_ns"]
        [::core::mem::offset_of!(ltn_metric, bucket_bounds_ns) - 64usize];
    ["Offset of field: ltn_metric::bucket_count"]
        [::core::mem::offset_of!(ltn_metric, bucket_count) - 72usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_metrics {
    _unused: [u8; 0],
}
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_text_map {
    _unused: [u8; 0],
}
#[doc = " ------------------------------------------------------------------------------------------------\n Client: calls peers by their key.\n ---------------------------------------------------------------------------------------------"]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_call {
    #[doc = " of this struct as the caller compiled it; set by ltn_call_init"]
    pub size: u32,
    #[doc = " LTN_CALL_... or 0"]
    pub flags: u32,
    #[doc = " LTN_KEY_LEN bytes; copied"]
    pub peer: *const u8,
    #[doc = " host:port, ip:port or [ipv6]:port; copied. NULL: where the registry\nknows the peer"]
    pub address: *const ::core::ffi::c_char,
    #[doc = " the name the peer dispatches on; copied"]
    pub type_: *const ::core::ffi::c_char,
    pub type_len: usize,
    #[doc = " one MessagePack map, copied; NULL and 0: the empty map"]
    pub data: *const u8,
    pub data_len: usize,
    #[doc = " instead of data: shared, not copied"]
    pub bytes: *mut ltn_bytes,
    #[doc = " over everything from now to the answer; below 0: without end; 0: the\noption default_timeout_ms"]
    pub timeout_ms: i64,
    #[doc = " comes back in the event"]
    pub tag: u64,
    #[doc = " comes back in the event; no destroy: it is yours until the completion"]
    pub user_data: *mut ::core::ffi::c_void,
    #[doc = " from the request to the first chunk"]
    pub first_chunk_timeout_ms: i64,
    #[doc = " from one chunk to the next"]
    pub chunk_timeout_ms: i64,
    #[doc = " chunks received and not read yet"]
    pub stream_window_bytes: u64,
    #[doc = " of all chunks together; LTN_CALL_COLLECT: 0 is the option\nmax_stream_payload_bytes, otherwise 0 is no limit"]
    pub stream_max_bytes: u64,
    #[doc = " 0 is ordinary, -3 the least and 4 the most urgent: among the calls that\nwait for their turn, here and at the peer; needs btlightning/2 there"]
    pub priority: i64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_call"][::core::mem::size_of::<ltn_call>() - 128usize];
    ["Alignment of ltn_call"][::core::mem::align_of::<ltn_call>() - 8usize];
    ["Offset of field: ltn_call::size"][::core::mem::offset_of!(ltn_call, size) - 0usize];
    ["Offset of field: ltn_call::flags"][::core::mem::offset_of!(ltn_call, flags) - 4usize];
    ["Offset of field: ltn_call::peer"][::core::mem::offset_of!(ltn_call, peer) - 8usize];
    ["Offset of field: ltn_call::address"][::core::mem::offset_of!(ltn_call, address) - 16usize];
    ["Offset of field: ltn_call::type_"][::core::mem::offset_of!(ltn_call, type_) - 24usize];
    ["Offset of field: ltn_call::type_len"][::core::mem::offset_of!(ltn_call, type_len) - 32usize];
    ["Offset of field: ltn_call::data"][::core::mem::offset_of!(ltn_call, data) - 40usize];
    ["Offset of field: ltn_call::data_len"][::core::mem::offset_of!(ltn_call, data_len) - 48usize];
    ["Offset of field: ltn_call::bytes"][::core::mem::offset_of!(ltn_call, bytes) - 56usize];
    ["Offset of field: ltn_call::timeout_ms"]
        [::core::mem::offset_of!(ltn_call, timeout_ms) - 64usize];
    ["Offset of field: ltn_call::tag"][::core::mem::offset_of!(ltn_call, tag) - 72usize];
    ["Offset of field: ltn_call::user_data"]
        [::core::mem::offset_of!(ltn_call, user_data) - 80usize];
    ["Offset of field: ltn_call::first_chunk_timeout_ms"]
        [::core::mem::offset_of!(ltn_call, first_chunk_timeout_ms) - 88usize];
    ["Offset of field: ltn_call::chunk_timeout_ms"]
        [::core::mem::offset_of!(ltn_call, chunk_timeout_ms) - 96usize];
    ["Offset of field: ltn_call::stream_window_bytes"]
        [::core::mem::offset_of!(ltn_call, stream_window_bytes) - 104usize];
    ["Offset of field: ltn_call::stream_max_bytes"]
        [::core::mem::offset_of!(ltn_call, stream_max_bytes) - 112usize];
    ["Offset of field: ltn_call::priority"][::core::mem::offset_of!(ltn_call, priority) - 120usize];
};
pub const LTN_CALL_COLLECT: i32 = 1;
pub const LTN_CALL_SEND: i32 = 2;
#[doc = " Flags of ltn_call. COLLECT (ltn_client_open): all chunks are kept until the end and then read; no\n LTN_EVENT_READABLE comes. SEND (ltn_client_call, ltn_client_open): chunks of yours follow the request,\n by ltn_op_send and ltn_op_end; a peer that does not speak btlightning/2 cannot take them, and the\n operation ends with LTN_ERR_UNSUPPORTED."]
#[doc = " The registry: peers that are to be kept connected, and where."]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_registry_entry {
    #[doc = " SS58 text; copied"]
    pub hotkey: *const ::core::ffi::c_char,
    #[doc = " host:port, ip:port or [ipv6]:port; copied"]
    pub address: *const ::core::ffi::c_char,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_registry_entry"][::core::mem::size_of::<ltn_registry_entry>() - 16usize];
    ["Alignment of ltn_registry_entry"][::core::mem::align_of::<ltn_registry_entry>() - 8usize];
    ["Offset of field: ltn_registry_entry::hotkey"]
        [::core::mem::offset_of!(ltn_registry_entry, hotkey) - 0usize];
    ["Offset of field: ltn_registry_entry::address"]
        [::core::mem::offset_of!(ltn_registry_entry, address) - 8usize];
};
#[doc = " neither proved nor refused yet"]
pub const LTN_PEER_WAITING: i32 = 1;
#[doc = " proved on a live connection"]
pub const LTN_PEER_READY: i32 = 2;
#[doc = " failed; tried again in next_try_ms"]
pub const LTN_PEER_BACKOFF: i32 = 3;
#[doc = " failed too often; waits for the next update"]
pub const LTN_PEER_EXHAUSTED: i32 = 4;
#[doc = " the server there proved another key"]
pub const LTN_PEER_FALSE_CLAIM: i32 = 5;
#[doc = " no room under max_connections"]
pub const LTN_PEER_OVER_LIMIT: i32 = 6;
#[doc = " How a registered or connected peer is doing."]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_peer {
    #[doc = " of this struct as the caller compiled it"]
    pub size: u32,
    #[doc = " LTN_PEER_..."]
    pub state: i32,
    pub key: [u8; 32usize],
    #[doc = " borrowed from the list"]
    pub hotkey: *const ::core::ffi::c_char,
    #[doc = " borrowed from the list"]
    pub address: *const ::core::ffi::c_char,
    #[doc = " why it is not ready, LTN_OK otherwise"]
    pub status: i32,
    #[doc = " failed ones in a row"]
    pub attempts: u32,
    #[doc = " from now; -1: none planned"]
    pub next_try_ms: i64,
    #[doc = " -1: not known"]
    pub rtt_ns: i64,
    #[doc = " its clock minus ours"]
    pub clock_offset_ms: i64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_peer"][::core::mem::size_of::<ltn_peer>() - 88usize];
    ["Alignment of ltn_peer"][::core::mem::align_of::<ltn_peer>() - 8usize];
    ["Offset of field: ltn_peer::size"][::core::mem::offset_of!(ltn_peer, size) - 0usize];
    ["Offset of field: ltn_peer::state"][::core::mem::offset_of!(ltn_peer, state) - 4usize];
    ["Offset of field: ltn_peer::key"][::core::mem::offset_of!(ltn_peer, key) - 8usize];
    ["Offset of field: ltn_peer::hotkey"][::core::mem::offset_of!(ltn_peer, hotkey) - 40usize];
    ["Offset of field: ltn_peer::address"][::core::mem::offset_of!(ltn_peer, address) - 48usize];
    ["Offset of field: ltn_peer::status"][::core::mem::offset_of!(ltn_peer, status) - 56usize];
    ["Offset of field: ltn_peer::attempts"][::core::mem::offset_of!(ltn_peer, attempts) - 60usize];
    ["Offset of field: ltn_peer::next_try_ms"]
        [::core::mem::offset_of!(ltn_peer, next_try_ms) - 64usize];
    ["Offset of field: ltn_peer::rtt_ns"][::core::mem::offset_of!(ltn_peer, rtt_ns) - 72usize];
    ["Offset of field: ltn_peer::clock_offset_ms"]
        [::core::mem::offset_of!(ltn_peer, clock_offset_ms) - 80usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_peer_list {
    _unused: [u8; 0],
}
#[doc = " Told of every accepted handshake, repeats included, on the loop's thread; nothing waits for it.\n `hotkey` (prefix 42) and `address` (ip:port) are borrowed during the upcall. [setup]"]
pub type ltn_observe_fn = ::core::option::Option<
    unsafe extern "C" fn(
        key: *const u8,
        hotkey: *const ::core::ffi::c_char,
        address: *const ::core::ffi::c_char,
        user_data: *mut ::core::ffi::c_void,
    ),
>;
pub const LTN_SOURCE_LISTED: i32 = 1;
pub const LTN_SOURCE_LEARNED: i32 = 2;
pub const LTN_SOURCE_BLOCKED: i32 = 3;
#[doc = " Where peers come from: what the host listed or blocked (ltn_server_set_sources), and what the server\n learned from handshakes that succeeded. For a firewall's list, and for the next run."]
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_source {
    #[doc = " of this struct as the caller compiled it"]
    pub size: u32,
    #[doc = " LTN_SOURCE_..."]
    pub kind: i32,
    #[doc = " \"192.0.2.7/32\"; borrowed from the list"]
    pub prefix: *const ::core::ffi::c_char,
    #[doc = " LEARNED: who proved itself from there; NULL otherwise; borrowed"]
    pub hotkey: *const ::core::ffi::c_char,
    #[doc = " LEARNED: since the last time; -1 otherwise"]
    pub age_ms: i64,
}
#[allow(clippy::unnecessary_operation, clippy::identity_op)]
const _: () = {
    ["Size of ltn_source"][::core::mem::size_of::<ltn_source>() - 32usize];
    ["Alignment of ltn_source"][::core::mem::align_of::<ltn_source>() - 8usize];
    ["Offset of field: ltn_source::size"][::core::mem::offset_of!(ltn_source, size) - 0usize];
    ["Offset of field: ltn_source::kind"][::core::mem::offset_of!(ltn_source, kind) - 4usize];
    ["Offset of field: ltn_source::prefix"][::core::mem::offset_of!(ltn_source, prefix) - 8usize];
    ["Offset of field: ltn_source::hotkey"][::core::mem::offset_of!(ltn_source, hotkey) - 16usize];
    ["Offset of field: ltn_source::age_ms"][::core::mem::offset_of!(ltn_source, age_ms) - 24usize];
};
#[repr(C)]
#[derive(Copy, Clone)]
pub struct ltn_source_list {
    _unused: [u8; 0],
}
unsafe extern "C" {
    #[doc = " \"MAJOR.MINOR.PATCH\" of the library that is loaded. Static. [any, upcall]"]
    pub fn ltn_version() -> *const ::core::ffi::c_char;
    #[doc = " The number in the soname: changes only when something above breaks. [any, upcall]"]
    pub fn ltn_abi_version() -> u32;
    #[doc = " The application protocol token on the wire, \"btlightning\". Static. [any, upcall]"]
    pub fn ltn_wire_protocol() -> *const ::core::ffi::c_char;
    #[doc = " Name and version of the index-th library inside or loaded (\"wolfSSL\", \"5.9.2\"); NULL past the\n end. Static. [any, upcall]"]
    pub fn ltn_component_name(index: usize) -> *const ::core::ffi::c_char;
    pub fn ltn_component_version(index: usize) -> *const ::core::ffi::c_char;
    #[doc = " Value of a constant of this header by its full name, for languages that cannot read it (E4).\n LTN_ERR_INVALID_ARGUMENT when there is none of that name. [any, upcall]"]
    pub fn ltn_constant(value: *mut i64, name: *const ::core::ffi::c_char) -> ltn_status;
    #[doc = " Name of the index-th constant, NULL past the end. Static. [any, upcall]"]
    pub fn ltn_constant_name(index: usize) -> *const ::core::ffi::c_char;
    #[doc = " \"deadline\" for LTN_ERR_DEADLINE and so on; \"unknown\" for a number that is none. Static. [any]"]
    pub fn ltn_status_name(status: ltn_status) -> *const ::core::ffi::c_char;
    pub fn ltn_category_name(category: i32) -> *const ::core::ffi::c_char;
    #[doc = " 1 when the same request, simply made again later, may succeed. [any, upcall]"]
    pub fn ltn_status_retriable(status: ltn_status) -> i32;
    #[doc = " Given; NULL without memory."]
    pub fn ltn_error_new() -> *mut ltn_error;
    pub fn ltn_error_free(error: *mut ltn_error);
    pub fn ltn_error_clear(error: *mut ltn_error);
    pub fn ltn_error_status(error: *const ltn_error) -> ltn_status;
    pub fn ltn_error_category(error: *const ltn_error) -> i32;
    #[doc = " One line for a person, category prefix included (\"connection error: ...\"). Borrowed from the\n error until it changes. Never NULL."]
    pub fn ltn_error_text(error: *const ltn_error) -> *const ::core::ffi::c_char;
    pub fn ltn_error_retriable(error: *const ltn_error) -> i32;
    #[doc = " Given; `data` is copied."]
    pub fn ltn_bytes_new(out: *mut *mut ltn_bytes, data: *const u8, len: usize) -> ltn_status;
    #[doc = " Given; `data` is lent until `destroy` (may be NULL for static data) has run with user_data. When\n this fails, destroy has run already (R3)."]
    pub fn ltn_bytes_lend(
        out: *mut *mut ltn_bytes,
        data: *const u8,
        len: usize,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
    ) -> ltn_status;
    pub fn ltn_bytes_data(bytes: *const ltn_bytes) -> *const u8;
    pub fn ltn_bytes_len(bytes: *const ltn_bytes) -> usize;
    #[doc = " Another given reference to the same bytes. NULL for NULL."]
    pub fn ltn_bytes_retain(bytes: *mut ltn_bytes) -> *mut ltn_bytes;
    pub fn ltn_bytes_free(bytes: *mut ltn_bytes);
    #[doc = " 32 fresh random bytes from the system."]
    pub fn ltn_seed_generate(seed: *mut u8) -> ltn_status;
    #[doc = " Writes the terminated text to `out` (size at least LTN_HOTKEY_TEXT_SIZE is always enough) and its\n length to `len` (may be NULL). LTN_ERR_OUT_OF_RANGE when `out_size` is too small."]
    pub fn ltn_hotkey_encode(
        out: *mut ::core::ffi::c_char,
        out_size: usize,
        len: *mut usize,
        key: *const u8,
    ) -> ltn_status;
    #[doc = " The 32 bytes of a hotkey. Only the minimal form of prefix 42 unless LTN_HOTKEY_ANY_PREFIX.\n LTN_ERR_BAD_KEY says what is wrong with the text; the identity point and bytes that are no point\n are refused too."]
    pub fn ltn_hotkey_decode(
        key: *mut u8,
        text: *const ::core::ffi::c_char,
        flags: u32,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " LTN_OK when `signature` over `message` (signing context \"substrate\") is good for `key`,\n LTN_ERR_BAD_SIGNATURE when not. All borrowed."]
    pub fn ltn_signature_verify(
        key: *const u8,
        message: *const u8,
        message_len: usize,
        signature: *const u8,
        signature_len: usize,
    ) -> ltn_status;
    #[doc = " Writes the plain key file of `seed` (JSON, mode 0600, complete or not at all). LTN_ERR_IO says why\n not; an existing file is kept unless LTN_KEY_FILE_OVERWRITE. [any]"]
    pub fn ltn_key_file_write(
        path: *const ::core::ffi::c_char,
        seed: *const u8,
        flags: u32,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " A signer that holds the secret itself. `seed` is copied to locked memory; wipe yours. Given. [any]"]
    pub fn ltn_signer_new_seed(
        out: *mut *mut ltn_signer,
        seed: *const u8,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The same from a key file: ltn_signer_new_wallet with nothing but a path. Given. [any]"]
    pub fn ltn_signer_new_key_file(
        out: *mut *mut ltn_signer,
        path: *const ::core::ffi::c_char,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Zeroes the struct and fills in its size. [any, upcall]"]
    pub fn ltn_wallet_init(wallet: *mut ltn_wallet, size: usize) -> ltn_status;
    #[doc = " A signer with the key of `wallet`, plain or $NACL. Given. Blocks while a password is turned into a key\n (seconds, 512 MiB) and while `ask` is unanswered; never prompts, and asks only for a file that may hold\n a key. LTN_ERR_WOULD_DEADLOCK inside an upcall. LTN_ERR_IO: unreadable; LTN_ERR_PASSWORD: wrong or\n none; LTN_ERR_BAD_KEY: no usable sr25519 key in it; LTN_ERR_CONFIG: damaged; LTN_ERR_UNSUPPORTED:\n another encryption, by name; LTN_ERR_NO_MEMORY; LTN_ERR_DEADLINE: `ask` was not answered. [any]"]
    pub fn ltn_signer_new_wallet(
        out: *mut *mut ltn_signer,
        wallet: *const ltn_wallet,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The public key of `wallet` without any password: of an encrypted file its companion is asked, whose\n word nobody has checked. [any, upcall]"]
    pub fn ltn_wallet_public_key(
        wallet: *const ltn_wallet,
        key: *mut u8,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Writes the key file of `seed` (mode 0600, complete or not at all), for a wallet without `path` with the\n folders above it (mode 0700). LTN_KEY_FILE_ENCRYPT takes the password as ltn_signer_new_wallet does,\n and as long. [any]"]
    pub fn ltn_wallet_write(
        wallet: *const ltn_wallet,
        seed: *const u8,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " A signer that asks you (S1). `key` is the public key it signs for. The question comes as an upcall\n on the loop's thread. Given. LTN_ERR_BAD_KEY when `key` is no usable key. [any]"]
    pub fn ltn_signer_new_callback(
        out: *mut *mut ltn_signer,
        key: *const u8,
        sign: ltn_question_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The same, but the question comes as LTN_EVENT_QUESTION through `queue`, which the signer keeps\n alive; `tag` comes with it. Given. [any]"]
    pub fn ltn_signer_new_queue(
        out: *mut *mut ltn_signer,
        key: *const u8,
        queue: *mut ltn_queue,
        tag: u64,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_signer_public_key(signer: *const ltn_signer, key: *mut u8) -> ltn_status;
    #[doc = " What is not as it should be with a signer that works: that others may read its key file. Empty when there\n is nothing. Also logged at the start of whatever uses it. Borrowed from the signer. [any, upcall]"]
    pub fn ltn_signer_warning(signer: *const ltn_signer) -> *const ::core::ffi::c_char;
    #[doc = " Signs `message` (borrowed, at most 1 MiB) with the signing context \"substrate\", for a question that\n another signer got and for text that never reaches a peer. LTN_ERR_UNSUPPORTED for a signer that\n asks: its answers come later. [any, upcall]"]
    pub fn ltn_signer_sign(
        signer: *const ltn_signer,
        signature: *mut u8,
        message: *const u8,
        message_len: usize,
    ) -> ltn_status;
    pub fn ltn_signer_free(signer: *mut ltn_signer);
    #[doc = " Reads the tables [client], [server] and [runtime] of a TOML file (NULL: none) and the variables\n LTN_CLIENT_<NAME>, LTN_SERVER_<NAME>, LTN_RUNTIME_<NAME>; names and values as in docs/options.md.\n LTN_ERR_UNKNOWN_OPTION and LTN_ERR_OUT_OF_RANGE as from a set function, LTN_ERR_CONFIG for what is no\n TOML, LTN_ERR_IO. Given. [any]"]
    pub fn ltn_config_load(
        out: *mut *mut ltn_config,
        path: *const ::core::ffi::c_char,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Whether a client and a server with this and nothing else would start: the rules between settings. [any]"]
    pub fn ltn_config_check(config: *const ltn_config, error: *mut ltn_error) -> ltn_status;
    #[doc = " What a source says of a setting: `section` is \"client\", \"server\" or \"runtime\". Value as it was given, and\n where (\"ltn.toml:4\"); both borrowed from `config`, either may be NULL. LTN_ERR_EMPTY: nothing.\n [any, upcall]"]
    pub fn ltn_config_get(
        config: *const ltn_config,
        value: *mut *const ::core::ffi::c_char,
        origin: *mut *const ::core::ffi::c_char,
        section: *const ::core::ffi::c_char,
        name: *const ::core::ffi::c_char,
    ) -> ltn_status;
    #[doc = " Sets what code has not set, and keeps nothing of `config`. [setup]"]
    pub fn ltn_client_set_config(
        client: *mut ltn_client,
        config: *const ltn_config,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_server_set_config(
        server: *mut ltn_server,
        config: *const ltn_config,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_runtime_set_config(
        runtime: *mut ltn_runtime,
        config: *const ltn_config,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_config_free(config: *mut ltn_config);
    #[doc = " Given. `drive`: LTN_DRIVE_THREAD or LTN_DRIVE_HOST. Starts nothing. [any]"]
    pub fn ltn_runtime_new(
        out: *mut *mut ltn_runtime,
        drive: i32,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Options of docs/options.md, \"runtime\". [setup]"]
    pub fn ltn_runtime_set(
        runtime: *mut ltn_runtime,
        name: *const ::core::ffi::c_char,
        value: *const ::core::ffi::c_char,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Where log events go (nowhere by default). [setup]"]
    pub fn ltn_runtime_set_log(
        runtime: *mut ltn_runtime,
        level: i32,
        log: ltn_log_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
    ) -> ltn_status;
    #[doc = " LTN_DRIVE_HOST only. A descriptor that is readable when step has something to do: for epoll, asyncio\n and the like; only the library reads it, do not close it. LTN_ERR_STATE before the first start. [any]"]
    pub fn ltn_runtime_descriptor(runtime: *mut ltn_runtime, fd: *mut i32) -> ltn_status;
    #[doc = " LTN_DRIVE_HOST and virtual: milliseconds until step has to run even without the descriptor, rounded\n up; -1 when nothing waits. [any, upcall]"]
    pub fn ltn_runtime_deadline_ms(runtime: *mut ltn_runtime, ms: *mut i64) -> ltn_status;
    #[doc = " LTN_DRIVE_HOST and virtual: runs what is due, upcalls included, on this thread; waits at most\n timeout_ms for something to become due. LTN_ERR_WOULD_DEADLOCK inside an upcall. [object]"]
    pub fn ltn_runtime_step(runtime: *mut ltn_runtime, timeout_ms: i64) -> ltn_status;
    #[doc = " Stops every client and server attached; never blocks. [any, upcall]"]
    pub fn ltn_runtime_stop(runtime: *mut ltn_runtime) -> ltn_status;
    #[doc = " LTN_OK once nothing of the runtime runs any more: every object closed, no thread, no upcall to\n come. LTN_ERR_PENDING when the timeout ended first. [any]"]
    pub fn ltn_runtime_wait(runtime: *mut ltn_runtime, timeout_ms: i64) -> ltn_status;
    #[doc = " Before everything closed: stops it and detaches, without waiting. [any, upcall]"]
    pub fn ltn_runtime_free(runtime: *mut ltn_runtime);
    #[doc = " Given. `capacity`: how many completions and questions may be accepted and not yet drained; 0 takes\n the default of 65,536. An accepted operation has its place reserved. [any]"]
    pub fn ltn_queue_new(
        out: *mut *mut ltn_queue,
        capacity: usize,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " A descriptor that is readable exactly when the queue is not empty. Only the library reads it; do\n not close it. [any, upcall]"]
    pub fn ltn_queue_descriptor(queue: *mut ltn_queue, fd: *mut i32) -> ltn_status;
    #[doc = " Moves up to `capacity` events out; `event_size` is sizeof(ltn_event) as you compiled it. An empty\n queue is no failure: LTN_OK with *count 0. LTN_ERR_CLOSED once closed and empty. [any, upcall]"]
    pub fn ltn_queue_drain(
        queue: *mut ltn_queue,
        events: *mut ltn_event,
        count: *mut usize,
        capacity: usize,
        event_size: usize,
    ) -> ltn_status;
    #[doc = " LTN_OK when the queue is not empty, LTN_ERR_PENDING after the timeout, LTN_ERR_CLOSED when closed.\n While waiting, this thread does the network work of the runtimes that feed the queue (no upcall runs on\n it). [any]"]
    pub fn ltn_queue_wait(queue: *mut ltn_queue, timeout_ms: i64) -> ltn_status;
    #[doc = " Nothing more comes in; wakes waiters. Questions inside are failed. [any, upcall]"]
    pub fn ltn_queue_close(queue: *mut ltn_queue) -> ltn_status;
    pub fn ltn_queue_free(queue: *mut ltn_queue);
    #[doc = " LTN_OK when the operation has ended (see ltn_op_status for how), LTN_ERR_PENDING after the timeout.\n While waiting, this thread does the network work of the operation's runtime; no upcall, handler or\n signer runs on it. Waits may be sliced. LTN_ERR_WOULD_DEADLOCK inside an upcall, and under\n host or virtual drive when only an upcall could end it. [any]"]
    pub fn ltn_op_wait(op: *mut ltn_op, timeout_ms: i64) -> ltn_status;
    #[doc = " LTN_ERR_PENDING until it has ended, then its outcome. For a question: LTN_ERR_PENDING while it may be\n answered, LTN_OK once answered, otherwise why it was withdrawn. [any, upcall]"]
    pub fn ltn_op_status(op: *const ltn_op) -> ltn_status;
    #[doc = " Detail of the outcome into `error`; LTN_ERR_PENDING before. For LTN_ERR_HANDLER the text is\n what the peer answered. [any, upcall]"]
    pub fn ltn_op_error(op: *const ltn_op, error: *mut ltn_error) -> ltn_status;
    pub fn ltn_op_kind(op: *const ltn_op) -> i32;
    pub fn ltn_op_tag(op: *const ltn_op) -> u64;
    pub fn ltn_op_user_data(op: *const ltn_op) -> *mut ::core::ffi::c_void;
    #[doc = " CALL after success: the answer, one MessagePack map. REQUEST: what the peer sent, one MessagePack map.\n SIGN: the exact bytes to sign. Borrowed from the operation. LTN_ERR_PENDING before the end of a call,\n LTN_ERR_EMPTY when it has none. [any, upcall]"]
    pub fn ltn_op_data(op: *const ltn_op, data: *mut *const u8, len: *mut usize) -> ltn_status;
    #[doc = " The same bytes with an owner of their own, so that they outlive the operation. Given. [any, upcall]"]
    pub fn ltn_op_data_retain(op: *const ltn_op, out: *mut *mut ltn_bytes) -> ltn_status;
    #[doc = " Numbers and texts of LTN_DETAIL_...; LTN_ERR_EMPTY when this operation has none of that kind. The\n text is borrowed from the operation. [any, upcall]"]
    pub fn ltn_op_number(op: *const ltn_op, value: *mut i64, detail: i32) -> ltn_status;
    pub fn ltn_op_text(
        op: *const ltn_op,
        text: *mut *const ::core::ffi::c_char,
        len: *mut usize,
        detail: i32,
    ) -> ltn_status;
    #[doc = " REQUEST, CONNECT: the peer's proved key. [any, upcall]"]
    pub fn ltn_op_peer(op: *const ltn_op, key: *mut u8) -> ltn_status;
    #[doc = " Asks for an early end; the one completion still comes, with LTN_ERR_CANCELLED if the cancel won.\n LTN_ERR_STATE for questions. [any, upcall]"]
    pub fn ltn_op_cancel(op: *mut ltn_op) -> ltn_status;
    #[doc = " Answers a question. REQUEST: `data` is one MessagePack map (NULL and 0: the empty map), copied.\n SIGN: the 64 raw bytes of the signature, copied. LTN_ERR_STATE when already answered or withdrawn,\n LTN_ERR_MALFORMED when it is no map (the question stays open), LTN_ERR_TOO_LARGE above the frame limit\n (the peer reads `internal serialization error`), LTN_ERR_FULL beyond max_unsent_bytes (the peer reads\n `request processing failed`, code busy). [any, upcall]"]
    pub fn ltn_op_complete(
        op: *mut ltn_op,
        data: *const u8,
        len: usize,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The same with bytes that are lent or shared: no copy is made. `bytes` keeps its own reference."]
    pub fn ltn_op_complete_bytes(
        op: *mut ltn_op,
        bytes: *mut ltn_bytes,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Answers a question with \"no\". `text` (may be NULL, copied) goes to the log only: a peer reads\n `request processing failed`. LTN_ERR_STATE when already answered or withdrawn. [any, upcall]"]
    pub fn ltn_op_fail(op: *mut ltn_op, text: *const ::core::ffi::c_char) -> ltn_status;
    #[doc = " ---- Streams. The reader's pace is the writer's: what is sent and not read yet is bounded on both\n sides (docs/options.md, stream_window_bytes and stream_buffer_bytes).\n\n STREAM: the next chunk, given. LTN_ERR_PENDING: none within `timeout_ms` (LTN_EVENT_READABLE tells\n of the next); LTN_ERR_EMPTY: the stream has ended and all was read, ltn_op_status says how it\n ended, now and at every later call. Reading is what lets the peer send more. While waiting, as\n ltn_op_wait. REQUEST and STREAM_REQUEST whose caller sends chunks of its own: the next of those,\n LTN_ERR_EMPTY after the last, why it was withdrawn if it was; events go where questions go.\n LTN_ERR_STATE for other kinds, and for requests that bring none. One reader at a time.\n [any, upcall with timeout 0]"]
    pub fn ltn_op_read(op: *mut ltn_op, chunk: *mut *mut ltn_bytes, timeout_ms: i64) -> ltn_status;
    #[doc = " STREAM_REQUEST: one more chunk, copied. LTN_ERR_FULL: the reader is behind and no room came within\n `timeout_ms`; nothing was taken, LTN_EVENT_WRITABLE follows. LTN_ERR_TOO_LARGE above the frame\n limit. Why the request was withdrawn (its caller is gone, it ran out of time) otherwise. After the\n last chunk: ltn_op_complete with NULL and 0, or ltn_op_fail (the peer reads `stream processing\n failed`). CALL and STREAM with LTN_CALL_SEND: the same towards the peer; LTN_ERR_FULL also while the\n peer is being reached, LTN_ERR_CLOSED once it takes no more (its answer follows or is there). After\n the last chunk: ltn_op_end. [any, upcall with timeout 0]"]
    pub fn ltn_op_send(
        op: *mut ltn_op,
        data: *const u8,
        len: usize,
        timeout_ms: i64,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The same without a copy. `bytes` keeps its own reference."]
    pub fn ltn_op_send_bytes(
        op: *mut ltn_op,
        bytes: *mut ltn_bytes,
        timeout_ms: i64,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " CALL and STREAM with LTN_CALL_SEND: no chunk follows. LTN_ERR_STATE for others, and the second time.\n [any, upcall]"]
    pub fn ltn_op_end(op: *mut ltn_op, error: *mut ltn_error) -> ltn_status;
    #[doc = " REGISTRY, once ended: how the entry of this index came out (LTN_OK: proved and connected); detail\n into `error`. LTN_ERR_PENDING while it is not known (it may be known before the operation ends),\n LTN_ERR_OUT_OF_RANGE. [any, upcall]"]
    pub fn ltn_op_outcome(
        op: *mut ltn_op,
        outcome: *mut ltn_status,
        index: usize,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_op_free(op: *mut ltn_op);
    #[doc = " Given. Empty before start. Names are stable; new ones may come. [any, upcall]"]
    pub fn ltn_client_metrics(
        client: *mut ltn_client,
        out: *mut *mut ltn_metrics,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_server_metrics(
        server: *mut ltn_server,
        out: *mut *mut ltn_metrics,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_metrics_count(metrics: *const ltn_metrics) -> usize;
    #[doc = " `metric->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_metrics_get(
        metrics: *const ltn_metrics,
        metric: *mut ltn_metric,
        index: usize,
    ) -> ltn_status;
    pub fn ltn_metrics_free(metrics: *mut ltn_metrics);
    #[doc = " `total_connections`, `active_miners` (hotkeys that are proved), and `connection_<ip:port>` for each address\n that is connected (\"active\") or was tried in vain (\"closed(<status name>)\"); the first counts both. Given.\n Before start both totals are \"0\". [any, upcall]"]
    pub fn ltn_client_connection_stats(
        client: *mut ltn_client,
        out: *mut *mut ltn_text_map,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " `total_connections`, `verified_connections`, and `connection_<hotkey>` (prefix 42) with a number for each\n proved peer, which no later connection has. Otherwise as above."]
    pub fn ltn_server_connection_stats(
        server: *mut ltn_server,
        out: *mut *mut ltn_text_map,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_text_map_count(map: *const ltn_text_map) -> usize;
    #[doc = " In the order of the names; both texts are borrowed from the map. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_text_map_get(
        map: *const ltn_text_map,
        key: *mut *const ::core::ffi::c_char,
        value: *mut *const ::core::ffi::c_char,
        index: usize,
    ) -> ltn_status;
    pub fn ltn_text_map_free(map: *mut ltn_text_map);
    #[doc = " Fills `call` with defaults; `size` is sizeof(ltn_call) as you compiled it. [any, upcall]"]
    pub fn ltn_call_init(call: *mut ltn_call, size: usize) -> ltn_status;
    #[doc = " Given. `runtime` may be NULL for a private one with its own thread. `signer` says who we are; the client\n keeps a reference. [any]"]
    pub fn ltn_client_new(
        out: *mut *mut ltn_client,
        runtime: *mut ltn_runtime,
        signer: *mut ltn_signer,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Options of docs/options.md, \"client\"; after start those that the page says change at any time, for\n what begins from then on: another is LTN_ERR_STATE, a value against the rules between settings\n LTN_ERR_CONFIG, and nothing has changed then. [setup; any, upcall after start]"]
    pub fn ltn_client_set(
        client: *mut ltn_client,
        name: *const ::core::ffi::c_char,
        value: *const ::core::ffi::c_char,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Where events go: one of the two, or neither (then wait for or poll the operations). [setup]"]
    pub fn ltn_client_deliver_queue(client: *mut ltn_client, queue: *mut ltn_queue) -> ltn_status;
    pub fn ltn_client_deliver_upcall(
        client: *mut ltn_client,
        deliver: ltn_event_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
    ) -> ltn_status;
    #[doc = " Opens the sockets and starts the self-test of the signer; calls are accepted at once and wait for\n it. LTN_ERR_CONFIG, LTN_ERR_IO, LTN_ERR_STATE. [setup]"]
    pub fn ltn_client_start(client: *mut ltn_client, error: *mut ltn_error) -> ltn_status;
    #[doc = " Accepts a request; on LTN_OK `*op` is given and ends exactly once. Dials the address when there is no\n live connection. Rejected: LTN_ERR_INVALID_ARGUMENT, LTN_ERR_MALFORMED (no MessagePack map),\n LTN_ERR_TOO_LARGE (above max_frame_payload_bytes), LTN_ERR_FULL, LTN_ERR_CLOSED. How it can end:\n LTN_OK, LTN_ERR_HANDLER (the peer answered without success; ltn_op_error has its text), DEADLINE,\n CANCELLED, SHUTDOWN, and everything from RESOLVE to STREAM_RESET. [any, upcall]"]
    pub fn ltn_client_call(
        client: *mut ltn_client,
        op: *mut *mut ltn_op,
        call: *const ltn_call,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " A request whose answer is a stream: read it with ltn_op_read, the operation ends (OP_DONE) when the\n stream has; LTN_ERR_STREAM is a peer that ended it without success. Otherwise as ltn_client_call,\n `timeout_ms` over the whole stream. [any, upcall]"]
    pub fn ltn_client_open(
        client: *mut ltn_client,
        op: *mut *mut ltn_op,
        call: *const ltn_call,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Reaches and authenticates call->peer at call->address without a request (`type` and data are not\n looked at). [any, upcall]"]
    pub fn ltn_client_connect(
        client: *mut ltn_client,
        op: *mut *mut ltn_op,
        call: *const ltn_call,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The complete list of peers, replacing the last one: those that are new are connected, those that are\n gone are closed, live connections are left alone. `*op` (given) ends when every entry has its\n outcome (ltn_op_outcome): a wrong entry costs only itself. Updates run one after another; one\n that waits is replaced by a newer one and ends with LTN_ERR_CANCELLED. From then on lost\n connections are made again in the background (reconnect_* in docs/options.md). `entry_size` is\n sizeof(ltn_registry_entry) as you compiled it. [any, upcall]"]
    pub fn ltn_client_registry_set(
        client: *mut ltn_client,
        op: *mut *mut ltn_op,
        entries: *const ltn_registry_entry,
        count: usize,
        entry_size: usize,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_client_peers(
        client: *mut ltn_client,
        out: *mut *mut ltn_peer_list,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_peer_list_count(list: *const ltn_peer_list) -> usize;
    #[doc = " `peer->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_peer_list_get(
        list: *const ltn_peer_list,
        peer: *mut ltn_peer,
        index: usize,
    ) -> ltn_status;
    pub fn ltn_peer_list_free(list: *mut ltn_peer_list);
    #[doc = " Counters by name (docs/options.md lists them). LTN_ERR_UNKNOWN_OPTION. [any, upcall]"]
    pub fn ltn_client_stat(
        client: *mut ltn_client,
        value: *mut u64,
        name: *const ::core::ffi::c_char,
    ) -> ltn_status;
    #[doc = " Ends what is outstanding with LTN_ERR_SHUTDOWN and closes; the event CLOSED is the last. [any, upcall]"]
    pub fn ltn_client_stop(client: *mut ltn_client) -> ltn_status;
    #[doc = " LTN_OK once closed, LTN_ERR_PENDING after the timeout. [any]"]
    pub fn ltn_client_wait(client: *mut ltn_client, timeout_ms: i64) -> ltn_status;
    pub fn ltn_client_free(client: *mut ltn_client);
    #[doc = " Given. As ltn_client_new. [any]"]
    pub fn ltn_server_new(
        out: *mut *mut ltn_server,
        runtime: *mut ltn_runtime,
        signer: *mut ltn_signer,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Options of docs/options.md, \"server\"; `listen` (\"127.0.0.1:0\" by default) is one. After\n start as ltn_client_set, on all loops; requests that a raised limit has room for start at once.\n [setup; any, upcall after start]"]
    pub fn ltn_server_set(
        server: *mut ltn_server,
        name: *const ::core::ffi::c_char,
        value: *const ::core::ffi::c_char,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_server_deliver_queue(server: *mut ltn_server, queue: *mut ltn_queue) -> ltn_status;
    pub fn ltn_server_deliver_upcall(
        server: *mut ltn_server,
        deliver: ltn_event_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
    ) -> ltn_status;
    #[doc = " Who answers requests named `type`; the last registration of a name wins, NULL as type is whoever\n no other name fits. The request is an operation given to `handler` on the loop's thread; be quick or\n answer later from elsewhere. With `handler` NULL it comes as LTN_EVENT_QUESTION through the\n server's queue or upcall, with `tag`. [any, upcall]"]
    pub fn ltn_server_handle(
        server: *mut ltn_server,
        type_: *const ::core::ffi::c_char,
        tag: u64,
        handler: ltn_question_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The same for requests that are answered with a stream: the operation is a STREAM_REQUEST. A name is\n either this or that; the last registration wins. [any, upcall]"]
    pub fn ltn_server_handle_stream(
        server: *mut ltn_server,
        type_: *const ::core::ffi::c_char,
        tag: u64,
        handler: ltn_question_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Takes a name away; requests under way go on. LTN_ERR_EMPTY when there was none. [any, upcall]"]
    pub fn ltn_server_unhandle(
        server: *mut ltn_server,
        type_: *const ::core::ffi::c_char,
    ) -> ltn_status;
    #[doc = " Who may connect, with require_validator_permit. The set is `count` keys of LTN_KEY_LEN bytes one\n after another (copied) and replaces the last one; until the first, nobody is admitted. Connected peers\n that lost their permit are closed after permit_grace_ms. [any, upcall]"]
    pub fn ltn_server_set_permits(
        server: *mut ltn_server,
        keys: *const u8,
        count: usize,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Asks you for that set at start and every validator_permit_refresh_ms: an operation PERMITS, given to\n `resolver` on the loop's thread, or, with `resolver` NULL, as LTN_EVENT_QUESTION with `tag`.\n Complete it with the keys one after another, or fail it: the last set stays. [setup]"]
    pub fn ltn_server_resolve_permits(
        server: *mut ltn_server,
        tag: u64,
        resolver: ltn_question_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " From where peers may connect, with enforce_source_allowlist: \"bypass\", or addresses and prefixes\n (10.0.0.0/8, 2001:db8::/32) between spaces, commas or line ends; the empty text is nobody. What\n has ! before it is blocked: never heard, whatever else is said, with a bypass too. [any, upcall]"]
    pub fn ltn_server_set_sources(
        server: *mut ltn_server,
        sources: *const ::core::ffi::c_char,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Asks you for that text as ltn_server_resolve_permits does: an operation SOURCES. [setup]"]
    pub fn ltn_server_resolve_sources(
        server: *mut ltn_server,
        tag: u64,
        resolver: ltn_question_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_server_observe(
        server: *mut ltn_server,
        observe: ltn_observe_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
    ) -> ltn_status;
    pub fn ltn_server_sources(
        server: *mut ltn_server,
        out: *mut *mut ltn_source_list,
        error: *mut ltn_error,
    ) -> ltn_status;
    pub fn ltn_source_list_count(list: *const ltn_source_list) -> usize;
    #[doc = " `source->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_source_list_get(
        list: *const ltn_source_list,
        source: *mut ltn_source,
        index: usize,
    ) -> ltn_status;
    pub fn ltn_source_list_free(list: *mut ltn_source_list);
    #[doc = " Tells the server what an earlier run has learned: `key` proved itself from `prefix` (/32 or /64, or a bare\n address; copied) `age_ms` ago. After a week it counts no more and is ignored. LTN_ERR_MALFORMED,\n LTN_ERR_FULL (4,096 hotkeys), LTN_ERR_CLOSED. [any, upcall]"]
    pub fn ltn_server_learn_source(
        server: *mut ltn_server,
        key: *const u8,
        prefix: *const ::core::ffi::c_char,
        age_ms: i64,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Peers that are connected and proved. Given. [any, upcall]"]
    pub fn ltn_server_peers(
        server: *mut ltn_server,
        out: *mut *mut ltn_peer_list,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Closes peers that sent no request for longer than `idle_ms`; `*count` (may be NULL) says how many.\n [any, upcall]"]
    pub fn ltn_server_sweep(server: *mut ltn_server, count: *mut u64, idle_ms: i64) -> ltn_status;
    #[doc = " Binds (the error says why not) and starts the self-test of the signer; peers are admitted once it has\n passed. [setup]"]
    pub fn ltn_server_start(server: *mut ltn_server, error: *mut ltn_error) -> ltn_status;
    #[doc = " The bound address as ip:port, terminated. LTN_ERR_STATE before start. [any, upcall]"]
    pub fn ltn_server_address(
        server: *mut ltn_server,
        out: *mut ::core::ffi::c_char,
        out_size: usize,
        len: *mut usize,
    ) -> ltn_status;
    pub fn ltn_server_stat(
        server: *mut ltn_server,
        value: *mut u64,
        name: *const ::core::ffi::c_char,
    ) -> ltn_status;
    #[doc = " Finishes running requests for up to `drain_timeout_ms` (an option, 0 by default), withdraws the rest,\n closes. [any, upcall]"]
    pub fn ltn_server_stop(server: *mut ltn_server) -> ltn_status;
    pub fn ltn_server_wait(server: *mut ltn_server, timeout_ms: i64) -> ltn_status;
    pub fn ltn_server_free(server: *mut ltn_server);
    #[doc = " Given. A runtime with LTN_DRIVE_VIRTUAL. `seed` decides every random choice. [any]"]
    pub fn ltn_testing_runtime_new(
        out: *mut *mut ltn_runtime,
        seed: u64,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " The virtual clock, nanoseconds since the runtime was made. [any, upcall]"]
    pub fn ltn_testing_runtime_now_ns(runtime: *mut ltn_runtime, ns: *mut u64) -> ltn_status;
    #[doc = " Share of datagrams lost from now on, in parts per million. [any, upcall]"]
    pub fn ltn_testing_runtime_set_loss(
        runtime: *mut ltn_runtime,
        parts_per_million: u32,
    ) -> ltn_status;
}

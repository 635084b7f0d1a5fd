// Written by bindings/rust/generate from the headers; not edited by hand.
pub type ltn_status = i32;
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
#[doc = " An accepted handshake; both texts are borrowed during the upcall."]
pub type ltn_observe_fn = ::core::option::Option<
    unsafe extern "C" fn(
        key: *const u8,
        hotkey: *const ::core::ffi::c_char,
        address: *const ::core::ffi::c_char,
        user_data: *mut ::core::ffi::c_void,
    ),
>;
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

// Written by bindings/rust/generate from the headers; not edited by hand.
unsafe extern "C" {
    #[doc = " LTN_OK when the operation has ended (see ltn_op_status for how), LTN_ERR_PENDING after the timeout.\n While waiting, this thread does the network work of the operation's runtime; no upcall, handler or\n signer runs on it. Waits may be sliced. LTN_ERR_WOULD_DEADLOCK inside an upcall, and under\n host or virtual drive when only an upcall could end it. [any]"]
    pub fn ltn_op_wait(op: *mut ltn_op, timeout_ms: i64) -> ltn_status;
    #[doc = " LTN_ERR_PENDING until it has ended, then its outcome. For a question: LTN_ERR_PENDING while it may be\n answered, LTN_OK once answered, otherwise why it was withdrawn. [any, upcall]"]
    pub fn ltn_op_status(op: *const ltn_op) -> ltn_status;
    #[doc = " Detail of the outcome into `error`; LTN_ERR_PENDING before. For LTN_ERR_HANDLER the text is\n what the peer answered. [any, upcall]"]
    pub fn ltn_op_error(op: *const ltn_op, error: *mut ltn_error) -> ltn_status;
    #[doc = " What it is, LTN_OP_..."]
    pub fn ltn_op_kind(op: *const ltn_op) -> i32;
    #[doc = " The tag of the call, or of the handler or signer that asks."]
    pub fn ltn_op_tag(op: *const ltn_op) -> u64;
    #[doc = " The user_data of the call, or of the handler or signer that asks."]
    pub fn ltn_op_user_data(op: *const ltn_op) -> *mut ::core::ffi::c_void;
    #[doc = " CALL after success: the answer, one MessagePack map. REQUEST: what the peer sent, one MessagePack map.\n SIGN: the exact bytes to sign. Borrowed from the operation. LTN_ERR_PENDING before the end of a call,\n LTN_ERR_EMPTY when it has none. [any, upcall]"]
    pub fn ltn_op_data(op: *const ltn_op, data: *mut *const u8, len: *mut usize) -> ltn_status;
    #[doc = " The same bytes with an owner of their own, so that they outlive the operation. Given. [any, upcall]"]
    pub fn ltn_op_data_retain(op: *const ltn_op, out: *mut *mut ltn_bytes) -> ltn_status;
    #[doc = " Numbers and texts of LTN_DETAIL_...; LTN_ERR_EMPTY when this operation has none of that kind. The\n text is borrowed from the operation. [any, upcall]"]
    pub fn ltn_op_number(op: *const ltn_op, value: *mut i64, detail: i32) -> ltn_status;
    #[doc = " The same for texts."]
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
    #[doc = " Cancels what has not ended, fails what has not been answered."]
    pub fn ltn_op_free(op: *mut ltn_op);
    #[doc = " Given. Empty before start. Names are stable; new ones may come. [any, upcall]"]
    pub fn ltn_client_metrics(
        client: *mut ltn_client,
        out: *mut *mut ltn_metrics,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " As ltn_client_metrics."]
    pub fn ltn_server_metrics(
        server: *mut ltn_server,
        out: *mut *mut ltn_metrics,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " How many are in the picture."]
    pub fn ltn_metrics_count(metrics: *const ltn_metrics) -> usize;
    #[doc = " `metric->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_metrics_get(
        metrics: *const ltn_metrics,
        metric: *mut ltn_metric,
        index: usize,
    ) -> ltn_status;
    #[doc = " Takes the picture."]
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
    #[doc = " How many pairs are in the map."]
    pub fn ltn_text_map_count(map: *const ltn_text_map) -> usize;
    #[doc = " In the order of the names; both texts are borrowed from the map. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_text_map_get(
        map: *const ltn_text_map,
        key: *mut *const ::core::ffi::c_char,
        value: *mut *const ::core::ffi::c_char,
        index: usize,
    ) -> ltn_status;
    #[doc = " Takes the map."]
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
    #[doc = " By upcall instead. `user_data` is lent."]
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
    #[doc = " A picture of all peers at one moment. Given. [any, upcall]"]
    pub fn ltn_client_peers(
        client: *mut ltn_client,
        out: *mut *mut ltn_peer_list,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " How many are in the picture."]
    pub fn ltn_peer_list_count(list: *const ltn_peer_list) -> usize;
    #[doc = " `peer->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_peer_list_get(
        list: *const ltn_peer_list,
        peer: *mut ltn_peer,
        index: usize,
    ) -> ltn_status;
    #[doc = " Takes the picture."]
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
    #[doc = " Stops it when that has not been done, and waits for nothing."]
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
    #[doc = " As ltn_client_deliver_queue. [setup]"]
    pub fn ltn_server_deliver_queue(server: *mut ltn_server, queue: *mut ltn_queue) -> ltn_status;
    #[doc = " As ltn_client_deliver_upcall."]
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
    #[doc = " Tells `observe` of every accepted handshake, repeats included, on the loop's thread; nothing waits for\n it. `hotkey` (prefix 42) and `address` (ip:port) are borrowed during the upcall. [setup]"]
    pub fn ltn_server_observe(
        server: *mut ltn_server,
        observe: ltn_observe_fn,
        user_data: *mut ::core::ffi::c_void,
        destroy: ltn_destroy_fn,
    ) -> ltn_status;
    #[doc = " A picture of all sources at one moment, learned ones once for each hotkey. Given. LTN_ERR_STATE before\n start, LTN_ERR_CLOSED after stop, so that nobody takes the end for an empty list. [any, upcall]"]
    pub fn ltn_server_sources(
        server: *mut ltn_server,
        out: *mut *mut ltn_source_list,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " How many are in the picture."]
    pub fn ltn_source_list_count(list: *const ltn_source_list) -> usize;
    #[doc = " `source->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end."]
    pub fn ltn_source_list_get(
        list: *const ltn_source_list,
        source: *mut ltn_source,
        index: usize,
    ) -> ltn_status;
    #[doc = " Takes the picture."]
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
    #[doc = " As ltn_client_stat. [any, upcall]"]
    pub fn ltn_server_stat(
        server: *mut ltn_server,
        value: *mut u64,
        name: *const ::core::ffi::c_char,
    ) -> ltn_status;
    #[doc = " Finishes running requests for up to `drain_timeout_ms` (an option, 0 by default), withdraws the rest,\n closes. [any, upcall]"]
    pub fn ltn_server_stop(server: *mut ltn_server) -> ltn_status;
    #[doc = " As ltn_client_wait. [any]"]
    pub fn ltn_server_wait(server: *mut ltn_server, timeout_ms: i64) -> ltn_status;
    #[doc = " As ltn_client_free."]
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

// Written by bindings/rust/generate from the headers; not edited by hand.
unsafe extern "C" {
    #[doc = " \"MAJOR.MINOR.PATCH\" of the library that is loaded. Static. [any, upcall]"]
    pub fn ltn_version() -> *const ::core::ffi::c_char;
    #[doc = " The number in the soname: changes only when something above breaks. [any, upcall]"]
    pub fn ltn_abi_version() -> u32;
    #[doc = " The application protocol token on the wire, \"btlightning\". Static. [any, upcall]"]
    pub fn ltn_wire_protocol() -> *const ::core::ffi::c_char;
    #[doc = " Name and version of the index-th library inside or loaded (\"wolfSSL\", \"5.9.2\"); NULL past the\n end. Static. [any, upcall]"]
    pub fn ltn_component_name(index: usize) -> *const ::core::ffi::c_char;
    #[doc = " The version beside that name. Static."]
    pub fn ltn_component_version(index: usize) -> *const ::core::ffi::c_char;
    #[doc = " Value of a constant of this header by its full name, for languages that cannot read it (E4).\n LTN_ERR_INVALID_ARGUMENT when there is none of that name. [any, upcall]"]
    pub fn ltn_constant(value: *mut i64, name: *const ::core::ffi::c_char) -> ltn_status;
    #[doc = " Name of the index-th constant, NULL past the end. Static. [any, upcall]"]
    pub fn ltn_constant_name(index: usize) -> *const ::core::ffi::c_char;
    #[doc = " \"deadline\" for LTN_ERR_DEADLINE and so on; \"unknown\" for a number that is none. Static. [any]"]
    pub fn ltn_status_name(status: ltn_status) -> *const ::core::ffi::c_char;
    #[doc = " \"connection\" for LTN_CATEGORY_CONNECTION and so on; \"unknown\" for a number that is none. Static."]
    pub fn ltn_category_name(category: i32) -> *const ::core::ffi::c_char;
    #[doc = " 1 when the same request, simply made again later, may succeed. [any, upcall]"]
    pub fn ltn_status_retriable(status: ltn_status) -> i32;
    #[doc = " Given; NULL without memory."]
    pub fn ltn_error_new() -> *mut ltn_error;
    #[doc = " Takes the error; NULL is allowed."]
    pub fn ltn_error_free(error: *mut ltn_error);
    #[doc = " Back to LTN_OK and no text."]
    pub fn ltn_error_clear(error: *mut ltn_error);
    #[doc = " The status of the last failure, LTN_OK when there was none."]
    pub fn ltn_error_status(error: *const ltn_error) -> ltn_status;
    #[doc = " Its category, LTN_CATEGORY_..."]
    pub fn ltn_error_category(error: *const ltn_error) -> i32;
    #[doc = " One line for a person, category prefix included (\"connection error: ...\"). Borrowed from the\n error until it changes. Never NULL."]
    pub fn ltn_error_text(error: *const ltn_error) -> *const ::core::ffi::c_char;
    #[doc = " As ltn_status_retriable of its status."]
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
    #[doc = " The first byte; borrowed as long as a reference is held."]
    pub fn ltn_bytes_data(bytes: *const ltn_bytes) -> *const u8;
    #[doc = " How many there are."]
    pub fn ltn_bytes_len(bytes: *const ltn_bytes) -> usize;
    #[doc = " Another given reference to the same bytes. NULL for NULL."]
    pub fn ltn_bytes_retain(bytes: *mut ltn_bytes) -> *mut ltn_bytes;
    #[doc = " Lets go of one reference."]
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
    #[doc = " The public key it signs for. [any, upcall]"]
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
    #[doc = " Lets go of it; clients and servers made with it keep it alive."]
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
    #[doc = " As ltn_client_set_config."]
    pub fn ltn_server_set_config(
        server: *mut ltn_server,
        config: *const ltn_config,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " As ltn_client_set_config."]
    pub fn ltn_runtime_set_config(
        runtime: *mut ltn_runtime,
        config: *const ltn_config,
        error: *mut ltn_error,
    ) -> ltn_status;
    #[doc = " Takes the configuration."]
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
    #[doc = " LTN_DRIVE_HOST and virtual: runs what is due, upcalls included, on this thread; waits at most\n timeout_ms for something to become due. Under the virtual clock these are the milliseconds by which\n time moves, all of them, with everything that falls due on the way. LTN_ERR_WOULD_DEADLOCK inside an\n upcall. [object]"]
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
    #[doc = " Closes it first, when that has not been done."]
    pub fn ltn_queue_free(queue: *mut ltn_queue);
}

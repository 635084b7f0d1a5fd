/*
 * lightning.h - a persistent, mutually authenticated link between nodes that are known by their keys.
 *
 * The whole public interface of libltn. Installed as <ltn/lightning.h>; link with pkg-config `ltn`
 * or CMake `ltn::ltn`. Compiles alone as C99, C11, C17 and C++.
 *
 * CONVENTIONS, said once
 *
 *  Arguments    The object first, then outputs, then inputs; a length right after its array; a
 *               function pointer, then its user data, then the destroy function of that user data;
 *               an ltn_error for detail last (NULL is always allowed there).
 *  Results      Every function that can fail returns an ltn_status; LTN_OK is 0. On failure the
 *               outputs are left as they were, except that a handle output becomes NULL.
 *  Ownership    One word per pointer. "Borrowed": the library reads it during the call and keeps
 *               nothing. "Copied": it takes its own copy. "Lent": it must stay as it is until its
 *               destroy function has run. "Given": it becomes yours and has one free function.
 *  Strings      UTF-8. Inputs are NUL-terminated unless a length stands beside them. Outputs go into
 *               your buffer, always terminated, with the length that would have been needed.
 *  Time         `_ms`: milliseconds, `_ns`: nanoseconds. A timeout below 0 means without end, 0 means
 *               only look.
 *  Threads      Each function says one of: [any] from any thread at any time; [object] one thread at a
 *               time per object; [setup] one thread, before start. It says [upcall] when it may be
 *               called from inside an upcall; those that wait are never legal there and answer
 *               LTN_ERR_WOULD_DEADLOCK. Without words of its own a function has those of the one
 *               above it in its group; every free is [any, upcall].
 *  Upcalls      come on a loop's thread. A runtime has one loop unless its option `loops` says more;
 *               then upcalls of different connections may run at the same time, each connection's
 *               always on the same thread.
 *  NULL         A NULL object or required pointer gives LTN_ERR_INVALID_ARGUMENT; free accepts NULL.
 *
 * PROMISES (each has a test that names it)
 *
 *  P1  Loading starts no thread, opens no file, registers no handler, changes nothing in the process.
 *  P2  Threads exist only between start and closed; they block all signals and carry a name. No write
 *      raises SIGPIPE.
 *  P3  After fork the child's calls answer LTN_ERR_FORKED for handles made before; its free closes
 *      descriptors, sends nothing and joins nothing; the parent notices nothing. New handles work.
 *  P4  Only ltn_* is exported; another wolfSSL, OpenSSL or libuv in the process does not interfere.
 *  P5  The library is never unloaded; handles may be made and freed for ever.
 *  L1  Handles are opaque. A closed handle answers LTN_ERR_CLOSED and never crashes. Using a handle
 *      after its free is the one undefined use.
 *  L2  create, configure, start, stop, closed, free. Stop never blocks, may be called from anywhere,
 *      is idempotent. Waiting is a call of its own and fails inside an upcall.
 *  L3  Children keep their parent alive; the order of frees never matters.
 *  T1  Every function states its threads.
 *  T2  Upcalls of one connection never overlap; no lock is held during an upcall; none nests in
 *      another.
 *  R1  Accepted means exactly one completion; rejected means none.
 *  R2  Cancel may lose the race and frees nothing itself.
 *  R3  user_data is carried, never read; its destroy function is called once, last, also when the
 *      registration fails.
 *  R4  Bytes handed in are copied unless the function says lent; bytes in an event live until the
 *      upcall returns, or as long as the operation that carries them.
 *  R5  Every object has its own free; no allocator is shared.
 *  S1  The signer gets the exact bytes to sign; it answers once, from any thread, within a deadline.
 *  S2  Its answer is verified against the stated public key before use; secrets are wiped and, where
 *      the system allows, locked in memory.
 *  E1  Every function returns a status; detail goes to an error object that you pass; nothing is
 *      thread-local.
 *  E2  Values of enums are never reused; unknown ones must be tolerated; misuse gives a status, never
 *      an abort.
 *  E3  Public structs begin with their size; options are set by name and value (docs/options.md).
 *  E4  ltn_version(), ltn_abi_version(); every constant is reachable through ltn_constant().
 *  C1  No exception leaves the library; no C++ type appears here.
 */
#ifndef LTN_LIGHTNING_H
#define LTN_LIGHTNING_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) && defined(LTN_BUILDING)
#define LTN_API __attribute__((visibility("default")))
#else
#define LTN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------------------------------------
 * Constants. All have pinned values and fixed width where they travel.
 * --------------------------------------------------------------------------------------------- */

#define LTN_ABI_VERSION 0
#define LTN_KEY_LEN 32
#define LTN_SEED_LEN 32
#define LTN_SIGNATURE_LEN 64
#define LTN_HOTKEY_TEXT_SIZE 64 /* enough for any SS58 text of a 32-byte key, terminator included */

typedef int32_t ltn_status;

enum {
    LTN_OK = 0,
    /* How the library was used, or what the machine could not do. */
    LTN_ERR_INVALID_ARGUMENT = 1,
    LTN_ERR_CLOSED = 2,         /* the handle, or what it stood for, is closed */
    LTN_ERR_STATE = 3,          /* not in this state: started twice, answered twice, ... */
    LTN_ERR_FORKED = 4,         /* the handle was made before a fork (P3) */
    LTN_ERR_WOULD_DEADLOCK = 5, /* a wait that could never end */
    LTN_ERR_NO_MEMORY = 6,
    LTN_ERR_PENDING = 7, /* not finished yet; not a failure */
    LTN_ERR_FULL = 8,    /* a bounded queue or table is full; nothing was accepted */
    LTN_ERR_EMPTY = 9,
    LTN_ERR_UNKNOWN_OPTION = 10,
    LTN_ERR_OUT_OF_RANGE = 11,
    LTN_ERR_UNSUPPORTED = 12,
    LTN_ERR_IO = 13,
    LTN_ERR_INTERNAL = 14,
    LTN_ERR_CANCELLED = 15,
    LTN_ERR_DEADLINE = 16,
    LTN_ERR_SHUTDOWN = 17, /* stopped while the operation was under way */
    /* Configuration and keys. */
    LTN_ERR_CONFIG = 32,
    LTN_ERR_BAD_KEY = 33,      /* not a usable sr25519 key, address or key file */
    LTN_ERR_KEY_MISMATCH = 34, /* the signer does not sign for the stated key */
    LTN_ERR_PASSWORD = 35,     /* wrong for this key file, or none was to be had */
    /* Reaching the peer. */
    LTN_ERR_RESOLVE = 48,
    LTN_ERR_CONNECT = 49,
    LTN_ERR_CONNECT_TIMEOUT = 50,
    LTN_ERR_CONNECTION_LOST = 51, /* after a request left; it may have run */
    LTN_ERR_REFUSED = 52,
    LTN_ERR_ALPN = 53,
    LTN_ERR_CERTIFICATE = 54, /* the peer did not prove its certificate's key, or sent a chain */
    /* Proving who is who. */
    LTN_ERR_HANDSHAKE_REJECTED = 64,
    LTN_ERR_HANDSHAKE_PROTOCOL = 65,
    LTN_ERR_HOTKEY_MISMATCH = 66,
    LTN_ERR_FINGERPRINT = 67,
    LTN_ERR_BAD_SIGNATURE = 68,
    LTN_ERR_SIGNER = 69,
    LTN_ERR_SIGNER_TIMEOUT = 70,
    /* What travelled. */
    LTN_ERR_MALFORMED = 80,
    LTN_ERR_TOO_LARGE = 81,
    LTN_ERR_UNEXPECTED_FRAME = 82,
    LTN_ERR_STREAM_RESET = 83,
    LTN_ERR_STREAM = 84, /* a streamed answer that ended without success */
    /* What the other side answered. */
    LTN_ERR_HANDLER = 96
};

/* Category of an error, for switching on; the first eight after LOCAL are those of the wire. */
enum {
    LTN_CATEGORY_LOCAL = 0,
    LTN_CATEGORY_CONNECTION = 1,
    LTN_CATEGORY_HANDSHAKE = 2,
    LTN_CATEGORY_SIGNING = 3,
    LTN_CATEGORY_SERIALIZATION = 4,
    LTN_CATEGORY_TRANSPORT = 5,
    LTN_CATEGORY_HANDLER = 6,
    LTN_CATEGORY_CONFIG = 7,
    LTN_CATEGORY_STREAM = 8
};

/* Who runs the loop of a runtime. */
enum {
    LTN_DRIVE_THREAD = 1, /* a thread of the library's own, from first start to closed */
    LTN_DRIVE_HOST = 2,   /* you: descriptor, deadline, step */
    LTN_DRIVE_VIRTUAL = 3 /* virtual clock and network, made by lightning-testing.h */
};

/* What an operation is. */
enum {
    LTN_OP_CALL = 1,           /* yours: a request to a peer */
    LTN_OP_CONNECT = 2,        /* yours: reach and authenticate a peer */
    LTN_OP_SIGN = 3,           /* a question to you: sign these bytes */
    LTN_OP_REQUEST = 4,        /* a question to you: answer this request */
    LTN_OP_STREAM = 5,         /* yours: a request whose answer is a stream of chunks */
    LTN_OP_REGISTRY = 6,       /* yours: an update of the registry */
    LTN_OP_STREAM_REQUEST = 7, /* a question to you: answer this request with a stream */
    LTN_OP_PERMITS = 8,        /* a question to you: which keys may connect */
    LTN_OP_SOURCES = 9,        /* a question to you: which addresses may connect */
    LTN_OP_PASSWORD = 10       /* a question to you: the password of the key file whose path is the
                                  data */
};

/* What an event says. Ignore unknown kinds. */
enum {
    LTN_EVENT_OP_DONE = 1,       /* `op`, yours, has ended; read it with ltn_op_status */
    LTN_EVENT_QUESTION = 2,      /* `op` is given to you: answer it, then free it */
    LTN_EVENT_WITHDRAWN = 3,     /* `op`, a question you hold, is not waited for any more */
    LTN_EVENT_CLOSED = 4,        /* the client or server in `object` has closed; its last event */
    LTN_EVENT_SIGNER_FAILED = 5, /* self-test at start failed; `status` says how; CLOSED follows */
    LTN_EVENT_READABLE = 6,      /* `op`: ltn_op_read has something; comes again only after it said
                                    LTN_ERR_PENDING */
    LTN_EVENT_WRITABLE = 7       /* `op`: ltn_op_send said LTN_ERR_FULL, and has room again */
};

/* Numbers and texts an operation carries besides its data. */
enum {
    LTN_DETAIL_QUEUE_NS = 1,        /* from acceptance to the first byte on the stream */
    LTN_DETAIL_NETWORK_NS = 2,      /* from there to the complete answer */
    LTN_DETAIL_SETUP_NS = 3,        /* CONNECT: dial to authenticated */
    LTN_DETAIL_RTT_NS = 4,          /* CONNECT: smoothed round trip of the connection */
    LTN_DETAIL_DEADLINE_NS = 5,     /* REQUEST, STREAM_REQUEST: nanoseconds left for the whole
                                       answer when asked; none without a limit */
    LTN_DETAIL_CLOCK_OFFSET_MS = 6, /* CONNECT: the peer's clock minus ours, in steps of 1,000 */
    LTN_DETAIL_ANSWER_CODE = 7,     /* CALL, STREAM that failed: what a peer that speaks
                                       btlightning/2 adds to its text (docs/wire-2.md) */
    LTN_DETAIL_PRIORITY = 8,        /* REQUEST: as the caller's ltn_call */
    LTN_DETAIL_TYPE = 64,           /* REQUEST: the name the peer called */
    LTN_DETAIL_HOTKEY = 65,         /* REQUEST, CONNECT: the peer's proved hotkey, SS58 prefix 42 */
    LTN_DETAIL_ADDRESS = 66,        /* REQUEST, CONNECT: the peer's address, ip:port */
    LTN_DETAIL_FINGERPRINT = 67,    /* CONNECT: Base64 of the server's certificate fingerprint */
    LTN_DETAIL_ALPN = 68            /* CONNECT: the application protocol that was agreed */
};

enum { LTN_LOG_DEBUG = 1, LTN_LOG_INFO = 2, LTN_LOG_WARNING = 3, LTN_LOG_ERROR = 4 };

/* Flags of ltn_hotkey_decode. */
enum { LTN_HOTKEY_ANY_PREFIX = 1 };

/* Flags of ltn_key_file_write (the first) and of ltn_wallet. */
enum {
    LTN_KEY_FILE_OVERWRITE = 1,
    LTN_KEY_FILE_COMPANION = 2, /* writes <path>pub.txt too, the public side alone */
    LTN_KEY_FILE_ENCRYPT = 4    /* writes $NACL, sealed with the password */
};

typedef struct ltn_error ltn_error;
typedef struct ltn_bytes ltn_bytes;
typedef struct ltn_signer ltn_signer;
typedef struct ltn_runtime ltn_runtime;
typedef struct ltn_queue ltn_queue;
typedef struct ltn_op ltn_op;
typedef struct ltn_client ltn_client;
typedef struct ltn_server ltn_server;
typedef struct ltn_config ltn_config;

/* Releases a user_data or lent bytes. Called once, last, on whichever thread let go last; must not
 * call the library except to free other objects. */
typedef void (*ltn_destroy_fn)(void* user_data);

/* ------------------------------------------------------------------------------------------------
 * The library itself.
 * --------------------------------------------------------------------------------------------- */

/* "MAJOR.MINOR.PATCH" of the library that is loaded. Static. [any, upcall] */
LTN_API const char* ltn_version(void);

/* The number in the soname: changes only when something above breaks. [any, upcall] */
LTN_API uint32_t ltn_abi_version(void);

/* The application protocol token on the wire, "btlightning". Static. [any, upcall] */
LTN_API const char* ltn_wire_protocol(void);

/* Name and version of the index-th library inside or loaded ("wolfSSL", "5.9.2"); NULL past the
 * end. Static. [any, upcall] */
LTN_API const char* ltn_component_name(size_t index);
/* The version beside that name. Static. */
LTN_API const char* ltn_component_version(size_t index);

/* Value of a constant of this header by its full name, for languages that cannot read it (E4).
 * LTN_ERR_INVALID_ARGUMENT when there is none of that name. [any, upcall] */
LTN_API ltn_status ltn_constant(int64_t* value, const char* name);

/* Name of the index-th constant, NULL past the end. Static. [any, upcall] */
LTN_API const char* ltn_constant_name(size_t index);

/* "deadline" for LTN_ERR_DEADLINE and so on; "unknown" for a number that is none. Static. [any] */
LTN_API const char* ltn_status_name(ltn_status status);
/* "connection" for LTN_CATEGORY_CONNECTION and so on; "unknown" for a number that is none. Static. */
LTN_API const char* ltn_category_name(int32_t category);

/* 1 when the same request, simply made again later, may succeed. [any, upcall] */
LTN_API int32_t ltn_status_retriable(ltn_status status);

/* ------------------------------------------------------------------------------------------------
 * Errors: where detail goes. One object may be passed to any number of calls; each failure replaces
 * its content, success leaves it. [object]
 * --------------------------------------------------------------------------------------------- */

/* Given; NULL without memory. */
LTN_API ltn_error* ltn_error_new(void);
/* Takes the error; NULL is allowed. */
LTN_API void ltn_error_free(ltn_error* error);
/* Back to LTN_OK and no text. */
LTN_API void ltn_error_clear(ltn_error* error);
/* The status of the last failure, LTN_OK when there was none. */
LTN_API ltn_status ltn_error_status(const ltn_error* error);
/* Its category, LTN_CATEGORY_... */
LTN_API int32_t ltn_error_category(const ltn_error* error);
/* One line for a person, category prefix included ("connection error: ..."). Borrowed from the
 * error until it changes. Never NULL. */
LTN_API const char* ltn_error_text(const ltn_error* error);
/* As ltn_status_retriable of its status. */
LTN_API int32_t ltn_error_retriable(const ltn_error* error);

/* ------------------------------------------------------------------------------------------------
 * Bytes with a count of owners, for lent sends and retained results. [any, upcall]
 * --------------------------------------------------------------------------------------------- */

/* Given; `data` is copied. */
LTN_API ltn_status ltn_bytes_new(ltn_bytes** out, const uint8_t* data, size_t len);
/* Given; `data` is lent until `destroy` (may be NULL for static data) has run with user_data. When
 * this fails, destroy has run already (R3). */
LTN_API ltn_status ltn_bytes_lend(ltn_bytes** out, const uint8_t* data, size_t len, void* user_data,
                                  ltn_destroy_fn destroy);
/* The first byte; borrowed as long as a reference is held. */
LTN_API const uint8_t* ltn_bytes_data(const ltn_bytes* bytes);
/* How many there are. */
LTN_API size_t ltn_bytes_len(const ltn_bytes* bytes);
/* Another given reference to the same bytes. NULL for NULL. */
LTN_API ltn_bytes* ltn_bytes_retain(ltn_bytes* bytes);
/* Lets go of one reference. */
LTN_API void ltn_bytes_free(ltn_bytes* bytes);

/* ------------------------------------------------------------------------------------------------
 * Keys. A hotkey is the SS58 text (prefix 42) of an sr25519 public key. [any, upcall]
 * --------------------------------------------------------------------------------------------- */

/* 32 fresh random bytes from the system. */
LTN_API ltn_status ltn_seed_generate(uint8_t seed[LTN_SEED_LEN]);

/* Writes the terminated text to `out` (size at least LTN_HOTKEY_TEXT_SIZE is always enough) and its
 * length to `len` (may be NULL). LTN_ERR_OUT_OF_RANGE when `out_size` is too small. */
LTN_API ltn_status ltn_hotkey_encode(char* out, size_t out_size, size_t* len,
                                     const uint8_t key[LTN_KEY_LEN]);

/* The 32 bytes of a hotkey. Only the minimal form of prefix 42 unless LTN_HOTKEY_ANY_PREFIX.
 * LTN_ERR_BAD_KEY says what is wrong with the text; the identity point and bytes that are no point
 * are refused too. */
LTN_API ltn_status ltn_hotkey_decode(uint8_t key[LTN_KEY_LEN], const char* text, uint32_t flags,
                                     ltn_error* error);

/* LTN_OK when `signature` over `message` (signing context "substrate") is good for `key`,
 * LTN_ERR_BAD_SIGNATURE when not. All borrowed. */
LTN_API ltn_status ltn_signature_verify(const uint8_t key[LTN_KEY_LEN], const uint8_t* message,
                                        size_t message_len, const uint8_t* signature,
                                        size_t signature_len);

/* Writes the plain key file of `seed` (JSON, mode 0600, complete or not at all). LTN_ERR_IO says why
 * not; an existing file is kept unless LTN_KEY_FILE_OVERWRITE. [any] */
LTN_API ltn_status ltn_key_file_write(const char* path, const uint8_t seed[LTN_SEED_LEN],
                                      uint32_t flags, ltn_error* error);

/* ------------------------------------------------------------------------------------------------
 * Signers: who answers "sign these bytes". One signer may serve any number of clients and servers.
 * --------------------------------------------------------------------------------------------- */

/* An upcall: `question` is given to you. Its bytes are ltn_op_data; answer with ltn_op_complete (64
 * raw bytes) or ltn_op_fail, now or later, from any thread; then ltn_op_free. */
typedef void (*ltn_question_fn)(ltn_op* question, void* user_data);

/* A signer that holds the secret itself. `seed` is copied to locked memory; wipe yours. Given. [any] */
LTN_API ltn_status ltn_signer_new_seed(ltn_signer** out, const uint8_t seed[LTN_SEED_LEN],
                                       ltn_error* error);

/* The same from a key file: ltn_signer_new_wallet with nothing but a path. Given. [any] */
LTN_API ltn_status ltn_signer_new_key_file(ltn_signer** out, const char* path, ltn_error* error);

/* A key file in the layout of the network's wallets, and how it is opened. Everything in it is
 * borrowed for the call it is given to. A `~` is not expanded. */
typedef struct ltn_wallet {
    uint32_t size;      /* of this struct as the caller compiled it */
    uint32_t flags;     /* LTN_KEY_FILE_... of ltn_wallet_write, otherwise 0 */
    const char* path;   /* the key file itself, or NULL and the next three: */
    const char* root;   /* the folder of the wallets: root/name/hotkeys/hotkey */
    const char* name;   /* of the wallet; NULL: "default" */
    const char* hotkey; /* its name; NULL: "default" */
    /* The password of an encrypted file, from the first of these that is there: this one, the first
     * line of a file, the environment variable BT_PW_<PATH> as the wallet software keeps it, `ask`. */
    const uint8_t* password;
    size_t password_len;
    const char* password_file;
    ltn_question_fn ask;    /* gets an LTN_OP_PASSWORD on the calling thread, may answer from any */
    void* user_data;        /* of `ask` */
    int64_t ask_timeout_ms; /* how long the call waits for the answer; 0: 60,000 */
} ltn_wallet;

/* Zeroes the struct and fills in its size. [any, upcall] */
LTN_API ltn_status ltn_wallet_init(ltn_wallet* wallet, size_t size);

/* A signer with the key of `wallet`, plain or $NACL. Given. Blocks while a password is turned into a key
 * (seconds, 512 MiB) and while `ask` is unanswered; never prompts, and asks only for a file that may hold
 * a key. LTN_ERR_WOULD_DEADLOCK inside an upcall. LTN_ERR_IO: unreadable; LTN_ERR_PASSWORD: wrong or
 * none; LTN_ERR_BAD_KEY: no usable sr25519 key in it; LTN_ERR_CONFIG: damaged; LTN_ERR_UNSUPPORTED:
 * another encryption, by name; LTN_ERR_NO_MEMORY; LTN_ERR_DEADLINE: `ask` was not answered. [any] */
LTN_API ltn_status ltn_signer_new_wallet(ltn_signer** out, const ltn_wallet* wallet,
                                         ltn_error* error);

/* The public key of `wallet` without any password: of an encrypted file its companion is asked, whose
 * word nobody has checked. [any, upcall] */
LTN_API ltn_status ltn_wallet_public_key(const ltn_wallet* wallet, uint8_t key[LTN_KEY_LEN],
                                         ltn_error* error);

/* Writes the key file of `seed` (mode 0600, complete or not at all), for a wallet without `path` with the
 * folders above it (mode 0700). LTN_KEY_FILE_ENCRYPT takes the password as ltn_signer_new_wallet does,
 * and as long. [any] */
LTN_API ltn_status ltn_wallet_write(const ltn_wallet* wallet, const uint8_t seed[LTN_SEED_LEN],
                                    ltn_error* error);

/* A signer that asks you (S1). `key` is the public key it signs for. The question comes as an upcall
 * on the loop's thread. Given. LTN_ERR_BAD_KEY when `key` is no usable key. [any] */
LTN_API ltn_status ltn_signer_new_callback(ltn_signer** out, const uint8_t key[LTN_KEY_LEN],
                                           ltn_question_fn sign, void* user_data,
                                           ltn_destroy_fn destroy, ltn_error* error);

/* The same, but the question comes as LTN_EVENT_QUESTION through `queue`, which the signer keeps
 * alive; `tag` comes with it. Given. [any] */
LTN_API ltn_status ltn_signer_new_queue(ltn_signer** out, const uint8_t key[LTN_KEY_LEN],
                                        ltn_queue* queue, uint64_t tag, ltn_error* error);

/* The public key it signs for. [any, upcall] */
LTN_API ltn_status ltn_signer_public_key(const ltn_signer* signer, uint8_t key[LTN_KEY_LEN]);

/* What is not as it should be with a signer that works: that others may read its key file. Empty when there
 * is nothing. Also logged at the start of whatever uses it. Borrowed from the signer. [any, upcall] */
LTN_API const char* ltn_signer_warning(const ltn_signer* signer);

/* Signs `message` (borrowed, at most 1 MiB) with the signing context "substrate", for a question that
 * another signer got and for text that never reaches a peer. LTN_ERR_UNSUPPORTED for a signer that
 * asks: its answers come later. [any, upcall] */
LTN_API ltn_status ltn_signer_sign(const ltn_signer* signer, uint8_t signature[LTN_SIGNATURE_LEN],
                                   const uint8_t* message, size_t message_len);

/* Lets go of it; clients and servers made with it keep it alive. */
LTN_API void ltn_signer_free(ltn_signer* signer);

/* ------------------------------------------------------------------------------------------------
 * Configuration: settings from a file and the environment. One precedence: what code sets, before or
 * after, then the environment, then the file, then the default. Errors say where a setting came from.
 * --------------------------------------------------------------------------------------------- */

/* Reads the tables [client], [server] and [runtime] of a TOML file (NULL: none) and the variables
 * LTN_CLIENT_<NAME>, LTN_SERVER_<NAME>, LTN_RUNTIME_<NAME>; names and values as in docs/options.md.
 * LTN_ERR_UNKNOWN_OPTION and LTN_ERR_OUT_OF_RANGE as from a set function, LTN_ERR_CONFIG for what is no
 * TOML, LTN_ERR_IO. Given. [any] */
LTN_API ltn_status ltn_config_load(ltn_config** out, const char* path, ltn_error* error);

/* Whether a client and a server with this and nothing else would start: the rules between settings. [any] */
LTN_API ltn_status ltn_config_check(const ltn_config* config, ltn_error* error);

/* What a source says of a setting: `section` is "client", "server" or "runtime". Value as it was given, and
 * where ("ltn.toml:4"); both borrowed from `config`, either may be NULL. LTN_ERR_EMPTY: nothing.
 * [any, upcall] */
LTN_API ltn_status ltn_config_get(const ltn_config* config, const char** value, const char** origin,
                                  const char* section, const char* name);

/* Sets what code has not set, and keeps nothing of `config`. [setup] */
LTN_API ltn_status ltn_client_set_config(ltn_client* client, const ltn_config* config,
                                         ltn_error* error);
/* As ltn_client_set_config. */
LTN_API ltn_status ltn_server_set_config(ltn_server* server, const ltn_config* config,
                                         ltn_error* error);
/* As ltn_client_set_config. */
LTN_API ltn_status ltn_runtime_set_config(ltn_runtime* runtime, const ltn_config* config,
                                          ltn_error* error);
/* Takes the configuration. */
LTN_API void ltn_config_free(ltn_config* config);

/* ------------------------------------------------------------------------------------------------
 * Runtime: the loop and its clock. Clients and servers attach to one; NULL makes a private one.
 * --------------------------------------------------------------------------------------------- */

/* One line per event: a stable name and "key=value" fields. Called on the loop's thread without a
 * lock; never with secrets or payload. */
typedef void (*ltn_log_fn)(int32_t level, const char* event, const char* fields, void* user_data);

/* Given. `drive`: LTN_DRIVE_THREAD or LTN_DRIVE_HOST. Starts nothing. [any] */
LTN_API ltn_status ltn_runtime_new(ltn_runtime** out, int32_t drive, ltn_error* error);

/* Options of docs/options.md, "runtime". [setup] */
LTN_API ltn_status ltn_runtime_set(ltn_runtime* runtime, const char* name, const char* value,
                                   ltn_error* error);

/* Where log events go (nowhere by default). [setup] */
LTN_API ltn_status ltn_runtime_set_log(ltn_runtime* runtime, int32_t level, ltn_log_fn log,
                                       void* user_data, ltn_destroy_fn destroy);

/* LTN_DRIVE_HOST only. A descriptor that is readable when step has something to do: for epoll, asyncio
 * and the like; only the library reads it, do not close it. LTN_ERR_STATE before the first start. [any] */
LTN_API ltn_status ltn_runtime_descriptor(ltn_runtime* runtime, int32_t* fd);

/* LTN_DRIVE_HOST and virtual: milliseconds until step has to run even without the descriptor, rounded
 * up; -1 when nothing waits. [any, upcall] */
LTN_API ltn_status ltn_runtime_deadline_ms(ltn_runtime* runtime, int64_t* ms);

/* LTN_DRIVE_HOST and virtual: runs what is due, upcalls included, on this thread; waits at most
 * timeout_ms for something to become due. Under the virtual clock these are the milliseconds by which
 * time moves, all of them, with everything that falls due on the way. LTN_ERR_WOULD_DEADLOCK inside an
 * upcall. [object] */
LTN_API ltn_status ltn_runtime_step(ltn_runtime* runtime, int64_t timeout_ms);

/* Stops every client and server attached; never blocks. [any, upcall] */
LTN_API ltn_status ltn_runtime_stop(ltn_runtime* runtime);

/* LTN_OK once nothing of the runtime runs any more: every object closed, no thread, no upcall to
 * come. LTN_ERR_PENDING when the timeout ended first. [any] */
LTN_API ltn_status ltn_runtime_wait(ltn_runtime* runtime, int64_t timeout_ms);

/* Before everything closed: stops it and detaches, without waiting. [any, upcall] */
LTN_API void ltn_runtime_free(ltn_runtime* runtime);

/* ------------------------------------------------------------------------------------------------
 * Events and queues. An object delivers its events by upcall on the loop's thread or into a queue
 * that you drain. A queue stands alone and may be fed by many objects.
 * --------------------------------------------------------------------------------------------- */

typedef struct ltn_event {
    uint32_t size;   /* of this struct as the caller compiled it */
    int32_t kind;    /* LTN_EVENT_... */
    int32_t status;  /* for OP_DONE the outcome, otherwise as the kind says */
    int32_t op_kind; /* LTN_OP_..., 0 without op */
    ltn_op* op;      /* OP_DONE: yours since the call; QUESTION: given now; WITHDRAWN: yours */
    uint64_t tag;    /* of the call, or of the handler or signer that asks */
    void* user_data; /* of the call, or of the handler or signer that asks */
    void* object;    /* the ltn_client or ltn_server the event belongs to, or NULL */
} ltn_event;

typedef void (*ltn_event_fn)(const ltn_event* event, void* user_data);

/* Given. `capacity`: how many completions and questions may be accepted and not yet drained; 0 takes
 * the default of 65,536. An accepted operation has its place reserved. [any] */
LTN_API ltn_status ltn_queue_new(ltn_queue** out, size_t capacity, ltn_error* error);

/* A descriptor that is readable exactly when the queue is not empty. Only the library reads it; do
 * not close it. [any, upcall] */
LTN_API ltn_status ltn_queue_descriptor(ltn_queue* queue, int32_t* fd);

/* Moves up to `capacity` events out; `event_size` is sizeof(ltn_event) as you compiled it. An empty
 * queue is no failure: LTN_OK with *count 0. LTN_ERR_CLOSED once closed and empty. [any, upcall] */
LTN_API ltn_status ltn_queue_drain(ltn_queue* queue, ltn_event* events, size_t* count,
                                   size_t capacity, size_t event_size);

/* LTN_OK when the queue is not empty, LTN_ERR_PENDING after the timeout, LTN_ERR_CLOSED when closed.
 * While waiting, this thread does the network work of the runtimes that feed the queue (no upcall runs on
 * it). [any] */
LTN_API ltn_status ltn_queue_wait(ltn_queue* queue, int64_t timeout_ms);

/* Nothing more comes in; wakes waiters. Questions inside are failed. [any, upcall] */
LTN_API ltn_status ltn_queue_close(ltn_queue* queue);
/* Closes it first, when that has not been done. */
LTN_API void ltn_queue_free(ltn_queue* queue);

/* ------------------------------------------------------------------------------------------------
 * Operations: everything that takes time, in either direction.
 *
 * Yours (CALL, CONNECT): given by the function that accepted it; ends exactly once; free it when you
 * are done. Freeing one that has not ended cancels it and no event follows.
 * Questions (SIGN, REQUEST): given to you; answer once by complete or fail; free it. Freeing one
 * without an answer fails it.
 * --------------------------------------------------------------------------------------------- */

/* LTN_OK when the operation has ended (see ltn_op_status for how), LTN_ERR_PENDING after the timeout.
 * While waiting, this thread does the network work of the operation's runtime; no upcall, handler or
 * signer runs on it. Waits may be sliced. LTN_ERR_WOULD_DEADLOCK inside an upcall, and under
 * host or virtual drive when only an upcall could end it. [any] */
LTN_API ltn_status ltn_op_wait(ltn_op* op, int64_t timeout_ms);

/* LTN_ERR_PENDING until it has ended, then its outcome. For a question: LTN_ERR_PENDING while it may be
 * answered, LTN_OK once answered, otherwise why it was withdrawn. [any, upcall] */
LTN_API ltn_status ltn_op_status(const ltn_op* op);

/* Detail of the outcome into `error`; LTN_ERR_PENDING before. For LTN_ERR_HANDLER the text is
 * what the peer answered. [any, upcall] */
LTN_API ltn_status ltn_op_error(const ltn_op* op, ltn_error* error);

/* What it is, LTN_OP_... */
LTN_API int32_t ltn_op_kind(const ltn_op* op);
/* The tag of the call, or of the handler or signer that asks. */
LTN_API uint64_t ltn_op_tag(const ltn_op* op);
/* The user_data of the call, or of the handler or signer that asks. */
LTN_API void* ltn_op_user_data(const ltn_op* op);

/* CALL after success: the answer, one MessagePack map. REQUEST: what the peer sent, one MessagePack map.
 * SIGN: the exact bytes to sign. Borrowed from the operation. LTN_ERR_PENDING before the end of a call,
 * LTN_ERR_EMPTY when it has none. [any, upcall] */
LTN_API ltn_status ltn_op_data(const ltn_op* op, const uint8_t** data, size_t* len);

/* The same bytes with an owner of their own, so that they outlive the operation. Given. [any, upcall] */
LTN_API ltn_status ltn_op_data_retain(const ltn_op* op, ltn_bytes** out);

/* Numbers and texts of LTN_DETAIL_...; LTN_ERR_EMPTY when this operation has none of that kind. The
 * text is borrowed from the operation. [any, upcall] */
LTN_API ltn_status ltn_op_number(const ltn_op* op, int64_t* value, int32_t detail);
/* The same for texts. */
LTN_API ltn_status ltn_op_text(const ltn_op* op, const char** text, size_t* len, int32_t detail);

/* REQUEST, CONNECT: the peer's proved key. [any, upcall] */
LTN_API ltn_status ltn_op_peer(const ltn_op* op, uint8_t key[LTN_KEY_LEN]);

/* Asks for an early end; the one completion still comes, with LTN_ERR_CANCELLED if the cancel won.
 * LTN_ERR_STATE for questions. [any, upcall] */
LTN_API ltn_status ltn_op_cancel(ltn_op* op);

/* Answers a question. REQUEST: `data` is one MessagePack map (NULL and 0: the empty map), copied.
 * SIGN: the 64 raw bytes of the signature, copied. LTN_ERR_STATE when already answered or withdrawn,
 * LTN_ERR_MALFORMED when it is no map (the question stays open), LTN_ERR_TOO_LARGE above the frame limit
 * (the peer reads `internal serialization error`), LTN_ERR_FULL beyond max_unsent_bytes (the peer reads
 * `request processing failed`, code busy). [any, upcall] */
LTN_API ltn_status ltn_op_complete(ltn_op* op, const uint8_t* data, size_t len, ltn_error* error);

/* The same with bytes that are lent or shared: no copy is made. `bytes` keeps its own reference. */
LTN_API ltn_status ltn_op_complete_bytes(ltn_op* op, ltn_bytes* bytes, ltn_error* error);

/* Answers a question with "no". `text` (may be NULL, copied) goes to the log only: a peer reads
 * `request processing failed`. LTN_ERR_STATE when already answered or withdrawn. [any, upcall] */
LTN_API ltn_status ltn_op_fail(ltn_op* op, const char* text);

/* ---- Streams. The reader's pace is the writer's: what is sent and not read yet is bounded on both
 * sides (docs/options.md, stream_window_bytes and stream_buffer_bytes).
 *
 * STREAM: the next chunk, given. LTN_ERR_PENDING: none within `timeout_ms` (LTN_EVENT_READABLE tells
 * of the next); LTN_ERR_EMPTY: the stream has ended and all was read, ltn_op_status says how it
 * ended, now and at every later call. Reading is what lets the peer send more. While waiting, as
 * ltn_op_wait. REQUEST and STREAM_REQUEST whose caller sends chunks of its own: the next of those,
 * LTN_ERR_EMPTY after the last, why it was withdrawn if it was; events go where questions go.
 * LTN_ERR_STATE for other kinds, and for requests that bring none. One reader at a time.
 * [any, upcall with timeout 0] */
LTN_API ltn_status ltn_op_read(ltn_op* op, ltn_bytes** chunk, int64_t timeout_ms);

/* STREAM_REQUEST: one more chunk, copied. LTN_ERR_FULL: the reader is behind and no room came within
 * `timeout_ms`; nothing was taken, LTN_EVENT_WRITABLE follows. LTN_ERR_TOO_LARGE above the frame
 * limit. Why the request was withdrawn (its caller is gone, it ran out of time) otherwise. After the
 * last chunk: ltn_op_complete with NULL and 0, or ltn_op_fail (the peer reads `stream processing
 * failed`). CALL and STREAM with LTN_CALL_SEND: the same towards the peer; LTN_ERR_FULL also while the
 * peer is being reached, LTN_ERR_CLOSED once it takes no more (its answer follows or is there). After
 * the last chunk: ltn_op_end. [any, upcall with timeout 0] */
LTN_API ltn_status ltn_op_send(ltn_op* op, const uint8_t* data, size_t len, int64_t timeout_ms,
                               ltn_error* error);
/* The same without a copy. `bytes` keeps its own reference. */
LTN_API ltn_status ltn_op_send_bytes(ltn_op* op, ltn_bytes* bytes, int64_t timeout_ms,
                                     ltn_error* error);

/* CALL and STREAM with LTN_CALL_SEND: no chunk follows. LTN_ERR_STATE for others, and the second time.
 * [any, upcall] */
LTN_API ltn_status ltn_op_end(ltn_op* op, ltn_error* error);

/* REGISTRY, once ended: how the entry of this index came out (LTN_OK: proved and connected); detail
 * into `error`. LTN_ERR_PENDING while it is not known (it may be known before the operation ends),
 * LTN_ERR_OUT_OF_RANGE. [any, upcall] */
LTN_API ltn_status ltn_op_outcome(ltn_op* op, ltn_status* outcome, size_t index, ltn_error* error);

/* Cancels what has not ended, fails what has not been answered. */
LTN_API void ltn_op_free(ltn_op* op);

/* ------------------------------------------------------------------------------------------------
 * Metrics: everything that a client or server counts, in one picture of one moment.
 * --------------------------------------------------------------------------------------------- */

enum {
    LTN_METRIC_COUNTER = 1,  /* only grows */
    LTN_METRIC_GAUGE = 2,    /* goes up and down */
    LTN_METRIC_HISTOGRAM = 3 /* times, in buckets */
};

typedef struct ltn_metric {
    uint32_t size; /* of this struct as the caller compiled it */
    int32_t kind;  /* LTN_METRIC_... */
    /* All pointers are borrowed from the picture. */
    const char* name;
    const char* help;
    const char* label; /* name of the label, NULL without one */
    const char* label_value;
    uint64_t value;  /* histogram: how many times were taken */
    uint64_t sum_ns; /* histogram: of all times */
    /* Histogram: `bucket_count` counts, one per bucket; the upper bounds of all but the last, which
     * has none. */
    const uint64_t* bucket_counts;
    const uint64_t* bucket_bounds_ns;
    size_t bucket_count;
} ltn_metric;

typedef struct ltn_metrics ltn_metrics;

/* Given. Empty before start. Names are stable; new ones may come. [any, upcall] */
LTN_API ltn_status ltn_client_metrics(ltn_client* client, ltn_metrics** out, ltn_error* error);
/* As ltn_client_metrics. */
LTN_API ltn_status ltn_server_metrics(ltn_server* server, ltn_metrics** out, ltn_error* error);
/* How many are in the picture. */
LTN_API size_t ltn_metrics_count(const ltn_metrics* metrics);
/* `metric->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end. */
LTN_API ltn_status ltn_metrics_get(const ltn_metrics* metrics, ltn_metric* metric, size_t index);
/* Takes the picture. */
LTN_API void ltn_metrics_free(ltn_metrics* metrics);

/* Names and values as texts, for programs written for the original, whose get_connection_stats gives
 * such a map. */
typedef struct ltn_text_map ltn_text_map;

/* `total_connections`, `active_miners` (hotkeys that are proved), and `connection_<ip:port>` for each address
 * that is connected ("active") or was tried in vain ("closed(<status name>)"); the first counts both. Given.
 * Before start both totals are "0". [any, upcall] */
LTN_API ltn_status ltn_client_connection_stats(ltn_client* client, ltn_text_map** out,
                                               ltn_error* error);
/* `total_connections`, `verified_connections`, and `connection_<hotkey>` (prefix 42) with a number for each
 * proved peer, which no later connection has. Otherwise as above. */
LTN_API ltn_status ltn_server_connection_stats(ltn_server* server, ltn_text_map** out,
                                               ltn_error* error);
/* How many pairs are in the map. */
LTN_API size_t ltn_text_map_count(const ltn_text_map* map);
/* In the order of the names; both texts are borrowed from the map. LTN_ERR_OUT_OF_RANGE past the end. */
LTN_API ltn_status ltn_text_map_get(const ltn_text_map* map, const char** key, const char** value,
                                    size_t index);
/* Takes the map. */
LTN_API void ltn_text_map_free(ltn_text_map* map);

/* ------------------------------------------------------------------------------------------------
 * Client: calls peers by their key.
 * --------------------------------------------------------------------------------------------- */

typedef struct ltn_call {
    uint32_t size;       /* of this struct as the caller compiled it; set by ltn_call_init */
    uint32_t flags;      /* LTN_CALL_... or 0 */
    const uint8_t* peer; /* LTN_KEY_LEN bytes; copied */
    const char* address; /* host:port, ip:port or [ipv6]:port; copied. NULL: where the registry
                             knows the peer */
    const char* type;    /* the name the peer dispatches on; copied */
    size_t type_len;
    const uint8_t* data; /* one MessagePack map, copied; NULL and 0: the empty map */
    size_t data_len;
    ltn_bytes* bytes;   /* instead of data: shared, not copied */
    int64_t timeout_ms; /* over everything from now to the answer; below 0: without end; 0: the
                             option default_timeout_ms */
    uint64_t tag;       /* comes back in the event */
    void* user_data;    /* comes back in the event; no destroy: it is yours until the completion */
    /* Only for ltn_client_open; 0: the option of the same name. Below 0: without limit. */
    int64_t first_chunk_timeout_ms; /* from the request to the first chunk */
    int64_t chunk_timeout_ms;       /* from one chunk to the next */
    uint64_t stream_window_bytes;   /* chunks received and not read yet */
    uint64_t stream_max_bytes;      /* of all chunks together; LTN_CALL_COLLECT: 0 is the option
                                        max_stream_payload_bytes, otherwise 0 is no limit */
    int64_t priority; /* 0 is ordinary, -3 the least and 4 the most urgent: among the calls that
                          wait for their turn, here and at the peer; needs btlightning/2 there */
} ltn_call;

/* Flags of ltn_call. COLLECT (ltn_client_open): all chunks are kept until the end and then read; no
 * LTN_EVENT_READABLE comes. SEND (ltn_client_call, ltn_client_open): chunks of yours follow the request,
 * by ltn_op_send and ltn_op_end; a peer that does not speak btlightning/2 cannot take them, and the
 * operation ends with LTN_ERR_UNSUPPORTED. */
enum { LTN_CALL_COLLECT = 1, LTN_CALL_SEND = 2 };

/* Fills `call` with defaults; `size` is sizeof(ltn_call) as you compiled it. [any, upcall] */
LTN_API ltn_status ltn_call_init(ltn_call* call, size_t size);

/* Given. `runtime` may be NULL for a private one with its own thread. `signer` says who we are; the client
 * keeps a reference. [any] */
LTN_API ltn_status ltn_client_new(ltn_client** out, ltn_runtime* runtime, ltn_signer* signer,
                                  ltn_error* error);

/* Options of docs/options.md, "client"; after start those that the page says change at any time, for
 * what begins from then on: another is LTN_ERR_STATE, a value against the rules between settings
 * LTN_ERR_CONFIG, and nothing has changed then. [setup; any, upcall after start] */
LTN_API ltn_status ltn_client_set(ltn_client* client, const char* name, const char* value,
                                  ltn_error* error);

/* Where events go: one of the two, or neither (then wait for or poll the operations). [setup] */
LTN_API ltn_status ltn_client_deliver_queue(ltn_client* client, ltn_queue* queue);
/* By upcall instead. `user_data` is lent. */
LTN_API ltn_status ltn_client_deliver_upcall(ltn_client* client, ltn_event_fn deliver,
                                             void* user_data, ltn_destroy_fn destroy);

/* Opens the sockets and starts the self-test of the signer; calls are accepted at once and wait for
 * it. LTN_ERR_CONFIG, LTN_ERR_IO, LTN_ERR_STATE. [setup] */
LTN_API ltn_status ltn_client_start(ltn_client* client, ltn_error* error);

/* Accepts a request; on LTN_OK `*op` is given and ends exactly once. Dials the address when there is no
 * live connection. Rejected: LTN_ERR_INVALID_ARGUMENT, LTN_ERR_MALFORMED (no MessagePack map),
 * LTN_ERR_TOO_LARGE (above max_frame_payload_bytes), LTN_ERR_FULL, LTN_ERR_CLOSED. How it can end:
 * LTN_OK, LTN_ERR_HANDLER (the peer answered without success; ltn_op_error has its text), DEADLINE,
 * CANCELLED, SHUTDOWN, and everything from RESOLVE to STREAM_RESET. [any, upcall] */
LTN_API ltn_status ltn_client_call(ltn_client* client, ltn_op** op, const ltn_call* call,
                                   ltn_error* error);

/* A request whose answer is a stream: read it with ltn_op_read, the operation ends (OP_DONE) when the
 * stream has; LTN_ERR_STREAM is a peer that ended it without success. Otherwise as ltn_client_call,
 * `timeout_ms` over the whole stream. [any, upcall] */
LTN_API ltn_status ltn_client_open(ltn_client* client, ltn_op** op, const ltn_call* call,
                                   ltn_error* error);

/* Reaches and authenticates call->peer at call->address without a request (`type` and data are not
 * looked at). [any, upcall] */
LTN_API ltn_status ltn_client_connect(ltn_client* client, ltn_op** op, const ltn_call* call,
                                      ltn_error* error);

/* The registry: peers that are to be kept connected, and where. */
typedef struct ltn_registry_entry {
    const char* hotkey;  /* SS58 text; copied */
    const char* address; /* host:port, ip:port or [ipv6]:port; copied */
} ltn_registry_entry;

/* The complete list of peers, replacing the last one: those that are new are connected, those that are
 * gone are closed, live connections are left alone. `*op` (given) ends when every entry has its
 * outcome (ltn_op_outcome): a wrong entry costs only itself. Updates run one after another; one
 * that waits is replaced by a newer one and ends with LTN_ERR_CANCELLED. From then on lost
 * connections are made again in the background (reconnect_* in docs/options.md). `entry_size` is
 * sizeof(ltn_registry_entry) as you compiled it. [any, upcall] */
LTN_API ltn_status ltn_client_registry_set(ltn_client* client, ltn_op** op,
                                           const ltn_registry_entry* entries, size_t count,
                                           size_t entry_size, ltn_error* error);

/* How a registered or connected peer is doing. */
enum {
    LTN_PEER_WAITING = 1,     /* neither proved nor refused yet */
    LTN_PEER_READY = 2,       /* proved on a live connection */
    LTN_PEER_BACKOFF = 3,     /* failed; tried again in next_try_ms */
    LTN_PEER_EXHAUSTED = 4,   /* failed too often; waits for the next update */
    LTN_PEER_FALSE_CLAIM = 5, /* the server there proved another key */
    LTN_PEER_OVER_LIMIT = 6   /* no room under max_connections */
};

typedef struct ltn_peer {
    uint32_t size; /* of this struct as the caller compiled it */
    int32_t state; /* LTN_PEER_... */
    uint8_t key[LTN_KEY_LEN];
    const char* hotkey;      /* borrowed from the list */
    const char* address;     /* borrowed from the list */
    int32_t status;          /* why it is not ready, LTN_OK otherwise */
    uint32_t attempts;       /* failed ones in a row */
    int64_t next_try_ms;     /* from now; -1: none planned */
    int64_t rtt_ns;          /* -1: not known */
    int64_t clock_offset_ms; /* its clock minus ours */
} ltn_peer;

typedef struct ltn_peer_list ltn_peer_list;
/* A picture of all peers at one moment. Given. [any, upcall] */
LTN_API ltn_status ltn_client_peers(ltn_client* client, ltn_peer_list** out, ltn_error* error);
/* How many are in the picture. */
LTN_API size_t ltn_peer_list_count(const ltn_peer_list* list);
/* `peer->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end. */
LTN_API ltn_status ltn_peer_list_get(const ltn_peer_list* list, ltn_peer* peer, size_t index);
/* Takes the picture. */
LTN_API void ltn_peer_list_free(ltn_peer_list* list);

/* Counters by name (docs/options.md lists them). LTN_ERR_UNKNOWN_OPTION. [any, upcall] */
LTN_API ltn_status ltn_client_stat(ltn_client* client, uint64_t* value, const char* name);

/* Ends what is outstanding with LTN_ERR_SHUTDOWN and closes; the event CLOSED is the last. [any, upcall] */
LTN_API ltn_status ltn_client_stop(ltn_client* client);
/* LTN_OK once closed, LTN_ERR_PENDING after the timeout. [any] */
LTN_API ltn_status ltn_client_wait(ltn_client* client, int64_t timeout_ms);
/* Stops it when that has not been done, and waits for nothing. */
LTN_API void ltn_client_free(ltn_client* client);

/* ------------------------------------------------------------------------------------------------
 * Server: answers peers that proved their key.
 * --------------------------------------------------------------------------------------------- */

/* Given. As ltn_client_new. [any] */
LTN_API ltn_status ltn_server_new(ltn_server** out, ltn_runtime* runtime, ltn_signer* signer,
                                  ltn_error* error);

/* Options of docs/options.md, "server"; `listen` ("127.0.0.1:0" by default) is one. After
 * start as ltn_client_set, on all loops; requests that a raised limit has room for start at once.
 * [setup; any, upcall after start] */
LTN_API ltn_status ltn_server_set(ltn_server* server, const char* name, const char* value,
                                  ltn_error* error);

/* As ltn_client_deliver_queue. [setup] */
LTN_API ltn_status ltn_server_deliver_queue(ltn_server* server, ltn_queue* queue);
/* As ltn_client_deliver_upcall. */
LTN_API ltn_status ltn_server_deliver_upcall(ltn_server* server, ltn_event_fn deliver,
                                             void* user_data, ltn_destroy_fn destroy);

/* Who answers requests named `type`; the last registration of a name wins, NULL as type is whoever
 * no other name fits. The request is an operation given to `handler` on the loop's thread; be quick or
 * answer later from elsewhere. With `handler` NULL it comes as LTN_EVENT_QUESTION through the
 * server's queue or upcall, with `tag`. [any, upcall] */
LTN_API ltn_status ltn_server_handle(ltn_server* server, const char* type, uint64_t tag,
                                     ltn_question_fn handler, void* user_data,
                                     ltn_destroy_fn destroy, ltn_error* error);

/* The same for requests that are answered with a stream: the operation is a STREAM_REQUEST. A name is
 * either this or that; the last registration wins. [any, upcall] */
LTN_API ltn_status ltn_server_handle_stream(ltn_server* server, const char* type, uint64_t tag,
                                            ltn_question_fn handler, void* user_data,
                                            ltn_destroy_fn destroy, ltn_error* error);

/* Takes a name away; requests under way go on. LTN_ERR_EMPTY when there was none. [any, upcall] */
LTN_API ltn_status ltn_server_unhandle(ltn_server* server, const char* type);

/* Who may connect, with require_validator_permit. The set is `count` keys of LTN_KEY_LEN bytes one
 * after another (copied) and replaces the last one; until the first, nobody is admitted. Connected peers
 * that lost their permit are closed after permit_grace_ms. [any, upcall] */
LTN_API ltn_status ltn_server_set_permits(ltn_server* server, const uint8_t* keys, size_t count,
                                          ltn_error* error);

/* Asks you for that set at start and every validator_permit_refresh_ms: an operation PERMITS, given to
 * `resolver` on the loop's thread, or, with `resolver` NULL, as LTN_EVENT_QUESTION with `tag`.
 * Complete it with the keys one after another, or fail it: the last set stays. [setup] */
LTN_API ltn_status ltn_server_resolve_permits(ltn_server* server, uint64_t tag,
                                              ltn_question_fn resolver, void* user_data,
                                              ltn_destroy_fn destroy, ltn_error* error);

/* From where peers may connect, with enforce_source_allowlist: "bypass", or addresses and prefixes
 * (10.0.0.0/8, 2001:db8::/32) between spaces, commas or line ends; the empty text is nobody. What
 * has ! before it is blocked: never heard, whatever else is said, with a bypass too. [any, upcall] */
LTN_API ltn_status ltn_server_set_sources(ltn_server* server, const char* sources,
                                          ltn_error* error);
/* Asks you for that text as ltn_server_resolve_permits does: an operation SOURCES. [setup] */
LTN_API ltn_status ltn_server_resolve_sources(ltn_server* server, uint64_t tag,
                                              ltn_question_fn resolver, void* user_data,
                                              ltn_destroy_fn destroy, ltn_error* error);

/* An accepted handshake; both texts are borrowed during the upcall. */
typedef void (*ltn_observe_fn)(const uint8_t key[LTN_KEY_LEN], const char* hotkey,
                               const char* address, void* user_data);
/* Tells `observe` of every accepted handshake, repeats included, on the loop's thread; nothing waits for
 * it. `hotkey` (prefix 42) and `address` (ip:port) are borrowed during the upcall. [setup] */
LTN_API ltn_status ltn_server_observe(ltn_server* server, ltn_observe_fn observe, void* user_data,
                                      ltn_destroy_fn destroy);

/* Where peers come from: what the host listed or blocked (ltn_server_set_sources), and what the server
 * learned from handshakes that succeeded. For a firewall's list, and for the next run. */
enum { LTN_SOURCE_LISTED = 1, LTN_SOURCE_LEARNED = 2, LTN_SOURCE_BLOCKED = 3 };

typedef struct ltn_source {
    uint32_t size;      /* of this struct as the caller compiled it */
    int32_t kind;       /* LTN_SOURCE_... */
    const char* prefix; /* "192.0.2.7/32"; borrowed from the list */
    const char* hotkey; /* LEARNED: who proved itself from there; NULL otherwise; borrowed */
    int64_t age_ms;     /* LEARNED: since the last time; -1 otherwise */
} ltn_source;

typedef struct ltn_source_list ltn_source_list;
/* A picture of all sources at one moment, learned ones once for each hotkey. Given. LTN_ERR_STATE before
 * start, LTN_ERR_CLOSED after stop, so that nobody takes the end for an empty list. [any, upcall] */
LTN_API ltn_status ltn_server_sources(ltn_server* server, ltn_source_list** out, ltn_error* error);
/* How many are in the picture. */
LTN_API size_t ltn_source_list_count(const ltn_source_list* list);
/* `source->size` set by the caller. LTN_ERR_OUT_OF_RANGE past the end. */
LTN_API ltn_status ltn_source_list_get(const ltn_source_list* list, ltn_source* source,
                                       size_t index);
/* Takes the picture. */
LTN_API void ltn_source_list_free(ltn_source_list* list);

/* Tells the server what an earlier run has learned: `key` proved itself from `prefix` (/32 or /64, or a bare
 * address; copied) `age_ms` ago. After a week it counts no more and is ignored. LTN_ERR_MALFORMED,
 * LTN_ERR_FULL (4,096 hotkeys), LTN_ERR_CLOSED. [any, upcall] */
LTN_API ltn_status ltn_server_learn_source(ltn_server* server, const uint8_t key[LTN_KEY_LEN],
                                           const char* prefix, int64_t age_ms, ltn_error* error);

/* Peers that are connected and proved. Given. [any, upcall] */
LTN_API ltn_status ltn_server_peers(ltn_server* server, ltn_peer_list** out, ltn_error* error);

/* Closes peers that sent no request for longer than `idle_ms`; `*count` (may be NULL) says how many.
 * [any, upcall] */
LTN_API ltn_status ltn_server_sweep(ltn_server* server, uint64_t* count, int64_t idle_ms);

/* Binds (the error says why not) and starts the self-test of the signer; peers are admitted once it has
 * passed. [setup] */
LTN_API ltn_status ltn_server_start(ltn_server* server, ltn_error* error);

/* The bound address as ip:port, terminated. LTN_ERR_STATE before start. [any, upcall] */
LTN_API ltn_status ltn_server_address(ltn_server* server, char* out, size_t out_size, size_t* len);

/* As ltn_client_stat. [any, upcall] */
LTN_API ltn_status ltn_server_stat(ltn_server* server, uint64_t* value, const char* name);

/* Finishes running requests for up to `drain_timeout_ms` (an option, 0 by default), withdraws the rest,
 * closes. [any, upcall] */
LTN_API ltn_status ltn_server_stop(ltn_server* server);
/* As ltn_client_wait. [any] */
LTN_API ltn_status ltn_server_wait(ltn_server* server, int64_t timeout_ms);
/* As ltn_client_free. */
LTN_API void ltn_server_free(ltn_server* server);

#ifdef __cplusplus
}
#endif

#endif /* LTN_LIGHTNING_H */

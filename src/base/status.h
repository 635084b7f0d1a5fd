// Status of an operation inside the library. The numbers are those of ltn_status in lightning.h
// (checked by a static_assert in src/abi), so no table translates between the two.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace ltn {

enum class Code : int32_t {
    ok = 0,
    // Local: how the library was used, or what the machine could not do.
    invalid_argument = 1,
    closed = 2,
    wrong_state = 3,
    forked = 4,
    would_deadlock = 5,
    no_memory = 6,
    pending = 7,
    full = 8,
    empty = 9,
    unknown_option = 10,
    out_of_range = 11,
    unsupported = 12,
    io = 13,
    internal = 14,
    cancelled = 15,
    deadline = 16,
    shutdown = 17,
    // Configuration and keys.
    config = 32,
    bad_key = 33,
    key_mismatch = 34,
    password = 35,
    // Reaching the peer.
    resolve = 48,
    connect = 49,
    connect_timeout = 50,
    connection_lost = 51,
    refused = 52,
    alpn_mismatch = 53,
    certificate = 54,
    // Proving who is who.
    handshake_rejected = 64,
    handshake_protocol = 65,
    hotkey_mismatch = 66,
    fingerprint_mismatch = 67,
    bad_signature = 68,
    signer_failed = 69,
    signer_timeout = 70,
    // What travelled.
    malformed = 80,
    too_large = 81,
    unexpected_frame = 82,
    stream_reset = 83,
    stream = 84,  // a streamed answer that ended without success
    // What the other side answered.
    handler = 96,
};

// The eight categories of the wire specification, section 8, and one for what never leaves this
// process.
enum class Category : int32_t {
    local = 0,
    connection = 1,
    handshake = 2,
    signing = 3,
    serialization = 4,
    transport = 5,
    handler = 6,
    config = 7,
    stream = 8,
};

// "connection error: " and so on; empty for Category::local.
std::string_view category_prefix(Category category);
std::string_view category_name(Category category);
std::string_view code_name(Code code);

struct [[nodiscard]] Error {
    Code code = Code::ok;
    Category category = Category::local;
    std::string text;

    Error() = default;
    Error(Code c, Category cat, std::string t) : code(c), category(cat), text(std::move(t)) {}

    bool ok() const { return code == Code::ok; }
    // Prefix plus text: what a person reads.
    std::string display() const;
    // Whether the same request may succeed if it is simply made again later.
    bool retriable() const;
};

// A value or an error. Small on purpose: std::expected is C++23.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : value_(std::move(value)) {}
    Result(Error error) : error_(std::move(error)) {}

    bool ok() const { return error_.ok(); }
    explicit operator bool() const { return ok(); }
    T& value() { return value_; }
    const T& value() const { return value_; }
    T* operator->() { return &value_; }
    const T* operator->() const { return &value_; }
    T& operator*() { return value_; }
    const Error& error() const { return error_; }

private:
    T value_{};
    Error error_{};
};

}  // namespace ltn

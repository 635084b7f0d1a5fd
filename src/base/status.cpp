#include "base/status.h"

namespace ltn {

std::string_view category_prefix(Category category)
{
    switch (category) {
        case Category::local: return "";
        case Category::connection: return "connection error: ";
        case Category::handshake: return "handshake error: ";
        case Category::signing: return "signing error: ";
        case Category::serialization: return "serialization error: ";
        case Category::transport: return "transport error: ";
        case Category::handler: return "handler error: ";
        case Category::config: return "config error: ";
        case Category::stream: return "stream error: ";
    }
    return "";
}

std::string_view category_name(Category category)
{
    switch (category) {
        case Category::local: return "local";
        case Category::connection: return "connection";
        case Category::handshake: return "handshake";
        case Category::signing: return "signing";
        case Category::serialization: return "serialization";
        case Category::transport: return "transport";
        case Category::handler: return "handler";
        case Category::config: return "config";
        case Category::stream: return "stream";
    }
    return "unknown";
}

std::string_view code_name(Code code)
{
    switch (code) {
        case Code::ok: return "ok";
        case Code::invalid_argument: return "invalid_argument";
        case Code::closed: return "closed";
        case Code::wrong_state: return "state";
        case Code::forked: return "forked";
        case Code::would_deadlock: return "would_deadlock";
        case Code::no_memory: return "no_memory";
        case Code::pending: return "pending";
        case Code::full: return "full";
        case Code::empty: return "empty";
        case Code::unknown_option: return "unknown_option";
        case Code::out_of_range: return "out_of_range";
        case Code::unsupported: return "unsupported";
        case Code::io: return "io";
        case Code::internal: return "internal";
        case Code::cancelled: return "cancelled";
        case Code::deadline: return "deadline";
        case Code::shutdown: return "shutdown";
        case Code::config: return "config";
        case Code::bad_key: return "bad_key";
        case Code::key_mismatch: return "key_mismatch";
        case Code::password: return "password";
        case Code::resolve: return "resolve";
        case Code::connect: return "connect";
        case Code::connect_timeout: return "connect_timeout";
        case Code::connection_lost: return "connection_lost";
        case Code::refused: return "refused";
        case Code::alpn_mismatch: return "alpn";
        case Code::certificate: return "certificate";
        case Code::handshake_rejected: return "handshake_rejected";
        case Code::handshake_protocol: return "handshake_protocol";
        case Code::hotkey_mismatch: return "hotkey_mismatch";
        case Code::fingerprint_mismatch: return "fingerprint";
        case Code::bad_signature: return "bad_signature";
        case Code::signer_failed: return "signer";
        case Code::signer_timeout: return "signer_timeout";
        case Code::malformed: return "malformed";
        case Code::too_large: return "too_large";
        case Code::unexpected_frame: return "unexpected_frame";
        case Code::stream_reset: return "stream_reset";
        case Code::stream: return "stream";
        case Code::handler: return "handler";
    }
    return "unknown";
}

std::string Error::display() const
{
    std::string out(category_prefix(category));
    out += text;
    return out;
}

bool Error::retriable() const
{
    switch (code) {
        case Code::full:
        case Code::io:
        case Code::deadline:
        case Code::resolve:
        case Code::connect:
        case Code::connect_timeout:
        case Code::connection_lost:
        case Code::refused:
        case Code::signer_timeout:
        case Code::stream_reset: return true;
        default: return false;
    }
}

}  // namespace ltn

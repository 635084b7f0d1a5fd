// The two strings that are signed (spec/transport.md 3.4) and the identifiers that go with them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ltn::transport {

// Hotkeys are the text as it travelled, not a re-encoding of the key: the other side signed that.
std::string request_string(std::string_view validator_hotkey, uint64_t timestamp_s,
                           std::string_view nonce, std::string_view fingerprint);
// The timestamp is the response's own, the nonce the request's.
std::string response_string(std::string_view validator_hotkey, std::string_view miner_hotkey,
                            uint64_t timestamp_s, std::string_view nonce,
                            std::string_view fingerprint);
// Of the second token (docs/wire-2.md): they name whom the client expects, and the TLS session.
std::string request_string2(std::string_view validator_hotkey, std::string_view expected_hotkey,
                            uint64_t timestamp_s, std::string_view nonce,
                            std::string_view fingerprint, std::string_view exporter);
std::string response_string2(std::string_view validator_hotkey, std::string_view miner_hotkey,
                             uint64_t timestamp_s, std::string_view nonce,
                             std::string_view fingerprint, std::string_view exporter);

std::string connection_id(std::string_view validator_hotkey, uint64_t unix_ms);

// A piece of the peer's text inside our own message: printable ASCII, at most 64 characters.
std::string quoted_for_error(std::string_view untrusted);

}  // namespace ltn::transport

#include "transport/handshake_strings.h"

namespace ltn::transport {

std::string request_string(std::string_view validator_hotkey, uint64_t timestamp_s,
                           std::string_view nonce, std::string_view fingerprint)
{
    std::string out = "handshake:";
    out.append(validator_hotkey).append(1, ':').append(std::to_string(timestamp_s)).append(1, ':');
    out.append(nonce).append(1, ':').append(fingerprint);
    return out;
}

std::string response_string(std::string_view validator_hotkey, std::string_view miner_hotkey,
                            uint64_t timestamp_s, std::string_view nonce,
                            std::string_view fingerprint)
{
    std::string out = "handshake_response:";
    out.append(validator_hotkey).append(1, ':').append(miner_hotkey).append(1, ':');
    out.append(std::to_string(timestamp_s)).append(1, ':');
    out.append(nonce).append(1, ':').append(fingerprint);
    return out;
}

std::string connection_id(std::string_view validator_hotkey, uint64_t unix_ms)
{
    std::string out = "conn_";
    out.append(validator_hotkey).append(1, '_').append(std::to_string(unix_ms));
    return out;
}

std::string quoted_for_error(std::string_view untrusted)
{
    constexpr size_t kShownMax = 64;
    std::string out;
    for (char c : untrusted.substr(0, kShownMax)) {
        out.push_back(c >= 0x20 && c < 0x7f ? c : '?');
    }
    if (untrusted.size() > kShownMax) out += "...";
    return out;
}

}  // namespace ltn::transport

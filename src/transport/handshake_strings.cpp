#include "transport/handshake_strings.h"

namespace ltn::transport {

namespace {

std::string string2(std::string_view what, std::string_view validator_hotkey,
                    std::string_view miner_hotkey, uint64_t timestamp_s, std::string_view nonce,
                    std::string_view fingerprint, std::string_view exporter)
{
    std::string out(what);
    const std::string timestamp = std::to_string(timestamp_s);
    for (std::string_view part :
         {validator_hotkey, miner_hotkey, std::string_view(timestamp), nonce, fingerprint}) {
        out.append(part).append(1, ':');
    }
    out.append(exporter);
    return out;
}

}  // namespace

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

std::string request_string2(std::string_view validator_hotkey, std::string_view expected_hotkey,
                            uint64_t timestamp_s, std::string_view nonce,
                            std::string_view fingerprint, std::string_view exporter)
{
    return string2("handshake2:", validator_hotkey, expected_hotkey, timestamp_s, nonce,
                   fingerprint, exporter);
}

std::string response_string2(std::string_view validator_hotkey, std::string_view miner_hotkey,
                             uint64_t timestamp_s, std::string_view nonce,
                             std::string_view fingerprint, std::string_view exporter)
{
    return string2("handshake2_response:", validator_hotkey, miner_hotkey, timestamp_s, nonce,
                   fingerprint, exporter);
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

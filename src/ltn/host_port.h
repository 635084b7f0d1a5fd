// HOST:PORT and [IPv6]:PORT in two parts.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace ltn_program {

inline std::optional<std::pair<std::string, int>> split_host_port(const std::string& text)
{
    const size_t colon = text.rfind(':');
    if (colon == std::string::npos || colon + 1 == text.size() || text.size() - colon > 6)
        return {};
    int port = 0;
    for (size_t i = colon + 1; i < text.size(); ++i) {
        if (text[i] < '0' || text[i] > '9') return {};
        port = port * 10 + (text[i] - '0');
    }
    std::string host = text.substr(0, colon);
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    }
    if (host.empty() || port > 65535) return {};
    return std::pair{host, port};
}

}  // namespace ltn_program

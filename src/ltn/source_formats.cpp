#include "source_formats.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "library.h"

namespace ltn_program {

namespace {

constexpr std::string_view kHead = "# ltn sources: ";
constexpr int64_t kRosterStepSecs = 600;
constexpr std::string_view kRosterHead =
    "# ltn roster 1: hotkey, prefix, last seen (Unix seconds)\n";

void sort_out(std::vector<std::string>& prefixes)
{
    std::sort(prefixes.begin(), prefixes.end());
    prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
}

void append_nft(std::string& out, const char* set, const std::vector<std::string>& prefixes)
{
    out += fmt::format("flush set inet ltn {}\n", set);
    for (size_t i = 0; i < prefixes.size(); ++i) {
        out += i == 0 ? fmt::format("add element inet ltn {} {{ ", set) : ",\n    ";
        out += prefixes[i];
    }
    if (!prefixes.empty()) out += " }\n";
}

// A hash:net set takes no prefix of length 0: two halves are the same.
std::vector<std::string> without_zero(const std::vector<std::string>& prefixes)
{
    std::vector<std::string> out;
    for (const std::string& prefix : prefixes) {
        if (prefix == "0.0.0.0/0") {
            out.insert(out.end(), {"0.0.0.0/1", "128.0.0.0/1"});
        } else if (prefix == "::/0") {
            out.insert(out.end(), {"::/1", "8000::/1"});
        } else {
            out.push_back(prefix);
        }
    }
    return out;
}

// Filled beside and swapped in: `ipset restore` works line by line, and nobody is to meet an empty set.
void append_ipset(std::string& out, const char* set, const char* family,
                  const std::vector<std::string>& prefixes)
{
    const std::string shape = fmt::format("hash:net family {} maxelem 1048576", family);
    out +=
        fmt::format("create ltn_{0} {1} -exist\ncreate ltn_{0}_new {1} -exist\nflush ltn_{0}_new\n",
                    set, shape);
    for (const std::string& prefix : without_zero(prefixes)) {
        out += fmt::format("add ltn_{}_new {} -exist\n", set, prefix);
    }
    out += fmt::format("swap ltn_{0}_new ltn_{0}\ndestroy ltn_{0}_new\n", set);
}

Failure bad_line(const std::string& path, size_t number, const std::string& why,
                 const std::string& what)
{
    return {kExitLocal, what, "config", fmt::format("{}:{}: {}", path, number, why)};
}

// The next word of `line`, and the line without it.
std::string_view take_word(std::string_view& line)
{
    const size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    const size_t end = std::min(line.find_first_of(" \t", begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

void restore_line(ltn_server* server, std::string_view line, int64_t now_s)
{
    const std::string text(line.substr(0, 160));
    const std::string hotkey(take_word(line));
    const std::string prefix(take_word(line));
    const std::string_view seen = take_word(line);
    int64_t seen_s = 0;
    const auto [end, error] = std::from_chars(seen.data(), seen.data() + seen.size(), seen_s);
    if (error != std::errc() || end != seen.data() + seen.size() || seen_s < 0 ||
        !take_word(line).empty()) {
        throw std::runtime_error("expected a hotkey, a prefix and Unix seconds, got \"" + text +
                                 "\"");
    }
    uint8_t key[LTN_KEY_LEN];
    Detail detail;
    ltn_status status = ltn_hotkey_decode(key, hotkey.c_str(), 0, detail.out());
    if (status == LTN_OK) {
        // A clock that went back meanwhile makes nothing older.
        const int64_t age_s = std::clamp<int64_t>(now_s - seen_s, 0, int64_t{365} * 24 * 3600);
        status = ltn_server_learn_source(server, key, prefix.c_str(), age_s * 1000, detail.out());
    }
    if (status != LTN_OK) throw std::runtime_error(detail.text(status));
}

}  // namespace

ExportTarget parse_export_target(const std::string& text)
{
    const size_t colon = text.rfind(':');
    const std::string word = colon == std::string::npos ? "" : text.substr(colon + 1);
    if (word == "nft") return {text.substr(0, colon), SourceFormat::nft};
    if (word == "ipset") return {text.substr(0, colon), SourceFormat::ipset};
    if (word == "plain") return {text.substr(0, colon), SourceFormat::plain};
    return {text, SourceFormat::plain};
}

SourceSets sets_of(const ltn_source_list* list)
{
    SourceSets sets;
    for (size_t i = 0; i < ltn_source_list_count(list); ++i) {
        ltn_source source{};
        source.size = sizeof source;
        if (ltn_source_list_get(list, &source, i) != LTN_OK) continue;
        const std::string prefix = source.prefix;
        const bool v6 = prefix.find(':') != std::string::npos;
        if (source.kind == LTN_SOURCE_BLOCKED) {
            (v6 ? sets.blocked6 : sets.blocked4).push_back(prefix);
        } else {
            (v6 ? sets.known6 : sets.known4).push_back(prefix);
        }
    }
    for (auto* each : {&sets.known4, &sets.known6, &sets.blocked4, &sets.blocked6}) sort_out(*each);
    return sets;
}

std::string export_text(const SourceSets& sets, SourceFormat format)
{
    std::string out = fmt::format("{}{} known, {} blocked\n", kHead, sets.known(),
                                  sets.blocked4.size() + sets.blocked6.size());
    switch (format) {
        case SourceFormat::plain:
            for (const auto* each : {&sets.known4, &sets.known6}) {
                for (const std::string& prefix : *each) out += "known " + prefix + "\n";
            }
            for (const auto* each : {&sets.blocked4, &sets.blocked6}) {
                for (const std::string& prefix : *each) out += "blocked " + prefix + "\n";
            }
            break;
        case SourceFormat::nft:
            append_nft(out, "known4", sets.known4);
            append_nft(out, "known6", sets.known6);
            append_nft(out, "blocked4", sets.blocked4);
            append_nft(out, "blocked6", sets.blocked6);
            break;
        case SourceFormat::ipset:
            append_ipset(out, "known4", "inet", sets.known4);
            append_ipset(out, "known6", "inet6", sets.known6);
            append_ipset(out, "blocked4", "inet", sets.blocked4);
            append_ipset(out, "blocked6", "inet6", sets.blocked6);
            break;
    }
    return out;
}

size_t known_in(const std::string& content)
{
    size_t count = 0;
    if (content.starts_with(kHead)) {
        const char* digits = content.data() + kHead.size();
        if (std::from_chars(digits, content.data() + content.size(), count).ec == std::errc()) {
            return count;
        }
    }
    return static_cast<size_t>(std::count(content.begin(), content.end(), '\n'));
}

std::string roster_text(const ltn_source_list* list, int64_t now_s)
{
    std::string out(kRosterHead);
    for (size_t i = 0; i < ltn_source_list_count(list); ++i) {
        ltn_source source{};
        source.size = sizeof source;
        if (ltn_source_list_get(list, &source, i) != LTN_OK) continue;
        if (source.kind != LTN_SOURCE_LEARNED) continue;
        const int64_t seen_s = now_s - source.age_ms / 1000;
        // To the nearest step: the two clocks differ by moments from one picture to the next, and the
        // file is not to be written for that.
        out += fmt::format("{} {} {}\n", source.hotkey, source.prefix,
                           (seen_s + kRosterStepSecs / 2) / kRosterStepSecs * kRosterStepSecs);
    }
    return out;
}

void restore_roster(ltn_server* server, const std::string& path, const std::string& content,
                    int64_t now_s, const std::string& what)
{
    std::string_view rest = content;
    for (size_t number = 1; !rest.empty(); ++number) {
        const size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.front() == '#') continue;
        try {
            restore_line(server, line, now_s);
        } catch (const std::runtime_error& error) {
            throw bad_line(path, number, error.what(), what);
        }
    }
}

}  // namespace ltn_program

// A server's sources as text: for nftables, for ipset, plain, and as the roster that the next run reads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <ltn/lightning.h>

namespace ltn_program {

enum class SourceFormat { plain, nft, ipset };

// FILE or FILE:FORMAT.
struct ExportTarget {
    std::string path;
    SourceFormat format = SourceFormat::plain;
};
ExportTarget parse_export_target(const std::string& text);

// Prefixes in order, each once, as the kernel's sets need them.
struct SourceSets {
    std::vector<std::string> known4, known6, blocked4, blocked6;

    size_t known() const { return known4.size() + known6.size(); }
    friend bool operator==(const SourceSets&, const SourceSets&) = default;
};
SourceSets sets_of(const ltn_source_list* list);

std::string export_text(const SourceSets& sets, SourceFormat format);
// How many known prefixes a file of ours holds, from its first line. Of another's file: its lines.
size_t known_in(const std::string& content);

// One line for each hotkey and prefix: hotkey, prefix, when it was seen last (Unix seconds).
inline constexpr size_t kRosterLenMax = size_t{8} << 20;
std::string roster_text(const ltn_source_list* list, int64_t now_s);
// Hands the lines to the server; the failure names file and line.
void restore_roster(ltn_server* server, const std::string& path, const std::string& content,
                    int64_t now_s, const std::string& what);

}  // namespace ltn_program

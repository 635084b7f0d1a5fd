// Where peers come from: the list of it, and what an earlier run has learned.
#include <algorithm>
#include <cstring>

#include "abi/handles.h"
#include "runtime/source_text.h"

using namespace ltn;

// Texts and numbers of one moment; the public struct points into it.
struct ltn_source_list {
    struct Row {
        int32_t kind = 0;
        std::string prefix;
        std::string hotkey;
        int64_t age_ms = -1;
    };
    std::vector<Row> rows;
};

namespace {

constexpr size_t kFirstSourceSize = sizeof(ltn_source);

// What the roster counts by: a single IPv4 address, or a /64.
Result<transport::SourcePolicy::Prefix> parse_place(const char* text)
{
    auto prefix = runtime::parse_prefix(text);
    if (!prefix) return prefix.error();
    const bool v4 = prefix->address.family == Address::Family::v4;
    if (v4 ? prefix->bits == 32 : prefix->bits == 64 || prefix->bits == 128) return prefix;
    return Error(Code::malformed, Category::config,
                 "sources: expected an address, a /32 or an IPv6 /64, got \"" +
                     std::string(text).substr(0, 64) + "\"");
}

}  // namespace

extern "C" {

ltn_status ltn_server_sources(ltn_server* server, ltn_source_list** out, ltn_error* error)
{
    if (out != nullptr) *out = nullptr;
    if (server == nullptr || out == nullptr) {
        return abi::invalid(error, "expected a server and a place for the list");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(server)) return abi::refuse_forked(error);
        if (server->closed()) return abi::refuse_closed(error);
        if (server->unit == nullptr) {
            return abi::report(error, {Code::wrong_state, Category::local,
                                       "the server has not started: expected a running one"});
        }
        auto sources = server->unit->sources();
        if (!sources) return abi::report(error, sources.error());
        auto list = std::make_unique<ltn_source_list>();
        for (const auto& each : sources->listed) {
            const bool blocked = each.lane == transport::Lane::blocked;
            list->rows.push_back({blocked ? LTN_SOURCE_BLOCKED : LTN_SOURCE_LISTED,
                                  runtime::prefix_text(each.prefix), "", -1});
        }
        for (const auto& each : sources->learned) {
            list->rows.push_back({LTN_SOURCE_LEARNED, runtime::prefix_text(each.prefix),
                                  codec::ss58_encode(each.key),
                                  static_cast<int64_t>(each.age_ns / kMillisecond)});
        }
        *out = list.release();
        return LTN_OK;
    });
}

size_t ltn_source_list_count(const ltn_source_list* list)
{
    return list == nullptr ? 0 : list->rows.size();
}

ltn_status ltn_source_list_get(const ltn_source_list* list, ltn_source* source, size_t index)
{
    if (list == nullptr || source == nullptr || source->size < kFirstSourceSize) {
        return LTN_ERR_INVALID_ARGUMENT;
    }
    if (index >= list->rows.size()) return LTN_ERR_OUT_OF_RANGE;
    const ltn_source_list::Row& row = list->rows[index];
    ltn_source shown{};
    shown.size = static_cast<uint32_t>(std::min<size_t>(source->size, sizeof shown));
    shown.kind = row.kind;
    shown.prefix = row.prefix.c_str();
    shown.hotkey = row.kind == LTN_SOURCE_LEARNED ? row.hotkey.c_str() : nullptr;
    shown.age_ms = row.age_ms;
    std::memcpy(source, &shown, shown.size);
    return LTN_OK;
}

void ltn_source_list_free(ltn_source_list* list)
{
    delete list;
}

ltn_status ltn_server_learn_source(ltn_server* server, const uint8_t key[LTN_KEY_LEN],
                                   const char* prefix, int64_t age_ms, ltn_error* error)
{
    if (server == nullptr || key == nullptr || prefix == nullptr || age_ms < 0) {
        return abi::invalid(error, "expected a server, a key, a prefix and an age from 0 on");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(server)) return abi::refuse_forked(error);
        if (server->closed()) return abi::refuse_closed(error);
        auto place = parse_place(prefix);
        if (!place) return abi::report(error, place.error());
        transport::LearnedSource source;
        std::memcpy(source.key.data(), key, LTN_KEY_LEN);
        source.prefix = *place;
        // Longer than any expiry, and safe to multiply.
        constexpr int64_t kAgeMaxMs = int64_t{365} * 24 * 3600 * 1000;
        source.age_ns = static_cast<Nanos>(std::min(age_ms, kAgeMaxMs)) * kMillisecond;
        if (server->unit != nullptr) {
            return abi::report(error, server->unit->restore_source(source));
        }
        if (server->learned.size() >= transport::kLearnedSourcesMax) {
            return abi::report(error, {Code::full, Category::local, "too many learned sources"});
        }
        server->learned.push_back(source);
        return LTN_OK;
    });
}

}  // extern "C"

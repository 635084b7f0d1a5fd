#include "library.h"

#include <charconv>

namespace ltn_program {

namespace {

using SetFunction = ltn_status (*)(void* object, const char* name, const char* value,
                                   ltn_error* error);

void apply(void* object, SetFunction set, ltn_runtime* runtime,
           const std::vector<Setting>& settings, const std::string& what)
{
    for (const Setting& setting : settings) {
        Detail detail;
        const ltn_status status =
            set(object, setting.name.c_str(), setting.value.c_str(), detail.out());
        if (status == LTN_ERR_UNKNOWN_OPTION) {
            Detail of_runtime;
            const ltn_status second = ltn_runtime_set(runtime, setting.name.c_str(),
                                                      setting.value.c_str(), of_runtime.out());
            if (second == LTN_OK) continue;
            // Known there but refused: that text says more than "unknown" does.
            if (second != LTN_ERR_UNKNOWN_OPTION) of_runtime.check(Phase::submit, what, second);
        }
        // Every refusal of a single option is wrong usage; what only shows in combination comes up
        // when the object starts.
        if (status != LTN_OK) {
            throw Failure(kExitUsage, what, ltn_status_name(status), detail.text(status));
        }
    }
}

// A frame limit alone would break the rule that the limit of streams is not below it; who asks for larger
// frames on the command line means both.
std::vector<Setting> with_stream_limit(const std::vector<Setting>& settings)
{
    static constexpr uint64_t kDefault = 67'108'864;
    std::vector<Setting> all = settings;
    uint64_t frame = 0;
    for (const Setting& setting : settings) {
        if (setting.name == "max_stream_payload_bytes") return settings;
        const char* end = setting.value.data() + setting.value.size();
        if (setting.name == "max_frame_payload_bytes") {
            std::from_chars(setting.value.data(), end, frame);
        }
    }
    if (frame > kDefault) all.push_back({"max_stream_payload_bytes", std::to_string(frame)});
    return all;
}

// Whatever is wrong with a file or a variable is trouble of this machine, never wrong usage.
void check_config(ltn_status status, const Detail& detail, const std::string& what)
{
    if (status == LTN_OK) return;
    throw Failure(kExitLocal, what, ltn_status_name(status), detail.text(status));
}

}  // namespace

int exit_status_of(Phase phase, ltn_status status)
{
    switch (status) {
        case LTN_OK: return kExitDone;
        case LTN_ERR_INVALID_ARGUMENT:
        case LTN_ERR_UNKNOWN_OPTION:
        case LTN_ERR_OUT_OF_RANGE:
        case LTN_ERR_UNSUPPORTED: return kExitUsage;
        case LTN_ERR_MALFORMED:
        case LTN_ERR_TOO_LARGE: return phase == Phase::network ? kExitRemote : kExitUsage;
        case LTN_ERR_CONFIG:
        case LTN_ERR_BAD_KEY:
        case LTN_ERR_KEY_MISMATCH:
        case LTN_ERR_SIGNER:
        case LTN_ERR_SIGNER_TIMEOUT:
        case LTN_ERR_NO_MEMORY:
        case LTN_ERR_INTERNAL: return kExitLocal;
        default: return phase == Phase::setup ? kExitLocal : kExitRemote;
    }
}

std::string Detail::text(ltn_status status) const
{
    const char* text = error_ == nullptr ? "" : ltn_error_text(error_);
    return text[0] == '\0' ? ltn_status_name(status) : text;
}

Failure Detail::failure(Phase phase, const std::string& what, ltn_status status) const
{
    return {exit_status_of(phase, status), what, ltn_status_name(status), text(status)};
}

void Detail::check(Phase phase, const std::string& what, ltn_status status) const
{
    if (status != LTN_OK) throw failure(phase, what, status);
}

void apply_settings(ltn_client* client, ltn_runtime* runtime, const std::vector<Setting>& settings,
                    const Config& config, const std::string& what)
{
    const bool says_stream = !config_value(config, "client", "max_stream_payload_bytes").empty();
    apply(
        client,
        [](void* object, const char* name, const char* value, ltn_error* error) {
            return ltn_client_set(static_cast<ltn_client*>(object), name, value, error);
        },
        runtime, says_stream ? settings : with_stream_limit(settings), what);
    Detail detail;
    check_config(ltn_client_set_config(client, config.get(), detail.out()), detail, what);
    check_config(ltn_runtime_set_config(runtime, config.get(), detail.out()), detail, what);
}

void apply_settings(ltn_server* server, ltn_runtime* runtime, const std::vector<Setting>& settings,
                    const Config& config, const std::string& what)
{
    apply(
        server,
        [](void* object, const char* name, const char* value, ltn_error* error) {
            return ltn_server_set(static_cast<ltn_server*>(object), name, value, error);
        },
        runtime, settings, what);
    Detail detail;
    check_config(ltn_server_set_config(server, config.get(), detail.out()), detail, what);
    check_config(ltn_runtime_set_config(runtime, config.get(), detail.out()), detail, what);
}

Config load_config(const std::string& path, const std::string& what)
{
    Detail detail;
    ltn_config* config = nullptr;
    check_config(ltn_config_load(&config, path.empty() ? nullptr : path.c_str(), detail.out()),
                 detail, what);
    return Config(config);
}

std::string config_value(const Config& config, const char* section, const char* name)
{
    const char* value = nullptr;
    return ltn_config_get(config.get(), &value, nullptr, section, name) == LTN_OK ? value : "";
}

Runtime new_runtime(const std::string& what)
{
    Detail detail;
    ltn_runtime* runtime = nullptr;
    detail.check(Phase::setup, what, ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, detail.out()));
    return Runtime(runtime);
}

std::string hotkey_text(const uint8_t key[LTN_KEY_LEN])
{
    char text[LTN_HOTKEY_TEXT_SIZE] = "";
    size_t len = 0;
    if (ltn_hotkey_encode(text, sizeof text, &len, key) != LTN_OK) return "";
    return {text, len};
}

std::string hex_text(const uint8_t key[LTN_KEY_LEN])
{
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(2 * LTN_KEY_LEN);
    for (size_t i = 0; i < LTN_KEY_LEN; ++i) {
        out += kDigits[key[i] >> 4];
        out += kDigits[key[i] & 15];
    }
    return out;
}

}  // namespace ltn_program

#include <unistd.h>

#include <cstring>

#include "abi/handles.h"
#include "runtime/config.h"

using namespace ltn;
using runtime::Section;

struct ltn_config {
    runtime::Config config;
};

namespace {

Error apply(ltn_client& client, const ltn_config& config)
{
    return config.config.apply(Section::client, client.origins,
                               [&](const std::string& name, const std::string& value) {
                                   return runtime::set_option(client.options, name, value);
                               });
}

Error apply(ltn_server& server, const ltn_config& config)
{
    return config.config.apply(Section::server, server.origins,
                               [&](const std::string& name, const std::string& value) {
                                   return runtime::set_option(server.options, name, value);
                               });
}

template <class Node>
ltn_status set_config(Node* node, const ltn_config* config, ltn_error* error)
{
    if (node == nullptr || config == nullptr) {
        return abi::invalid(error, "expected an object and a configuration");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(node)) return abi::refuse_forked(error);
        if (node->closed()) return abi::refuse_closed(error);
        if (node->started) {
            return abi::report(error, {Code::wrong_state, Category::config,
                                       "a configuration cannot change after start"});
        }
        return abi::report(error, apply(*node, *config));
    });
}

}  // namespace

extern "C" {

ltn_status ltn_config_load(ltn_config** out, const char* path, ltn_error* error)
{
    if (out == nullptr) return abi::invalid(error, "expected a place for the configuration");
    *out = nullptr;
    return abi::guarded(error, [&]() -> ltn_status {
        runtime::SectionEntries file;
        if (path != nullptr) {
            auto read = runtime::read_config_file(path);
            if (!read) return abi::report(error, read.error());
            file = std::move(read.value());
        }
        auto made = runtime::Config::make(std::move(file), environ);
        if (!made) return abi::report(error, made.error());
        *out = new ltn_config{std::move(made.value())};
        return LTN_OK;
    });
}

ltn_status ltn_config_check(const ltn_config* config, ltn_error* error)
{
    if (config == nullptr) return abi::invalid(error, "expected a configuration");
    return abi::guarded(error, [&] { return abi::report(error, config->config.check()); });
}

ltn_status ltn_config_get(const ltn_config* config, const char** value, const char** origin,
                          const char* section, const char* name)
{
    if (config == nullptr || section == nullptr || name == nullptr) return LTN_ERR_INVALID_ARGUMENT;
    return abi::guarded(nullptr, [&]() -> ltn_status {
        for (size_t i = 0; i < runtime::kSectionCount; ++i) {
            if (std::strcmp(section, runtime::kSectionNames[i]) != 0) continue;
            const auto where = static_cast<Section>(i);
            if (runtime::option_name(where, name).empty()) return LTN_ERR_UNKNOWN_OPTION;
            const runtime::ConfigEntry* entry = config->config.find(where, name);
            if (entry == nullptr) return LTN_ERR_EMPTY;
            if (value != nullptr) *value = entry->value.c_str();
            if (origin != nullptr) *origin = entry->origin.c_str();
            return LTN_OK;
        }
        return LTN_ERR_INVALID_ARGUMENT;
    });
}

ltn_status ltn_client_set_config(ltn_client* client, const ltn_config* config, ltn_error* error)
{
    return set_config(client, config, error);
}

ltn_status ltn_server_set_config(ltn_server* server, const ltn_config* config, ltn_error* error)
{
    return set_config(server, config, error);
}

ltn_status ltn_runtime_set_config(ltn_runtime* runtime, const ltn_config* config, ltn_error* error)
{
    if (runtime == nullptr || config == nullptr) {
        return abi::invalid(error, "expected an object and a configuration");
    }
    return abi::guarded(error, [&]() -> ltn_status {
        if (abi::forked(runtime)) return abi::refuse_forked(error);
        return abi::report(
            error, config->config.apply(Section::runtime, runtime->origins,
                                        [&](const std::string& name, const std::string& value) {
                                            return runtime->loops->set(name, value);
                                        }));
    });
}

void ltn_config_free(ltn_config* config)
{
    delete config;
}

}  // extern "C"

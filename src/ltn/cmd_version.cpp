// ltn version

#include <fmt/format.h>

#include "commands.h"
#include "output.h"

namespace ltn_program {

int run_version(Options& options)
{
    Json components = Json::object();
    for (size_t i = 0; ltn_component_name(i) != nullptr; ++i) {
        components[ltn_component_name(i)] = ltn_component_version(i);
    }
    if (options.json) {
        Json object = Json::object();
        object["library"] = ltn_version();
        object["abi"] = ltn_abi_version();
        object["wire_protocol"] = ltn_wire_protocol();
        object["components"] = components;
        print_json(object);
        return kExitDone;
    }
    print_line(fmt::format("library        {}", ltn_version()));
    print_line(fmt::format("ABI            {}", ltn_abi_version()));
    print_line(fmt::format("wire protocol  {}", ltn_wire_protocol()));
    for (const auto& [name, version] : components.items()) {
        print_line(fmt::format("{:<14} {}", name, version.get<std::string>()));
    }
    return kExitDone;
}

}  // namespace ltn_program

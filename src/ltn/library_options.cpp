#include "library_options.h"

#include <algorithm>

namespace ltn_program {

std::vector<Setting> take_library_options(std::vector<std::string>& args, size_t from,
                                          const KnownOption& known)
{
    std::vector<Setting> settings;
    std::vector<std::string> kept(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(from));
    for (size_t i = from; i < args.size(); ++i) {
        const std::string& arg = args[i];
        if (arg == "--") {
            kept.insert(kept.end(), args.begin() + static_cast<std::ptrdiff_t>(i), args.end());
            break;
        }
        if (arg.size() < 3 || arg.compare(0, 2, "--") != 0) {
            kept.push_back(arg);
            continue;
        }
        const size_t equals = arg.find('=');
        const std::string name = arg.substr(0, equals);
        const int values = known(name);
        if (values >= 0) {
            kept.push_back(arg);
            if (values == 1 && equals == std::string::npos && i + 1 < args.size()) {
                kept.push_back(args[++i]);
            }
            continue;
        }
        Setting setting;
        setting.name = name.substr(2);
        std::replace(setting.name.begin(), setting.name.end(), '-', '_');
        if (equals != std::string::npos) {
            setting.value = arg.substr(equals + 1);
        } else if (i + 1 < args.size() && args[i + 1].compare(0, 2, "--") != 0) {
            setting.value = args[++i];
        } else {
            setting.value = "true";
        }
        settings.push_back(std::move(setting));
    }
    args = std::move(kept);
    return settings;
}

}  // namespace ltn_program

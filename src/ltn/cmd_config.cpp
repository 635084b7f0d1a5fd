// ltn config check

#include "commands.h"
#include "output.h"

namespace ltn_program {

int run_config_check(Options& options)
{
    const Config config = load_config(options.config, options.name);
    Detail detail;
    const ltn_status status = ltn_config_check(config.get(), detail.out());
    if (status != LTN_OK) {
        throw Failure(kExitLocal, options.name, ltn_status_name(status), detail.text(status));
    }
    if (options.json) {
        Json object = Json::object();
        object["ok"] = true;
        object["file"] = options.config;
        print_json(object);
    } else {
        print_line(options.config + ": good");
    }
    return kExitDone;
}

}  // namespace ltn_program

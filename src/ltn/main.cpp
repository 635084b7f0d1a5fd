// The program `ltn`.

#include <cstdio>
#include <exception>
#include <new>

#include "commands.h"
#include "output.h"

namespace {

using namespace ltn_program;

int run(Options& options)
{
    switch (options.command) {
        case Command::key_new: return run_key_new(options);
        case Command::key_show: return run_key_show(options);
        case Command::config_check: return run_config_check(options);
        case Command::serve: return run_serve(options);
        case Command::call: return run_call(options);
        case Command::stream: return run_stream(options);
        case Command::top: return run_top(options);
        case Command::ping: return run_ping(options);
        case Command::bench: return run_bench(options);
        case Command::version: return run_version(options);
    }
    return kExitUsage;
}

}  // namespace

int main(int argc, char** argv)
{
    const bool json = wants_json(argc, argv);
    Options options;
    // Before anything else that could take time: until then the process list shows the seed.
    take_secrets(options.secrets, argc, argv);
    try {
        return parse_options(options, argc, argv) ? run(options) : kExitDone;
    } catch (const Failure& failure) {
        print_failure(failure, json);
        return failure.exit_status;
    } catch (const std::bad_alloc&) {
        print_failure({kExitLocal, "memory", "no_memory", "there is not enough"}, json);
    } catch (const std::exception& error) {
        print_failure({kExitLocal, "internal", "internal", error.what()}, json);
    }
    return kExitLocal;
}

// One function per command; each returns the exit status or throws a Failure.
#pragma once

#include "options.h"

namespace ltn_program {

int run_key_new(Options& options);
int run_key_show(Options& options);
int run_config_check(Options& options);
int run_serve(Options& options);
int run_call(Options& options);
int run_stream(Options& options);
int run_top(Options& options);
int run_ping(Options& options);
int run_bench(Options& options);
int run_version(Options& options);

}  // namespace ltn_program

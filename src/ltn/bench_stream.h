// `ltn bench --stream`: one streamed answer of the handler `stream`, read as fast as it comes.
#pragma once

#include "options.h"

namespace ltn_program {

int run_bench_stream(Options& options);

}  // namespace ltn_program

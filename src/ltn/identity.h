// Who we are: the signer that --seed, --wallet, --key or LTN_SEED stands for.
#pragma once

#include "library.h"
#include "options.h"

namespace ltn_program {

// An option wins over LTN_SEED. Throws a Failure (exit status 3) when there is no usable key.
Signer make_signer(Options& options);

}  // namespace ltn_program

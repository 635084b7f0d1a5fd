// What may change of a running client.
#include "runtime/client_unit.h"
#include "runtime/options.h"

namespace ltn::runtime {

Error ClientUnit::change_option(std::string_view name, std::string_view value)
{
    const std::lock_guard guard(loop_->lock());
    // The rules between settings are tried on a copy. In place only the one field is written: some of
    // the others are read without the lock.
    ClientOptions trial = options_;
    if (Error error = runtime::change_option(trial, name, value); !error.ok()) return error;
    if (Error error = check_options(trial); !error.ok()) return error;
    (void)runtime::change_option(options_, name, value);
    // Without a core it is being tested or stopped; a core made later starts with what stands here.
    if (core_ == nullptr) return {};
    now_ = loop_->now();
    core_->set_limits({options_.core.calls_max, options_.core.unsent_bytes_max}, now_);
    return {};
}

}  // namespace ltn::runtime

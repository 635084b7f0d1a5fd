// Owners for the library's handles, and the step from a status to an exit status.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <ltn/lightning.h>
#include "failure.h"

namespace ltn_program {

template <auto FreeFunction>
struct Freer {
    template <class T>
    void operator()(T* handle) const
    {
        FreeFunction(handle);
    }
};

using Bytes = std::unique_ptr<ltn_bytes, Freer<ltn_bytes_free>>;
using Config = std::unique_ptr<ltn_config, Freer<ltn_config_free>>;
using Client = std::unique_ptr<ltn_client, Freer<ltn_client_free>>;
using Op = std::unique_ptr<ltn_op, Freer<ltn_op_free>>;
using Queue = std::unique_ptr<ltn_queue, Freer<ltn_queue_free>>;
using Runtime = std::unique_ptr<ltn_runtime, Freer<ltn_runtime_free>>;
using Server = std::unique_ptr<ltn_server, Freer<ltn_server_free>>;
using Signer = std::unique_ptr<ltn_signer, Freer<ltn_signer_free>>;

// Where in a command a status came up; the same status means different things before and after
// something has been sent.
enum class Phase {
    setup,   // nothing has left this machine
    submit,  // the library looks at what the caller gave
    network
};

int exit_status_of(Phase phase, ltn_status status);

// The library's error object. One per thread of use.
class Detail {
public:
    Detail() : error_(ltn_error_new()) {}
    ~Detail() { ltn_error_free(error_); }
    Detail(const Detail&) = delete;
    Detail& operator=(const Detail&) = delete;

    ltn_error* out() { return error_; }

    // The display text; the name of `status` where the library had nothing to say.
    std::string text(ltn_status status) const;

    Failure failure(Phase phase, const std::string& what, ltn_status status) const;

    // Throws the failure unless `status` is LTN_OK.
    void check(Phase phase, const std::string& what, ltn_status status) const;

private:
    ltn_error* error_;
};

// An option that is handed to the library by name.
struct Setting {
    std::string name;  // as the library spells it: max_connections
    std::string value;
};

// Hands `settings` to the object, and to its runtime what the object does not know; the library
// refuses what neither knows.
void apply_settings(ltn_client* client, ltn_runtime* runtime, const std::vector<Setting>& settings,
                    const Config& config, const std::string& what);
void apply_settings(ltn_server* server, ltn_runtime* runtime, const std::vector<Setting>& settings,
                    const Config& config, const std::string& what);

Runtime new_runtime(const std::string& what);

// Settings of the file (empty: none) and of the environment, under what the command line says. A failure
// is trouble of this machine, exit status 3.
Config load_config(const std::string& path, const std::string& what);

// The value that a source gives to a setting; empty when none does.
std::string config_value(const Config& config, const char* section, const char* name);

// The SS58 text of a public key.
std::string hotkey_text(const uint8_t key[LTN_KEY_LEN]);

// 64 lower-case hexadecimal digits.
std::string hex_text(const uint8_t key[LTN_KEY_LEN]);

}  // namespace ltn_program

// What was asked for on the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "library.h"
#include "secrets.h"
#include "source_files.h"

namespace ltn_program {

enum class Command {
    key_new,
    key_show,
    config_check,
    serve,
    call,
    stream,
    ping,
    top,
    bench,
    version
};

struct Options {
    Command command = Command::version;
    std::string name;  // of the command, for messages: "key new"
    bool json = false;

    // Who we are; at most one of the three.
    Secrets secrets;
    std::string wallet;
    std::string hotkey_name;
    std::string wallet_path;  // the folder of the wallets; empty: ~/.bittensor/wallets
    std::string key_file;

    // What opens an encrypted key file, or is to seal one.
    std::string password_env;
    std::string password_file;

    // key new
    std::string out;
    bool encrypt = false;

    // serve
    std::string listen;  // empty: what configuration or library say
    bool builtin = false;
    std::string log_level;
    std::string metrics;               // HOST:PORT
    std::vector<std::string> permits;  // hotkeys
    std::vector<std::string> sources;  // addresses and prefixes, or "bypass"
    std::vector<std::string> blocked;  // prefixes
    SourceFileTerms source_files;

    // call, ping, bench
    std::string address;
    std::string hotkey;
    std::string type;
    std::optional<std::string> data;
    std::optional<std::string> data_file;
    std::optional<uint64_t> payload;
    double timeout_secs = 0;  // 0: the library's default
    uint64_t repeat = 1;
    uint64_t inflight = 1;
    uint64_t count = 1;
    double seconds = 5;
    uint64_t connect = 0;
    uint64_t stream_chunks = 0;  // bench --stream

    // A TOML file with settings; of `config check` the one to be checked.
    std::string config;

    // top
    uint64_t samples = 0;  // 0: without end
    double interval_secs = 1;

    // Options the program does not know, for the library: --max-connections 128.
    std::vector<Setting> settings;

    int64_t timeout_ms() const;
    bool names_wallet() const
    {
        return !wallet.empty() || !hotkey_name.empty() || !wallet_path.empty();
    }
};

// Fills `options`. True when something is to be done; false when help or the version was asked for
// and printed. Throws a Failure for wrong usage.
bool parse_options(Options& options, int argc, char** argv);

// Whether --json stands anywhere: also failures of parsing are to be printed in that form.
bool wants_json(int argc, char** argv);

}  // namespace ltn_program

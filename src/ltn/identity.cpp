#include "identity.h"

#include <cstdlib>

namespace ltn_program {

namespace {

// A name becomes one step of a path, never more.
void check_name(const std::string& what, const std::string& option, const std::string& name)
{
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
        throw usage(what, option + ": expected a name without '/', got \"" + name + "\"");
    }
}

std::string wallet_path(const Options& options)
{
    const std::string wallet = options.wallet.empty() ? "default" : options.wallet;
    const std::string hotkey = options.hotkey_name.empty() ? "default" : options.hotkey_name;
    check_name(options.name, "--wallet", wallet);
    check_name(options.name, "--hotkey-name", hotkey);
    const char* home = std::getenv("HOME");
    if (home == nullptr || home[0] == '\0') {
        throw Failure(kExitLocal, options.name, "config",
                      "--wallet: expected the home directory in HOME, which is not set");
    }
    return std::string(home) + "/.bittensor/wallets/" + wallet + "/hotkeys/" + hotkey;
}

Signer from_file(const Options& options, const std::string& path)
{
    Detail detail;
    ltn_signer* signer = nullptr;
    const ltn_status status = ltn_signer_new_key_file(&signer, path.c_str(), detail.out());
    // Whatever is wrong with a key file is trouble on this machine, never wrong usage.
    if (status != LTN_OK) {
        throw Failure(kExitLocal, options.name, ltn_status_name(status), detail.text(status));
    }
    return Signer(signer);
}

Signer from_seed(const Options& options, const char* source, const SecretSeed& seed)
{
    if (!seed.problem.empty()) {
        throw Failure(kExitLocal, options.name, "bad_key", source + (": " + seed.problem));
    }
    Detail detail;
    ltn_signer* signer = nullptr;
    detail.check(Phase::setup, options.name,
                 ltn_signer_new_seed(&signer, seed.bytes(), detail.out()));
    return Signer(signer);
}

}  // namespace

Signer make_signer(Options& options)
{
    if (options.secrets.argument.given)
        return from_seed(options, "--seed", options.secrets.argument);
    if (!options.key_file.empty()) return from_file(options, options.key_file);
    if (!options.wallet.empty() || !options.hotkey_name.empty()) {
        return from_file(options, wallet_path(options));
    }
    if (options.secrets.environment.given) {
        return from_seed(options, "LTN_SEED", options.secrets.environment);
    }
    throw Failure(kExitLocal, options.name, "bad_key",
                  "no key: expected --seed, --wallet, --key or LTN_SEED (`ltn key new --out FILE` "
                  "makes one)");
}

}  // namespace ltn_program

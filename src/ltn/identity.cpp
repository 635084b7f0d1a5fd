#include "identity.h"

#include <cstdlib>

#include "output.h"
#include "terminal.h"

namespace ltn_program {

namespace {

// A name becomes one step of a path, never more.
void check_name(const std::string& what, const std::string& option, const std::string& name)
{
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
        throw usage(what, option + ": expected a name without '/', got \"" + name + "\"");
    }
}

// The library expands nothing: whose home is meant is for us to say.
std::string wallet_root(const Options& options)
{
    std::string root = options.wallet_path.empty() ? "~/.bittensor/wallets" : options.wallet_path;
    if (root != "~" && root.compare(0, 2, "~/") != 0) return root;
    const char* home = std::getenv("HOME");
    if (home == nullptr || home[0] == '\0') {
        throw Failure(kExitLocal, options.name, "config",
                      "--wallet: expected the home directory in HOME, which is not set");
    }
    return home + root.substr(1);
}

Signer from_file(Options& options)
{
    KeyPlace place(options);
    place.ask_at_terminal(false);
    Detail detail;
    ltn_signer* signer = nullptr;
    const ltn_status status = ltn_signer_new_wallet(&signer, &place.wallet(), detail.out());
    // Whatever is wrong with a key file is trouble on this machine, never wrong usage.
    if (status != LTN_OK) {
        throw Failure(kExitLocal, options.name, ltn_status_name(status), detail.text(status));
    }
    if (const char* warning = ltn_signer_warning(signer); warning[0] != '\0') {
        print_log(std::string("ltn: warning: ") + warning);
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

KeyPlace::KeyPlace(Options& options)
{
    static_cast<void>(ltn_wallet_init(&wallet_, sizeof wallet_));
    if (options.command == Command::key_new ? !options.out.empty() : !options.key_file.empty()) {
        wallet_.path =
            options.command == Command::key_new ? options.out.c_str() : options.key_file.c_str();
    } else {
        name_ = options.wallet.empty() ? "default" : options.wallet;
        hotkey_ = options.hotkey_name.empty() ? "default" : options.hotkey_name;
        check_name(options.name, "--wallet", name_);
        check_name(options.name, "--hotkey-name", hotkey_);
        root_ = wallet_root(options);
        wallet_.root = root_.c_str();
        wallet_.name = name_.c_str();
        wallet_.hotkey = hotkey_.c_str();
    }
    if (!options.password_env.empty() &&
        !take_password_variable(options.secrets, options.password_env.c_str())) {
        throw Failure(kExitLocal, options.name, "password",
                      "--password-env: expected a password in " + options.password_env +
                          ", which is not set");
    }
    if (options.secrets.password.given) {
        wallet_.password = options.secrets.password.bytes();
        wallet_.password_len = options.secrets.password.size();
    }
    if (!options.password_file.empty()) wallet_.password_file = options.password_file.c_str();
}

void KeyPlace::ask_at_terminal(bool twice)
{
    if (!has_terminal()) return;
    twice_ = twice;
    wallet_.ask = &KeyPlace::ask;
    wallet_.user_data = this;
    wallet_.ask_timeout_ms = -1;
}

std::string KeyPlace::path() const
{
    if (wallet_.path != nullptr) return wallet_.path;
    return root_ + "/" + name_ + "/hotkeys/" + hotkey_;
}

void KeyPlace::ask(ltn_op* question, void* user_data)
{
    const KeyPlace& place = *static_cast<KeyPlace*>(user_data);
    SecretText word;
    SecretText again;
    if (!read_password("Password of " + place.path() + ": ", word)) {
        static_cast<void>(ltn_op_fail(question, "none was typed"));
    } else if (place.twice_ && (!read_password("The same again: ", again) || again != word)) {
        static_cast<void>(ltn_op_fail(question, "the two that were typed differ"));
    } else {
        static_cast<void>(ltn_op_complete(question, word.bytes(), word.size(), nullptr));
    }
    ltn_op_free(question);
}

Signer make_signer(Options& options)
{
    if (options.secrets.argument.given)
        return from_seed(options, "--seed", options.secrets.argument);
    if (!options.key_file.empty() || options.names_wallet()) return from_file(options);
    if (options.secrets.environment.given) {
        return from_seed(options, "LTN_SEED", options.secrets.environment);
    }
    throw Failure(kExitLocal, options.name, "bad_key",
                  "no key: expected --seed, --wallet, --key or LTN_SEED (`ltn key new --out FILE` "
                  "makes one)");
}

}  // namespace ltn_program

// ltn key new, ltn key show

#include "commands.h"
#include "identity.h"
#include "output.h"

namespace ltn_program {

namespace {

void print_public_side(const Options& options, const uint8_t key[LTN_KEY_LEN], Json extra)
{
    if (options.json) {
        Json object = Json::object();
        object["hotkey"] = hotkey_text(key);
        object["public_key"] = hex_text(key);
        object.update(extra);
        print_json(object);
        return;
    }
    print_line("hotkey      " + hotkey_text(key));
    print_line("public key  " + hex_text(key));
    for (const auto& [name, value] : extra.items()) {
        std::string label = name;
        label.resize(12, ' ');
        print_line(label + value.get<std::string>());
    }
}

// Of a key file the public side is enough, and shown without its password; with one it is checked.
bool needs_no_secret(const Options& options)
{
    return !options.secrets.argument.given && !options.secrets.password.given &&
           options.password_env.empty() && options.password_file.empty() &&
           (!options.key_file.empty() || options.names_wallet());
}

}  // namespace

int run_key_new(Options& options)
{
    SecretSeed seed;
    Detail detail;
    detail.check(Phase::setup, options.name, ltn_seed_generate(seed.bytes()));
    ltn_signer* raw = nullptr;
    detail.check(Phase::setup, options.name, ltn_signer_new_seed(&raw, seed.bytes(), detail.out()));
    const Signer signer(raw);
    uint8_t key[LTN_KEY_LEN] = {};
    detail.check(Phase::setup, options.name, ltn_signer_public_key(signer.get(), key));

    Json extra = Json::object();
    if (options.out.empty() && !options.names_wallet()) {
        // Without a file this is the only chance to keep the key.
        extra["seed"] = hex_text(seed.bytes());
    } else {
        KeyPlace place(options);
        if (options.encrypt) {
            place.ask_at_terminal(true);
            place.wallet().flags |= LTN_KEY_FILE_ENCRYPT;
        }
        if (options.out.empty()) place.wallet().flags |= LTN_KEY_FILE_COMPANION;
        const ltn_status status = ltn_wallet_write(&place.wallet(), seed.bytes(), detail.out());
        if (status != LTN_OK) {
            throw Failure(kExitLocal, options.name, ltn_status_name(status), detail.text(status));
        }
        extra["file"] = place.path();
    }
    print_public_side(options, key, std::move(extra));
    return kExitDone;
}

int run_key_show(Options& options)
{
    uint8_t key[LTN_KEY_LEN] = {};
    Detail detail;
    if (needs_no_secret(options)) {
        KeyPlace place(options);
        const ltn_status status = ltn_wallet_public_key(&place.wallet(), key, detail.out());
        if (status == LTN_OK) {
            print_public_side(options, key, Json::object());
            return kExitDone;
        }
        if (status != LTN_ERR_PASSWORD) {
            throw Failure(kExitLocal, options.name, ltn_status_name(status), detail.text(status));
        }
    }
    const Signer signer = make_signer(options);
    detail.check(Phase::setup, options.name, ltn_signer_public_key(signer.get(), key));
    print_public_side(options, key, Json::object());
    return kExitDone;
}

}  // namespace ltn_program

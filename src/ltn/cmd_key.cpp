// ltn key new, ltn key show

#include "commands.h"
#include "identity.h"
#include "output.h"

namespace ltn_program {

namespace {

void print_public_side(const Options& options, const ltn_signer* signer, Json extra)
{
    uint8_t key[LTN_KEY_LEN] = {};
    Detail detail;
    detail.check(Phase::setup, options.name, ltn_signer_public_key(signer, key));
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

}  // namespace

int run_key_new(Options& options)
{
    SecretSeed seed;
    Detail detail;
    detail.check(Phase::setup, options.name, ltn_seed_generate(seed.bytes()));
    ltn_signer* raw = nullptr;
    detail.check(Phase::setup, options.name, ltn_signer_new_seed(&raw, seed.bytes(), detail.out()));
    const Signer signer(raw);

    Json extra = Json::object();
    if (options.out.empty()) {
        // Without a file this is the only chance to keep the key.
        extra["seed"] = hex_text(seed.bytes());
    } else {
        const ltn_status status =
            ltn_key_file_write(options.out.c_str(), seed.bytes(), 0, detail.out());
        if (status != LTN_OK) {
            throw Failure(kExitLocal, options.name, ltn_status_name(status), detail.text(status));
        }
        extra["file"] = options.out;
    }
    print_public_side(options, signer.get(), std::move(extra));
    return kExitDone;
}

int run_key_show(Options& options)
{
    const Signer signer = make_signer(options);
    print_public_side(options, signer.get(), Json::object());
    return kExitDone;
}

}  // namespace ltn_program

// Errors and signers (rows of 11.2 and 11.3).
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "codec/text.h"
#include "support/client_rig.h"
#include "support/server_rig.h"
#include "wallet/key_file.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::test;
namespace fs = std::filesystem;

void display_formats_all_variants__eight_prefixes(void**)
{
    const std::pair<Category, const char*> expected[] = {
        {Category::connection, "connection error: x"},
        {Category::handshake, "handshake error: x"},
        {Category::signing, "signing error: x"},
        {Category::serialization, "serialization error: x"},
        {Category::transport, "transport error: x"},
        {Category::handler, "handler error: x"},
        {Category::config, "config error: x"},
        {Category::stream, "stream error: x"},
    };
    for (const auto& [category, text] : expected) {
        assert_string_equal(Error(Code::internal, category, "x").display().c_str(), text);
    }
}

void handler_constructor__a_handlers_error_keeps_its_category_and_text(void**)
{
    ClientRig rig;
    const uint64_t id = rig.call();
    rig.authenticate();
    rig.reply(rig.newest(), rig.failure("bad model"));
    const Error& error = rig.outcome(id).error;
    assert_true(error.code == Code::handler);
    assert_true(error.category == Category::handler);
    assert_string_equal(error.text.c_str(), "bad model");
}

// A folder of its own that goes with the test.
struct Folder {
    fs::path path;
    Folder()
    {
        std::string name = (fs::temp_directory_path() / "ltn-acceptance-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) std::abort();
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
};

void from_wallet_resolves_hotkey_with_custom_path__under_another_root(void**)
{
    Folder root;
    auto path = wallet::hotkey_path(root.path.string(), "miner wallet", "first");
    assert_true(path.ok());
    assert_string_equal(path->c_str(),
                        (root.path / "miner wallet" / "hotkeys" / "first").string().c_str());
    fs::create_directories(fs::path(*path).parent_path());
    crypto::Seed seed;
    seed.fill(1);
    CountingRandom random;
    assert_true(wallet::write_key_file(*path, seed, {}, random).ok());
    auto file = wallet::read_key_file(*path);
    assert_true(file.ok());
    assert_string_equal(file->address.c_str(), "5CcyqxXnJucaCnQQvvUg5EPzj1uoNAxACZvzArHw5aVDvgNH");
    const Bytes signature = sign_with(file->pair, as_bytes("text"));
    assert_true(crypto::verify(key_of(1).public_key(), as_bytes("text"), signature));
}

void from_wallet_loads_hotkey_carrying_integer_crypto_type__phrase_and_type_one(void**)
{
    const std::string json =
        R"({"secretPhrase":"bottom drive obey lake curtain smoke basket hold race lonely fit walk",)"
        R"("cryptoType":1})";
    auto file = wallet::parse_key_file(as_bytes(json));
    assert_true(file.ok());
    assert_true(file->can_sign());
    assert_string_equal(file->address.c_str(), "5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV");
    const Bytes signature = sign_with(file->pair, as_bytes("text"));
    assert_true(crypto::verify(file->public_key, as_bytes("text"), signature));
}

void sr25519_signer_produces_valid_signature__64_bytes(void**)
{
    const crypto::KeyPair pair = key_of(9);
    const Bytes signature = sign_with(pair, as_bytes("message"));
    assert_int_equal(signature.size(), 64);
    assert_true(crypto::verify(pair.public_key(), as_bytes("message"), signature));
    assert_false(crypto::verify(pair.public_key(), as_bytes("massage"), signature));
}

void sr25519_signer_same_seed_both_valid__though_never_equal(void**)
{
    const crypto::KeyPair one = key_of(9);
    const crypto::KeyPair two = key_of(9);
    CountingRandom random;
    const crypto::Signature a = one.sign(as_bytes("message"), random);
    const crypto::Signature b = two.sign(as_bytes("message"), random);
    assert_true(crypto::verify(two.public_key(), as_bytes("message"), a));
    assert_true(crypto::verify(one.public_key(), as_bytes("message"), b));
    assert_false(a == b);
}

void sr25519_signer_different_seeds_differ__and_one_is_not_good_for_the_other(void**)
{
    const Bytes a = sign_with(key_of(8), as_bytes("message"));
    const Bytes b = sign_with(key_of(9), as_bytes("message"));
    assert_false(a == b);
    assert_false(crypto::verify(key_of(9).public_key(), as_bytes("message"), a));
}

void callback_signer_invokes_callback__the_exact_string_goes_out_the_signature_comes_back(void**)
{
    ClientRig rig;
    rig.call();
    rig.turn();
    assert_int_equal(rig.events.questions.size(), 1);
    const codec::HandshakeRequest request = rig.request_on(rig.newest());
    assert_string_equal(
        std::string(as_text(rig.events.questions[0].message)).c_str(),
        transport::request_string(request.validator_hotkey, request.timestamp_s, request.nonce,
                                  codec::base64_encode(rig.link.fingerprint))
            .c_str());
    assert_string_equal(
        request.signature.c_str(),
        codec::base64_encode(sign_with(rig.own, rig.events.questions[0].message)).c_str());
}

void callback_signer_propagates_error__its_text_reaches_the_caller(void**)
{
    ClientRig rig;
    rig.events.signer = Signer::fails;
    const uint64_t id = rig.call();
    rig.turn();
    assert_non_null(std::strstr(rig.outcome(id).error.text.c_str(), "the vault is closed"));
}

void callback_signer_wraps_as_signing_variant__whatever_it_failed_with(void**)
{
    ClientRig rig;
    rig.events.signer = Signer::silent;
    const uint64_t id = rig.call();
    rig.turn();
    const Error other(Code::io, Category::transport, "x");
    assert_true(rig.core->sign_done(rig.events.questions.at(0).id, other, rig.clock.now).ok());
    rig.turn();
    assert_true(rig.outcome(id).error.category == Category::signing);
    assert_string_equal(rig.outcome(id).error.display().c_str(),
                        "signing error: transport error: x");
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(display_formats_all_variants__eight_prefixes),
        cmocka_unit_test(handler_constructor__a_handlers_error_keeps_its_category_and_text),
        cmocka_unit_test(from_wallet_resolves_hotkey_with_custom_path__under_another_root),
        cmocka_unit_test(
            from_wallet_loads_hotkey_carrying_integer_crypto_type__phrase_and_type_one),
        cmocka_unit_test(sr25519_signer_produces_valid_signature__64_bytes),
        cmocka_unit_test(sr25519_signer_same_seed_both_valid__though_never_equal),
        cmocka_unit_test(sr25519_signer_different_seeds_differ__and_one_is_not_good_for_the_other),
        cmocka_unit_test(
            callback_signer_invokes_callback__the_exact_string_goes_out_the_signature_comes_back),
        cmocka_unit_test(callback_signer_propagates_error__its_text_reaches_the_caller),
        cmocka_unit_test(callback_signer_wraps_as_signing_variant__whatever_it_failed_with),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

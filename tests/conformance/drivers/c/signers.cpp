// The signers of the protocol: keys that are held, files, and functions that answer well or badly.
#include "objects.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>

namespace {

struct Answering {
    std::string how;
    int ms = 0;
    SignerPtr inner;
};

SignerPtr from_seed(const std::string& hex)
{
    const Bytes seed = from_hex(hex);
    ltn_signer* signer = nullptr;
    const ErrorPtr error = new_error();
    if (seed.size() != LTN_SEED_LEN) throw Unknown();
    check(ltn_signer_new_seed(&signer, seed.data(), error.get()), error);
    return SignerPtr(signer);
}

void sign(const std::shared_ptr<Answering>& how, ltn_op* question)
{
    const uint8_t* message = nullptr;
    size_t len = 0;
    uint8_t signature[LTN_SIGNATURE_LEN] = {};
    (void)ltn_op_data(question, &message, &len);
    if (how->how != "wrong") (void)ltn_signer_sign(how->inner.get(), signature, message, len);
    const size_t given = how->how == "short" ? 10 : sizeof signature;
    (void)ltn_op_complete(question, signature, given, nullptr);
    if (how->how == "twice") (void)ltn_op_complete(question, signature, given, nullptr);
    ltn_op_free(question);
}

// Runs on the loop's thread, which must not wait.
void asked(ltn_op* question, void* user_data)
{
    const auto how = *static_cast<std::shared_ptr<Answering>*>(user_data);
    if (how->how == "throws") {
        (void)ltn_op_fail(question, "inner secret");
        ltn_op_free(question);
    } else if (how->how == "never") {
        // Kept without an answer until the program ends.
        static std::mutex lock;
        static std::vector<OpPtr> kept;
        const std::lock_guard<std::mutex> hold(lock);
        kept.push_back(own(question));
    } else if (how->how == "late") {
        std::thread([how, question] {
            std::this_thread::sleep_for(std::chrono::milliseconds(how->ms));
            sign(how, question);
        }).detach();
    } else {
        sign(how, question);
    }
}

SignerPtr from_callback(const Json& wish)
{
    auto how = std::make_shared<Answering>();
    how->how = wish.at("callback");
    how->ms = wish.value("ms", 0);
    how->inner = from_seed(wish.at("seed"));
    uint8_t key[LTN_KEY_LEN];
    check(ltn_signer_public_key(how->inner.get(), key));
    ltn_signer* signer = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_signer_new_callback(
              &signer, key, asked, new std::shared_ptr<Answering>(how),
              [](void* data) { delete static_cast<std::shared_ptr<Answering>*>(data); },
              error.get()),
          error);
    return SignerPtr(signer);
}

SignerPtr from_wallet(const Json& wish)
{
    ltn_wallet wallet;
    check(ltn_wallet_init(&wallet, sizeof wallet));
    const std::string root = wish.at("wallet");
    const std::string name = wish.value("name", "");
    const std::string hotkey = wish.value("hotkey_name", "");
    const std::string password = wish.value("password", "");
    wallet.root = root.c_str();
    if (!name.empty()) wallet.name = name.c_str();
    if (!hotkey.empty()) wallet.hotkey = hotkey.c_str();
    if (wish.contains("password")) {
        wallet.password = reinterpret_cast<const uint8_t*>(password.data());
        wallet.password_len = password.size();
    }
    ltn_signer* signer = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_signer_new_wallet(&signer, &wallet, error.get()), error);
    return SignerPtr(signer);
}

}  // namespace

SignerPtr make_signer(const Json& wish)
{
    if (wish.contains("callback")) return from_callback(wish);
    if (wish.contains("wallet")) return from_wallet(wish);
    if (!wish.contains("key_file")) return from_seed(wish.at("seed"));
    ltn_signer* signer = nullptr;
    const ErrorPtr error = new_error();
    const std::string path = wish["key_file"];
    check(ltn_signer_new_key_file(&signer, path.c_str(), error.get()), error);
    return SignerPtr(signer);
}

std::string hotkey_of(const ltn_signer* signer)
{
    uint8_t key[LTN_KEY_LEN];
    char text[LTN_HOTKEY_TEXT_SIZE];
    check(ltn_signer_public_key(signer, key));
    check(ltn_hotkey_encode(text, sizeof text, nullptr, key));
    return text;
}

void decode_hotkey(uint8_t key[LTN_KEY_LEN], const std::string& text)
{
    const ErrorPtr error = new_error();
    check(ltn_hotkey_decode(key, text.c_str(), 0, error.get()), error);
}

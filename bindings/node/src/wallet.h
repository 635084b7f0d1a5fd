/* Opening and writing key files takes seconds when they are encrypted, so it happens on a thread
 * of Node's pool; a question for the password hops to JavaScript and is answered from there. */
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hop.h"

namespace ltn_node {

/* Copies of what the C struct borrows. */
class WalletFields {
public:
    explicit WalletFields(const Napi::Object& from);
    WalletFields(const WalletFields&) = delete;
    WalletFields& operator=(const WalletFields&) = delete;
    ~WalletFields();
    ltn_wallet wallet() const;

private:
    using Text = std::optional<std::string>;
    Text path_, root_, name_, hotkey_, password_file_;
    std::optional<std::vector<uint8_t>> password_;
    uint32_t flags_ = 0;
    int64_t ask_timeout_ms_ = 0;
};

class WalletWork : public Napi::AsyncWorker {
public:
    static Napi::Value open(Napi::Env env, const Napi::Object& wallet);
    static Napi::Value write(Napi::Env env, const Napi::Object& wallet, const uint8_t* seed);
    ~WalletWork() override;

    void Execute() override;
    void OnOK() override;

private:
    WalletWork(Napi::Env env, const Napi::Object& wallet);
    static void ask(ltn_op* question, void* user_data);

    Napi::Promise::Deferred deferred_;
    WalletFields fields_;
    std::optional<std::vector<uint8_t>> seed_; /* to write; otherwise open */
    std::shared_ptr<Hop> ask_;
    ltn_error* error_;
    ltn_signer* signer_ = nullptr;
    ltn_status status_ = LTN_OK;
};

}  // namespace ltn_node

#include <cstdlib>
#include <cstring>

#include "abi/handles.h"
#include "crypto/secret.h"
#include "runtime/password_question.h"
#include "wallet/key_file.h"
#include "wallet/password.h"

using namespace ltn;

namespace {

constexpr const char* kDefaultName = "default";
constexpr Nanos kAskTimeout = 60 * kSecond;

Error expected(const char* text)
{
    return {Code::invalid_argument, Category::local, text};
}

Error check(const ltn_wallet* wallet, uint32_t flags_allowed)
{
    if (wallet == nullptr) return expected("expected an ltn_wallet");
    if (wallet->size < sizeof(ltn_wallet)) {
        return expected("ltn_wallet: size too small; fill it with ltn_wallet_init");
    }
    if ((wallet->flags & ~flags_allowed) != 0) {
        return expected("ltn_wallet: a flag that is unknown here");
    }
    if ((wallet->path == nullptr) == (wallet->root == nullptr)) {
        return expected("ltn_wallet: expected either path or root");
    }
    const char* const place = wallet->path != nullptr ? wallet->path : wallet->root;
    if (place[0] == '\0') return expected("ltn_wallet: path and root must not be empty");
    if (wallet->path != nullptr && (wallet->name != nullptr || wallet->hotkey != nullptr)) {
        return expected("ltn_wallet: name and hotkey go with root, not with path");
    }
    return {};
}

Result<std::string> path_of(const ltn_wallet& wallet)
{
    if (wallet.path != nullptr) return std::string(wallet.path);
    return wallet::hotkey_path(wallet.root != nullptr ? wallet.root : "",
                               wallet.name != nullptr ? wallet.name : kDefaultName,
                               wallet.hotkey != nullptr ? wallet.hotkey : kDefaultName);
}

// The first source that is there decides, also when it turns out to be of no use.
Result<crypto::SecretBytes> password_of(const ltn_wallet& wallet, const std::string& path)
{
    if (wallet.password != nullptr) {
        crypto::SecretBytes password(wallet.password_len);
        std::memcpy(password.data(), wallet.password, wallet.password_len);
        return password;
    }
    if (wallet.password_file != nullptr) return wallet::read_password_file(wallet.password_file);
    const std::string variable = wallet::password_variable(path);
    if (const char* value = std::getenv(variable.c_str()); value != nullptr && value[0] != '\0') {
        return wallet::password_from_variable(variable, value);
    }
    if (wallet.ask != nullptr) {
        const int64_t ms = wallet.ask_timeout_ms;
        return runtime::PasswordQuestion::ask(path, wallet.ask, wallet.user_data,
                                              ms == 0 ? kAskTimeout : abi::timeout_ns(ms));
    }
    return Error(
        Code::password, Category::config,
        "encrypted: expected a password as argument, from a file or in " + variable + ", got none");
}

std::string warning_about(const std::string& path, unsigned mode)
{
    const char octal[] = {static_cast<char>('0' + (mode >> 6 & 7U)),
                          static_cast<char>('0' + (mode >> 3 & 7U)),
                          static_cast<char>('0' + (mode & 7U)), '\0'};
    return "key file " + path + ": others may use it (mode 0" + octal + "); chmod 600 it";
}

ltn_status open_signer(ltn_signer** out, const ltn_wallet& wallet, ltn_error* error)
{
    if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
    if (runtime::in_upcall()) {
        return abi::report(error, {Code::would_deadlock, Category::local,
                                   "opening a key file may take seconds: not inside an upcall"});
    }
    const Result<std::string> path = path_of(wallet);
    if (!path) return abi::report(error, path.error());
    wallet::Unlock unlock;
    unlock.password = [&] { return password_of(wallet, path.value()); };
    Result<wallet::KeyFile> file = wallet::read_key_file(path.value(), unlock);
    if (!file) return abi::report(error, file.error());
    if (!file->can_sign()) {
        return abi::report(error, {Code::bad_key, Category::config,
                                   "key file " + path.value() +
                                       ": expected a secret to sign with, got the public side"});
    }
    auto signer = runtime::Signer::local(std::move(file->pair));
    if (file->exposed()) signer->warning = warning_about(path.value(), file->mode);
    auto handle = std::make_unique<ltn_signer>();
    handle->signer = std::move(signer);
    *out = handle.release();
    return LTN_OK;
}

Error write(const ltn_wallet& wallet, const uint8_t* seed)
{
    if (Error failed = runtime::init_process(); !failed.ok()) return failed;
    const Result<std::string> path = path_of(wallet);
    if (!path) return path.error();
    wallet::WriteTerms terms;
    if ((wallet.flags & LTN_KEY_FILE_OVERWRITE) != 0) terms.if_exists = wallet::IfExists::replace;
    terms.companion = (wallet.flags & LTN_KEY_FILE_COMPANION) != 0;
    crypto::SecretBytes password;
    if ((wallet.flags & LTN_KEY_FILE_ENCRYPT) != 0) {
        if (runtime::in_upcall()) {
            return {Code::would_deadlock, Category::local,
                    "sealing a key file may take seconds: not inside an upcall"};
        }
        // Before anybody types a password for nothing.
        if (terms.if_exists == wallet::IfExists::refuse && wallet::file_exists(path.value())) {
            return {Code::io, Category::config,
                    "key file " + path.value() +
                        ": already exists, and replacing it was not asked for"};
        }
        Result<crypto::SecretBytes> got = password_of(wallet, path.value());
        if (!got) return got.error();
        password = std::move(got.value());
        if (password.size() == 0) {
            return {Code::password, Category::config, "expected a password, got an empty one"};
        }
        terms.password = password.view();
    }
    if (wallet.path == nullptr) {
        if (Error failed = wallet::make_folders_for(path.value()); !failed.ok()) return failed;
    }
    crypto::SecretArray<LTN_SEED_LEN> secret;
    std::memcpy(secret.data(), seed, LTN_SEED_LEN);
    abi::SystemRandom random;
    return wallet::write_key_file(path.value(), secret.array(), terms, random);
}

}  // namespace

extern "C" {

ltn_status ltn_wallet_init(ltn_wallet* wallet, size_t size)
{
    if (wallet == nullptr || size < sizeof(ltn_wallet)) return LTN_ERR_INVALID_ARGUMENT;
    std::memset(wallet, 0, size);
    wallet->size = static_cast<uint32_t>(size);
    return LTN_OK;
}

ltn_status ltn_signer_new_wallet(ltn_signer** out, const ltn_wallet* wallet, ltn_error* error)
{
    if (out == nullptr) return abi::invalid(error, "expected a place for the signer");
    *out = nullptr;
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error bad = check(wallet, 0); !bad.ok()) return abi::report(error, bad);
        return open_signer(out, *wallet, error);
    });
}

ltn_status ltn_signer_new_key_file(ltn_signer** out, const char* path, ltn_error* error)
{
    ltn_wallet wallet;
    (void)ltn_wallet_init(&wallet, sizeof wallet);
    wallet.path = path;
    return ltn_signer_new_wallet(out, &wallet, error);
}

ltn_status ltn_wallet_public_key(const ltn_wallet* wallet, uint8_t key[LTN_KEY_LEN],
                                 ltn_error* error)
{
    if (key == nullptr) return abi::invalid(error, "expected a place for the key");
    return abi::guarded(error, [&]() -> ltn_status {
        if (Error failed = runtime::init_process(); !failed.ok()) return abi::report(error, failed);
        if (Error bad = check(wallet, 0); !bad.ok()) return abi::report(error, bad);
        const Result<std::string> path = path_of(*wallet);
        if (!path) return abi::report(error, path.error());
        Result<wallet::KeyFile> file = wallet::read_public_key(path.value());
        if (!file) return abi::report(error, file.error());
        std::memcpy(key, file->public_key.data(), LTN_KEY_LEN);
        return LTN_OK;
    });
}

ltn_status ltn_wallet_write(const ltn_wallet* wallet, const uint8_t seed[LTN_SEED_LEN],
                            ltn_error* error)
{
    return abi::guarded(error, [&]() -> ltn_status {
        constexpr uint32_t kFlags =
            LTN_KEY_FILE_OVERWRITE | LTN_KEY_FILE_COMPANION | LTN_KEY_FILE_ENCRYPT;
        if (Error bad = check(wallet, kFlags); !bad.ok()) return abi::report(error, bad);
        if (seed == nullptr) return abi::invalid(error, "expected a seed");
        return abi::report(error, write(*wallet, seed));
    });
}

}  // extern "C"

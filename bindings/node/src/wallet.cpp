#include "wallet.h"

#include <cstring>

#include "boxes.h"
#include "convert.h"

namespace ltn_node {

namespace {

std::optional<std::string> text_at(const Napi::Object& from, const char* name)
{
    const Napi::Value value = from.Get(name);
    if (!value.IsString()) return std::nullopt;
    return text_of(value);
}

const char* pointer(const std::optional<std::string>& text)
{
    return text.has_value() ? text->c_str() : nullptr;
}

/* A question on its way to JavaScript; fails when nobody takes it. */
struct Question {
    explicit Question(ltn_op* given) : op(given) {}
    Question(const Question&) = delete;
    Question& operator=(const Question&) = delete;
    ltn_op* op;
    ~Question() { ltn_op_free(op); }
};

void deliver(Napi::Env env, Napi::Function function, std::unique_ptr<Question> question)
{
    if (env == nullptr) return;
    Instance& self = Instance::of(env);
    if (self.ended()) return;
    ltn_op* op = question->op;
    question->op = nullptr;
    call_host(env, function, {Napi::Number::New(env, static_cast<double>(self.put_question(op)))});
}

}  // namespace

WalletFields::WalletFields(const Napi::Object& from)
    : path_(text_at(from, "path")),
      root_(text_at(from, "root")),
      name_(text_at(from, "name")),
      hotkey_(text_at(from, "hotkey")),
      password_file_(text_at(from, "passwordFile")),
      flags_(static_cast<uint32_t>(integer_of(from.Get("flags")))),
      ask_timeout_ms_(integer_of(from.Get("askTimeout")))
{
    const Napi::Value password = from.Get("password");
    if (!password.IsTypedArray()) return;
    const Span bytes = bytes_of(password);
    password_.emplace(bytes.data, bytes.data + bytes.len);
}

WalletFields::~WalletFields()
{
    if (password_.has_value()) explicit_bzero(password_->data(), password_->size());
}

ltn_wallet WalletFields::wallet() const
{
    ltn_wallet out;
    ltn_wallet_init(&out, sizeof out);
    out.flags = flags_;
    out.path = pointer(path_);
    out.root = pointer(root_);
    out.name = pointer(name_);
    out.hotkey = pointer(hotkey_);
    out.password_file = pointer(password_file_);
    out.ask_timeout_ms = ask_timeout_ms_;
    if (password_.has_value()) {
        /* An empty password is one too; a null pointer is none. */
        static const uint8_t kEmpty = 0;
        out.password = password_->empty() ? &kEmpty : password_->data();
        out.password_len = password_->size();
    }
    return out;
}

WalletWork::WalletWork(Napi::Env env, const Napi::Object& wallet)
    : Napi::AsyncWorker(env), deferred_(env), fields_(wallet), error_(ltn_error_new())
{
    const Napi::Value ask = wallet.Get("ask");
    if (ask.IsFunction()) ask_ = Hop::create(env, ask.As<Napi::Function>(), "ltn password", 1);
}

WalletWork::~WalletWork()
{
    if (seed_.has_value()) explicit_bzero(seed_->data(), seed_->size());
    if (ask_ != nullptr) ask_->release();
    ltn_error_free(error_);
    ltn_signer_free(signer_);
}

Napi::Value WalletWork::open(Napi::Env env, const Napi::Object& wallet)
{
    auto* work = new WalletWork(env, wallet);
    const Napi::Value promise = work->deferred_.Promise();
    work->Queue();
    return promise;
}

Napi::Value WalletWork::write(Napi::Env env, const Napi::Object& wallet, const uint8_t* seed)
{
    auto* work = new WalletWork(env, wallet);
    work->seed_.emplace(seed, seed + LTN_SEED_LEN);
    const Napi::Value promise = work->deferred_.Promise();
    work->Queue();
    return promise;
}

void WalletWork::ask(ltn_op* question, void* user_data)
{
    static_cast<WalletWork*>(user_data)->ask_->post(std::make_unique<Question>(question), deliver);
}

void WalletWork::Execute()
{
    ltn_wallet wallet = fields_.wallet();
    if (ask_ != nullptr) {
        wallet.ask = ask;
        wallet.user_data = this;
    }
    status_ = seed_.has_value() ? ltn_wallet_write(&wallet, seed_->data(), error_)
                                : ltn_signer_new_wallet(&signer_, &wallet, error_);
}

void WalletWork::OnOK()
{
    Napi::HandleScope scope(Env());
    auto out = Napi::Array::New(Env());
    if (status_ == LTN_OK) {
        if (signer_ != nullptr) {
            out[0u] = give_box(Env(), new SignerBox{signer_});
            signer_ = nullptr;
        }
    } else {
        out[0u] = Napi::Number::New(Env(), status_);
        out[1u] = Napi::Number::New(Env(), ltn_error_category(error_));
        out[2u] = Napi::Boolean::New(Env(), ltn_error_retriable(error_) != 0);
        out[3u] = Napi::String::New(Env(), ltn_error_text(error_));
    }
    deferred_.Resolve(out);
}

}  // namespace ltn_node

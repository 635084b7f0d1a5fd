#include "runtime/password_question.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "runtime/event.h"
#include "runtime/process.h"

namespace ltn::runtime {

SharedBytes secret_copy(ByteView bytes)
{
    auto owned = std::make_shared<crypto::SecretBytes>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), owned->data());
    const ByteView view = owned->view();
    return SharedBytes::own(std::move(owned), view);
}

Result<crypto::SecretBytes> PasswordQuestion::ask(const std::string& path, ltn_question_fn fn,
                                                  void* user_data, Nanos timeout_ns)
{
    const auto self = std::make_shared<PasswordQuestion>();
    const OpRef op = OpRef::adopt(new Op(OpKind::password, self, nullptr));
    op->user_data = user_data;
    op->set_question_data(SharedBytes::copy(as_bytes(path)));
    {
        const UpcallScope upcall;
        fn(to_handle(OpRef(op).leak()), user_data);
    }
    std::unique_lock lock(self->mutex_);
    const auto done = [&op] { return op->done(); };
    if (timeout_ns == kNever) {
        self->ended_.wait(lock, done);
    } else if (!self->ended_.wait_for(lock, std::chrono::nanoseconds(timeout_ns), done)) {
        const Error late(
            Code::deadline, Category::config,
            "encrypted: no password within " + std::to_string(timeout_ns / kMillisecond) + " ms");
        (void)op->finish(late, {});
        return late;
    }
    if (!self->outcome_.ok()) return self->outcome_;
    crypto::SecretBytes password(self->password_.size());
    std::copy_n(self->password_.data(), password.size(), password.data());
    self->password_ = {};
    return password;
}

Error PasswordQuestion::answer_op(Op& op, SharedBytes data)
{
    return end(op, {}, std::move(data));
}

Error PasswordQuestion::refuse_op(Op& op, std::string_view text)
{
    return end(
        op, {Code::password, Category::config, "encrypted, and no password: " + std::string(text)},
        {});
}

Error PasswordQuestion::end(Op& op, Error outcome, SharedBytes data)
{
    const std::lock_guard lock(mutex_);
    if (op.done()) {
        return {Code::wrong_state, Category::local,
                "the question was already answered or is not waited for any more"};
    }
    outcome_ = outcome;
    password_ = std::move(data);
    (void)op.finish(std::move(outcome), {});
    ended_.notify_all();
    return {};
}

}  // namespace ltn::runtime

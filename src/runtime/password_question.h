// A password asked of the host as an operation, outside of any loop: the caller that opens a key file waits
// for it on its own thread.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "crypto/secret.h"
#include "lightning.h"
#include "runtime/op.h"

namespace ltn::runtime {

// The same bytes in memory that is locked and wiped.
SharedBytes secret_copy(ByteView bytes);

class PasswordQuestion final : public OpOwner,
                               public std::enable_shared_from_this<PasswordQuestion> {
public:
    // Hands `fn` the question about `path` and waits for its answer, at most `timeout_ns`.
    static Result<crypto::SecretBytes> ask(const std::string& path, ltn_question_fn fn,
                                           void* user_data, Nanos timeout_ns);

    void cancel_op(Op&) override {}
    Error answer_op(Op& op, SharedBytes data) override;
    Error refuse_op(Op& op, std::string_view text) override;

private:
    Error end(Op& op, Error outcome, SharedBytes data);

    std::mutex mutex_;
    std::condition_variable ended_;
    Error outcome_;
    SharedBytes password_;
};

}  // namespace ltn::runtime

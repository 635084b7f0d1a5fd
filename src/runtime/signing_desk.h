// Carries a core's signing questions to the signer and the answers back, and tests the signer once at
// start (S20 of the wire specification's weaknesses: a signer that does not sign for its hotkey is
// found at once, not by silent rejections). Called under the loop's lock.
#pragma once

#include <deque>
#include <functional>
#include <unordered_map>

#include "runtime/histogram.h"
#include "runtime/loop.h"
#include "runtime/signer.h"
#include "transport/types.h"

namespace ltn::runtime {

class SigningDesk {
public:
    using Answer = std::function<Error(transport::SignId, const Result<Bytes>&, Instant)>;
    using Tested = std::function<void(Error)>;

    SigningDesk(Loop& loop, std::shared_ptr<Signer> signer)
        : loop_(loop), signer_(std::move(signer))
    {
    }

    // From a question to its answer.
    const Histogram& times() const { return times_; }
    const Signer& signer() const { return *signer_; }

    // Asks for a signature over fresh random bytes; `tested` hears how it went, from run() or
    // answered().
    void start_test(Instant now, Nanos timeout_ns, Tested tested);
    // The same without a test of our own: somebody else makes it and says how it went.
    void expect_test(Tested tested) { tested_ = std::move(tested); }
    void finish_test(Error error);
    bool testing() const { return static_cast<bool>(tested_); }
    Nanos next_expiry_ns() const { return testing() ? test_deadline_ns_ : kNever; }

    void ask(transport::SignId id, ByteView message);
    void cancelled(transport::SignId id);
    bool has_work() const { return !jobs_.empty(); }

    // Full turns only. `owner` stands behind the questions; `answer` goes to the core.
    bool run(Instant now, const std::shared_ptr<OpOwner>& owner, const std::shared_ptr<Loop>& loop,
             const Answer& answer);
    // The host answered or refused `op`.
    Error answered(Op& op, const Result<Bytes>& signature, Instant now, const Answer& answer);
    // Withdraws everything that is still asked.
    void withdraw_all(Code why);

private:
    static constexpr transport::SignId kTestId = ~transport::SignId{0};

    struct Job {
        transport::SignId id;
        Bytes message;
    };
    // The question is not waited for any more; a host that holds it hears so through its queue.
    void withdraw(const OpRef& op, Code why);
    Error judge_test(const Result<Bytes>& signature);

    Loop& loop_;
    std::shared_ptr<Signer> signer_;
    std::deque<Job> jobs_;
    Histogram times_;
    std::unordered_map<transport::SignId, OpRef> asked_;
    Bytes test_message_;
    Nanos test_deadline_ns_ = kNever;
    Tested tested_;
};

}  // namespace ltn::runtime

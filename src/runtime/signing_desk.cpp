#include "runtime/signing_desk.h"

#include <utility>

#include "codec/text.h"
#include "runtime/queue.h"

namespace ltn::runtime {

void SigningDesk::start_test(Instant now, Nanos timeout_ns, Tested tested)
{
    tested_ = std::move(tested);
    if (signer_->pair() != nullptr) {
        // Its public key was computed from its secret: nothing can mismatch.
        jobs_.push_back({kTestId, {}});
        return;
    }
    // The prefix keeps the probe from ever being a handshake string.
    uint8_t salt[16];
    loop_.random().fill(salt);
    const std::string text = "lightning signer self-test " + codec::hex_encode(salt);
    test_message_.assign(text.begin(), text.end());
    test_deadline_ns_ = saturating_add(now.monotonic_ns, timeout_ns);
    jobs_.push_back({kTestId, test_message_});
}

void SigningDesk::ask(transport::SignId id, ByteView message)
{
    jobs_.push_back({id, Bytes(message.begin(), message.end())});
}

void SigningDesk::cancelled(transport::SignId id)
{
    std::erase_if(jobs_, [id](const Job& job) { return job.id == id; });
    const auto found = asked_.find(id);
    if (found == asked_.end()) return;
    const OpRef op = found->second;
    asked_.erase(found);
    withdraw(op, Code::signer_timeout);
}

void SigningDesk::withdraw(const OpRef& op, Code why)
{
    if (!op->finish({why, Category::signing, "not waited for any more"}, {})) return;
    const auto& queue = signer_->queue();
    if (queue == nullptr || !queue->reserve()) return;
    Event event;
    event.kind = LTN_EVENT_WITHDRAWN;
    event.status = static_cast<int32_t>(why);
    event.op = op;
    event.tag = signer_->tag();
    queue->push(std::move(event));
    loop_.op_ended();
}

bool SigningDesk::run(Instant now, const std::shared_ptr<OpOwner>& owner,
                      const std::shared_ptr<Loop>& loop, const Answer& answer)
{
    bool worked = false;
    if (testing() && now.monotonic_ns >= test_deadline_ns_) {
        cancelled(kTestId);
        finish_test({Code::signer_timeout, Category::signing,
                     "signer self-test: no answer within the signer's timeout"});
        worked = true;
    }
    while (!jobs_.empty()) {
        worked = true;
        Job job = std::move(jobs_.front());
        jobs_.pop_front();
        if (const crypto::KeyPair* pair = signer_->pair(); pair != nullptr) {
            if (job.id == kTestId) {
                finish_test({});
                continue;
            }
            const crypto::Signature signature = pair->sign(job.message, loop_.random());
            const Result<Bytes> bytes(Bytes(signature.begin(), signature.end()));
            (void)answer(job.id, bytes, now);
            continue;
        }
        OpRef op = OpRef::adopt(new Op(OpKind::sign, owner, loop));
        op->id = job.id;
        op->detail.begun_ns = now.monotonic_ns;
        op->set_question_data(SharedBytes::take(std::move(job.message)));
        if (const auto& queue = signer_->queue(); queue != nullptr) {
            op->tag = signer_->tag();
            if (!queue->reserve()) {
                const Error full(Code::full, Category::signing, "the signer's queue is full");
                if (job.id == kTestId) {
                    finish_test(full);
                } else {
                    (void)answer(job.id, full, now);
                }
                continue;
            }
            asked_.emplace(job.id, op);
            Event event;
            event.kind = LTN_EVENT_QUESTION;
            event.tag = signer_->tag();
            event.op = std::move(op);
            queue->push(std::move(event));
            loop_.op_ended();
        } else {
            op->user_data = signer_->data()->get();
            asked_.emplace(job.id, op);
            loop_.ask(signer_->fn(), signer_->data(), std::move(op));
        }
    }
    return worked;
}

Error SigningDesk::answered(Op& op, const Result<Bytes>& signature, Instant now,
                            const Answer& answer)
{
    const auto found = asked_.find(op.id);
    if (found == asked_.end() || found->second.get() != &op || op.done()) {
        return {Code::wrong_state, Category::local,
                "the question was already answered or is not waited for any more"};
    }
    const OpRef keep = found->second;
    asked_.erase(found);
    (void)op.finish({}, {});
    times_.add(now.monotonic_ns - std::min(now.monotonic_ns, op.detail.begun_ns));
    if (op.id == kTestId) {
        finish_test(judge_test(signature));
        return {};
    }
    return answer(op.id, signature, now);
}

void SigningDesk::withdraw_all(Code why)
{
    jobs_.clear();
    tested_ = nullptr;
    for (auto& [id, op] : std::exchange(asked_, {})) {
        withdraw(op, why);
    }
}

Error SigningDesk::judge_test(const Result<Bytes>& signature)
{
    if (!signature) {
        return {Code::signer_failed, Category::signing,
                "signer self-test: " + signature.error().text};
    }
    if (signature->size() != crypto::Signature().size()) {
        return {Code::signer_failed, Category::signing,
                "signer self-test: expected 64 signature bytes, got " +
                    std::to_string(signature->size())};
    }
    if (!crypto::verify(signer_->key(), test_message_, signature.value())) {
        return {Code::key_mismatch, Category::signing,
                "signer self-test: the signature is not good for " +
                    codec::ss58_encode(signer_->key())};
    }
    return {};
}

void SigningDesk::finish_test(Error error)
{
    test_deadline_ns_ = kNever;
    const Tested tested = std::exchange(tested_, nullptr);
    if (tested) tested(std::move(error));
}

}  // namespace ltn::runtime

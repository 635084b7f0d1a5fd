#include "runtime/op.h"

#include <sched.h>

#include "codec/text.h"
#include "runtime/op_registry.h"
#include "runtime/process.h"

namespace ltn::runtime {

Op::Op(OpKind kind, std::shared_ptr<OpOwner> owner, std::shared_ptr<Loop> loop)
    : kind_(kind),
      fork_generation_(runtime::fork_generation()),
      owner_(std::move(owner)),
      loop_(std::move(loop))
{
}

Op::~Op() = default;

void Op::release()
{
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
}

bool Op::finish(Error error, SharedBytes data)
{
    if (done()) return false;
    const Code code = error.code;
    error_ = std::move(error);
    if (!is_question()) data_ = std::move(data);
    outcome_.store(code, std::memory_order_release);
    return true;
}

class Op::TextLock {
public:
    explicit TextLock(std::atomic<uint8_t>& flag) : flag_(flag)
    {
        while (flag_.exchange(1, std::memory_order_acquire) != 0) sched_yield();
    }
    ~TextLock() { flag_.store(0, std::memory_order_release); }
    TextLock(const TextLock&) = delete;
    TextLock& operator=(const TextLock&) = delete;

private:
    std::atomic<uint8_t>& flag_;
};

const std::string& Op::hotkey_text()
{
    const TextLock texts(texts_in_use_);
    if (hotkey_text_.empty() && detail.has_peer) hotkey_text_ = codec::ss58_encode(detail.peer);
    return hotkey_text_;
}

const std::string& Op::address_text()
{
    const TextLock texts(texts_in_use_);
    if (address_text_.empty() && detail.address.family != Address::Family::none) {
        address_text_ = detail.address.text();
    }
    return address_text_;
}

const std::string& Op::fingerprint_text()
{
    const TextLock texts(texts_in_use_);
    if (fingerprint_text_.empty() && detail.fingerprint) {
        fingerprint_text_ = codec::base64_encode(*detail.fingerprint);
    }
    return fingerprint_text_;
}

}  // namespace ltn::runtime

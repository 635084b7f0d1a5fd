// Who signs for a hotkey: a key pair in locked memory, or the host, asked by upcall or through a queue.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "crypto/sr25519.h"
#include "runtime/event.h"

namespace ltn::runtime {

class Signer {
public:
    static std::shared_ptr<Signer> local(crypto::KeyPair pair);
    static std::shared_ptr<Signer> callback(const crypto::PublicKey& key, ltn_question_fn fn,
                                            HostDataPtr data);
    static std::shared_ptr<Signer> queued(const crypto::PublicKey& key,
                                          std::shared_ptr<Queue> queue, uint64_t tag);

    const crypto::PublicKey& key() const { return key_; }
    const crypto::KeyPair* pair() const { return pair_ ? &*pair_ : nullptr; }
    // At once, by a signer that holds its secret; nothing from one that asks.
    std::optional<crypto::Signature> sign(ByteView message) const;
    ltn_question_fn fn() const { return fn_; }
    const HostDataPtr& data() const { return data_; }
    const std::shared_ptr<Queue>& queue() const { return queue_; }
    uint64_t tag() const { return tag_; }

    // About a signer that works; logged at the start of what uses it. Set before it is shared.
    std::string warning;

private:
    crypto::PublicKey key_{};
    std::optional<crypto::KeyPair> pair_;
    ltn_question_fn fn_ = nullptr;
    HostDataPtr data_;
    std::shared_ptr<Queue> queue_;
    uint64_t tag_ = 0;
};

}  // namespace ltn::runtime

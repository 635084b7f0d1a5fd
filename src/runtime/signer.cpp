#include "runtime/signer.h"

#include "io/system_random.h"

namespace ltn::runtime {

std::shared_ptr<Signer> Signer::local(crypto::KeyPair pair)
{
    auto signer = std::make_shared<Signer>();
    signer->key_ = pair.public_key();
    signer->pair_ = std::move(pair);
    return signer;
}

std::shared_ptr<Signer> Signer::callback(const crypto::PublicKey& key, ltn_question_fn fn,
                                         HostDataPtr data)
{
    auto signer = std::make_shared<Signer>();
    signer->key_ = key;
    signer->fn_ = fn;
    signer->data_ = std::move(data);
    return signer;
}

std::shared_ptr<Signer> Signer::queued(const crypto::PublicKey& key, std::shared_ptr<Queue> queue,
                                       uint64_t tag)
{
    auto signer = std::make_shared<Signer>();
    signer->key_ = key;
    signer->queue_ = std::move(queue);
    signer->tag_ = tag;
    return signer;
}

std::optional<crypto::Signature> Signer::sign(ByteView message) const
{
    if (!pair_) return std::nullopt;
    io::SystemRandom random;
    return pair_->sign(message, random);
}

}  // namespace ltn::runtime

#include "runtime/signer.h"

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

}  // namespace ltn::runtime

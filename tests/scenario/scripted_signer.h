// A signer that behaves as the seed says: answers at once, late, wrongly, twice, not at all, or
// says that it cannot.
#pragma once

#include <functional>
#include <memory>

#include "crypto/sr25519.h"
#include "scenario/tally.h"
#include "sim/network.h"
#include "transport/types.h"

namespace ltn::scenario {

class ScriptedSigner {
public:
    using Done = std::function<Error(transport::SignId, const Result<Bytes>&)>;

    ScriptedSigner(sim::Network& network, Tally& tally, sim::SeededRandom random);

    const crypto::PublicKey& key() const { return keys_.public_key(); }
    // From now on it answers at once and truly.
    void behave() { well_behaved_ = true; }
    // `done` is the core's sign_done; it may be called inside this, later, never or twice.
    void ask(transport::SignId id, ByteView message, Done done);
    // Answers still under way are dropped: the core they were meant for is gone.
    void forget() { alive_ = std::make_shared<char>(); }

private:
    Bytes sign(ByteView message);
    void later(Nanos delay_ns, std::function<void()> act);

    sim::Network& network_;
    Tally& tally_;
    sim::SeededRandom random_;
    crypto::KeyPair keys_;
    bool well_behaved_ = false;
    std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace ltn::scenario

#include "scenario/scripted_signer.h"

#include <utility>

namespace ltn::scenario {

namespace {

crypto::KeyPair make_keys(sim::SeededRandom random)
{
    crypto::Seed seed;
    random.fill(seed);
    return crypto::KeyPair::from_seed(seed);
}

}  // namespace

ScriptedSigner::ScriptedSigner(sim::Network& network, Tally& tally, sim::SeededRandom random)
    : network_(network), tally_(tally), random_(random), keys_(make_keys(random.fork(1)))
{
    for (const char* name : {"sign now", "sign late", "sign too late", "sign lie", "sign fail",
                             "sign never", "sign twice"}) {
        tally_.declare(name);
    }
}

Bytes ScriptedSigner::sign(ByteView message)
{
    const crypto::Signature signature = keys_.sign(message, random_);
    return Bytes(signature.begin(), signature.end());
}

void ScriptedSigner::later(Nanos delay_ns, std::function<void()> act)
{
    network_.after(delay_ns, [alive = std::weak_ptr<char>(alive_), act = std::move(act)] {
        if (!alive.expired()) act();
    });
}

void ScriptedSigner::ask(transport::SignId id, ByteView message, Done done)
{
    const uint64_t dice = well_behaved_ ? 0 : random_.below(100);
    if (dice < 55) {
        tally_.add("sign now");
        (void)done(id, sign(message));
        return;
    }
    if (dice < 80) {
        const bool too_late = dice >= 76;
        tally_.add(too_late ? "sign too late" : "sign late");
        const Nanos delay =
            too_late ? random_.between(4, 9) * kSecond : random_.between(1, 1500) * kMillisecond;
        later(delay, [id, signature = sign(message), done] { (void)done(id, signature); });
        return;
    }
    if (dice < 85) {
        tally_.add("sign lie");
        Bytes signature = sign(message);
        signature[random_.below(signature.size())] ^= static_cast<uint8_t>(random_.between(1, 255));
        (void)done(id, signature);
        return;
    }
    if (dice < 90) {
        tally_.add("sign fail");
        (void)done(id, Error(Code::signer_failed, Category::signing, "the signer is unwell"));
        return;
    }
    if (dice < 94) {
        tally_.add("sign never");
        return;
    }
    tally_.add("sign twice");
    const Bytes signature = sign(message);
    (void)done(id, signature);
    later(random_.below(100) * kMillisecond, [this, id, signature, done] {
        if (done(id, signature).ok()) network_.violate("a second signature was accepted");
    });
}

}  // namespace ltn::scenario

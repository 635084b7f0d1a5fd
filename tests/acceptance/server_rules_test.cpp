// Whom a server admits, what it remembers and for how long (rows of 11.7).
#include "acceptance/fixture.h"
#include "support/server_rig.h"
#include "transport/rate_limiter.h"
#include "transport/replay_set.h"

#include "acceptance/cmocka_all.h"

namespace {

using namespace ltn;
using namespace ltn::test;
using transport::RateLimiter;
using transport::ReplaySet;
using Verdict = ReplaySet::Verdict;

constexpr uint64_t kNow = 1'700'000'000;

std::string nonce(uint64_t number)
{
    std::string text = std::to_string(number);
    return std::string(32 - text.size(), '0') + text;
}

// upstream-S9: above the cap the original drops fresh entries, oldest first. Ours refuses newcomers.
void evict_stale_nonces_trims_to_hard_cap__newcomers_are_refused_nothing_is_forgotten(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 3, random);
    for (uint64_t i = 0; i < 3; ++i) {
        assert_true(set.record(nonce(i), kNow, kNow) == Verdict::fresh);
    }
    assert_true(set.record(nonce(3), kNow, kNow) == Verdict::full);
    assert_int_equal(set.size(), 3);
    for (uint64_t i = 0; i < 3; ++i) {
        assert_true(set.check(nonce(i), kNow, kNow) == Verdict::replayed);
    }
}

void evict_stale_nonces_removes_expired_before_cap__old_ones_make_room(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 2, random);
    (void)set.record(nonce(0), kNow, kNow);
    (void)set.record(nonce(1), kNow + 370, kNow + 370);
    assert_int_equal(set.size(), 1);
    assert_true(set.record(nonce(2), kNow + 370, kNow + 370) == Verdict::fresh);
    assert_true(set.check(nonce(1), kNow + 370, kNow + 370) == Verdict::replayed);
}

// upstream-S8: the original forgets at receipt + age exactly; ours at the later of receipt and
// timestamp + age + skew, never before.
void evict_stale_nonces_boundary_removes_exact_cutoff__age_and_skew_after_receipt(void**)
{
    ZeroRandom random;
    ReplaySet set(300, 100, random);
    (void)set.record(nonce(1), kNow, kNow);
    set.evict(kNow + 300 + 60);
    assert_int_equal(set.size(), 1);
    // Not later than one step of the clock that the set counts in.
    set.evict(kNow + 300 + 60 + 2);
    assert_int_equal(set.size(), 0);
}

void remove_hotkey_from_maps_cleans_both__the_place_and_the_address_are_free_again(void**)
{
    transport::ServerConfig config;
    config.connections_max = 1;
    ServerRig rig(config);
    FakeConnection* first = rig.join(rig.validator, ServerRig::from(1));
    assert_int_equal(rig.core->peers().size(), 1);
    rig.link.endpoint->lose(*first, quic::CloseInfo::Cause::peer_application);
    rig.turn();
    assert_int_equal(rig.core->peers().size(), 0);
    assert_int_equal(rig.core->stats().authenticated, 0);
    // Another hotkey has the place, from the same address.
    const crypto::KeyPair other = key_of(3);
    rig.join(other, ServerRig::from(1));
    assert_int_equal(rig.core->peers().size(), 1);
    assert_true(rig.core->peers().at(0).key == other.public_key());
}

// A server that was sent one request, changed before or after it was signed.
struct Asked {
    ServerRig rig;
    FakeConnection* connection = rig.accept();
    codec::HandshakeRequest request = rig.request_by(rig.validator);

    explicit Asked(transport::ServerConfig config = {}) : rig(std::move(config)) {}
    codec::HandshakeResponse send(bool sign_again = false)
    {
        if (sign_again) rig.sign(request, rig.validator);
        const quic::StreamId stream = rig.send_request(*connection, request);
        rig.wait(50 * kMillisecond);
        return rig.response_on(*connection, stream);
    }
    bool admitted(bool sign_again = false) { return send(sign_again).accepted; }
    const transport::ServerStats& stats() { return rig.core->stats(); }
};

void verify_accepts_valid_signature__a_correct_request_passes(void**)
{
    assert_true(Asked().admitted());
}

void verify_rejects_exact_boundary_timestamp__exactly_the_maximum_age(void**)
{
    Asked asked;
    asked.request.timestamp_s -= 300;
    assert_false(asked.admitted(true));
    assert_int_equal(asked.stats().refused_clock, 1);
    Asked younger;
    younger.request.timestamp_s -= 299;
    assert_true(younger.admitted(true));
}

void verify_rejects_nonce_replay__good_once(void**)
{
    Asked asked;
    assert_true(asked.admitted());
    assert_int_equal(asked.stats().nonces, 1);
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_nonce, 1);
    assert_int_equal(asked.stats().nonces, 1);
}

// upstream-S9 as above, seen from outside.
void nonce_hard_cap_evicts_oldest__a_full_set_refuses_and_stays_within_its_cap(void**)
{
    transport::ServerConfig config;
    config.nonce_entries_max = 2;
    Asked asked(config);
    const codec::HandshakeRequest first = asked.request;
    assert_true(asked.admitted());
    asked.request = asked.rig.request_by(asked.rig.validator);
    assert_true(asked.admitted());
    asked.request = asked.rig.request_by(asked.rig.validator);
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_capacity, 1);
    assert_int_equal(asked.stats().nonces, 2);
    asked.request = first;
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_nonce, 1);
}

void verify_rejects_invalid_nonce_format__not_hexadecimal(void**)
{
    Asked asked;
    asked.request.nonce.front() = 'g';
    assert_false(asked.admitted(true));
    assert_int_equal(asked.stats().refused_nonce, 1);
}

void verify_rejects_short_nonce__sixteen_digits(void**)
{
    Asked asked;
    asked.request.nonce.resize(16);
    assert_false(asked.admitted(true));
    assert_int_equal(asked.stats().refused_nonce, 1);
}

void verify_rejects_future_timestamp__two_minutes_ahead(void**)
{
    Asked asked;
    asked.request.timestamp_s += 120;
    assert_false(asked.admitted(true));
    assert_int_equal(asked.stats().refused_clock, 1);
}

void verify_rejects_invalid_ss58__a_malformed_hotkey(void**)
{
    Asked asked;
    asked.request.validator_hotkey = "not a hotkey";
    assert_false(asked.admitted(true));
    assert_int_equal(asked.stats().refused_malformed, 1);
}

void verify_rejects_invalid_base64_signature__not_base64(void**)
{
    Asked asked;
    asked.request.signature = "!!!not base64!!!";
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_malformed, 1);
}

void verify_rejects_wrong_signature_length__32_bytes(void**)
{
    Asked asked;
    asked.request.signature = codec::base64_encode(Bytes(32, 1));
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_malformed, 1);
}

void verify_rejects_cryptographically_invalid_signature__64_zero_bytes(void**)
{
    Asked asked;
    asked.request.signature = codec::base64_encode(Bytes(64, 0));
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_signature, 1);
}

// Who cannot sign is refused and the operator is told; the original's error names the signer.
void sign_handshake_response_fails_without_signer__the_peer_is_refused(void**)
{
    Asked asked;
    asked.rig.events.signer = Signer::fails;
    assert_false(asked.admitted());
    assert_int_equal(asked.stats().refused_signer, 1);
}

void sign_handshake_response_succeeds_with_signer__base64_of_64_bytes(void**)
{
    Asked asked;
    const codec::HandshakeResponse response = asked.send();
    auto signature = codec::base64_decode(response.signature);
    assert_true(signature.ok());
    assert_int_equal(signature->size(), 64);
    assert_true(crypto::verify(
        asked.rig.own.public_key(),
        as_bytes(transport::response_string(asked.request.validator_hotkey, response.miner_hotkey,
                                            response.timestamp_s, asked.request.nonce,
                                            *response.cert_fingerprint)),
        signature.value()));
}

transport::TableKey source(uint32_t number)
{
    return transport::source_key(Address::v4(10, static_cast<uint8_t>(number >> 16),
                                             static_cast<uint8_t>(number >> 8),
                                             static_cast<uint8_t>(number), 1));
}

void rate_limiter_allows_within_limit__three_and_not_a_fourth(void**)
{
    ZeroRandom random;
    RateLimiter limiter(3, 100, random);
    for (int i = 0; i < 3; ++i) assert_true(limiter.take(source(1), kSecond));
    assert_false(limiter.take(source(1), kSecond));
}

void rate_limiter_isolates_ips__one_spends_only_his_own(void**)
{
    ZeroRandom random;
    RateLimiter limiter(3, 100, random);
    for (int i = 0; i < 5; ++i) (void)limiter.take(source(1), kSecond);
    assert_false(limiter.take(source(1), kSecond));
    assert_true(limiter.take(source(2), kSecond));
}

// upstream-S12: the original drops the stalest entry even when it is holding somebody back.
void rate_limiter_evicts_oldest_ip_at_cap__but_never_one_that_is_limiting(void**)
{
    ZeroRandom random;
    RateLimiter limiter(2, 4, random);
    assert_true(limiter.take(source(1), kSecond));
    assert_true(limiter.take(source(1), kSecond));
    assert_false(limiter.take(source(1), kSecond));
    for (uint32_t other = 2; other < 200; ++other) {
        (void)limiter.take(source(other), kSecond);
        assert_true(limiter.size() <= 4);
    }
    assert_false(limiter.take(source(1), kSecond));
    // Once nobody is held back any more, a newcomer has a place.
    assert_true(limiter.take(source(1000), 100 * kSecond));
}

struct Sum {
    int64_t a = 0;
    int64_t b = 0;
    template <class Self, class Visit>
    static void fields(Self& self, Visit&& visit)
    {
        visit("a", self.a);
        visit("b", self.b);
    }
};
struct Total {
    int64_t total = 0;
    template <class Self, class Visit>
    static void fields(Self& self, Visit&& visit)
    {
        visit("total", self.total);
    }
};

Result<Total> add(const Sum& sum)
{
    return Total{sum.a + sum.b};
}

void typed_handler_roundtrips_serde_struct__decodes_calls_encodes(void**)
{
    const acceptance::Handler handler = acceptance::typed<Sum>(add);
    auto answer = handler(acceptance::to_data(Sum{40, 2}).value());
    assert_true(answer.ok());
    assert_int_equal(acceptance::from_data<Total>(answer.value())->total, 42);
}

void typed_async_handler_roundtrips_serde_struct__answered_later(void**)
{
    acceptance::World world;
    acceptance::Server& server = world.server();
    server.handle_async("add", acceptance::typed<Sum>(add), kSecond);
    acceptance::Client& client = world.client();
    client.initialize_connections({{acceptance::kMiner, server.address()}});
    const auto result =
        client.query(acceptance::kMiner, "add", acceptance::to_data(Sum{40, 2}).value());
    assert_int_equal(acceptance::from_data<Total>(result.data.view())->total, 42);
}

void typed_handler_propagates_error__its_text_reaches_who_runs_the_handler(void**)
{
    const acceptance::Handler handler = acceptance::typed<Sum>(
        [](const Sum&) -> Result<Total> { return acceptance::handler_error("no sums today"); });
    auto answer = handler(acceptance::to_data(Sum{1, 2}).value());
    assert_string_equal(answer.error().display().c_str(), "handler error: no sums today");
    // What cannot be decoded is the handler's error too.
    assert_false(handler(codec::kEmptyMap).ok());
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(
            evict_stale_nonces_trims_to_hard_cap__newcomers_are_refused_nothing_is_forgotten),
        cmocka_unit_test(evict_stale_nonces_removes_expired_before_cap__old_ones_make_room),
        cmocka_unit_test(
            evict_stale_nonces_boundary_removes_exact_cutoff__age_and_skew_after_receipt),
        cmocka_unit_test(
            remove_hotkey_from_maps_cleans_both__the_place_and_the_address_are_free_again),
        cmocka_unit_test(verify_accepts_valid_signature__a_correct_request_passes),
        cmocka_unit_test(verify_rejects_exact_boundary_timestamp__exactly_the_maximum_age),
        cmocka_unit_test(verify_rejects_nonce_replay__good_once),
        cmocka_unit_test(nonce_hard_cap_evicts_oldest__a_full_set_refuses_and_stays_within_its_cap),
        cmocka_unit_test(verify_rejects_invalid_nonce_format__not_hexadecimal),
        cmocka_unit_test(verify_rejects_short_nonce__sixteen_digits),
        cmocka_unit_test(verify_rejects_future_timestamp__two_minutes_ahead),
        cmocka_unit_test(verify_rejects_invalid_ss58__a_malformed_hotkey),
        cmocka_unit_test(verify_rejects_invalid_base64_signature__not_base64),
        cmocka_unit_test(verify_rejects_wrong_signature_length__32_bytes),
        cmocka_unit_test(verify_rejects_cryptographically_invalid_signature__64_zero_bytes),
        cmocka_unit_test(sign_handshake_response_fails_without_signer__the_peer_is_refused),
        cmocka_unit_test(sign_handshake_response_succeeds_with_signer__base64_of_64_bytes),
        cmocka_unit_test(rate_limiter_allows_within_limit__three_and_not_a_fourth),
        cmocka_unit_test(rate_limiter_isolates_ips__one_spends_only_his_own),
        cmocka_unit_test(rate_limiter_evicts_oldest_ip_at_cap__but_never_one_that_is_limiting),
        cmocka_unit_test(typed_handler_roundtrips_serde_struct__decodes_calls_encodes),
        cmocka_unit_test(typed_async_handler_roundtrips_serde_struct__answered_later),
        cmocka_unit_test(typed_handler_propagates_error__its_text_reaches_who_runs_the_handler),
    };
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}

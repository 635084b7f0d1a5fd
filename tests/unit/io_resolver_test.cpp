// Names to addresses, off the loop.
#include <csetjmp>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/epoll_set.h"
#include "io/resolver.h"

// After the standard headers: it defines `fail` as a macro.
extern "C" {
#include <cmocka.h>
}

namespace {

using namespace ltn;
using namespace ltn::io;

struct Fixture {
    std::unique_ptr<EpollSet> set = std::move(EpollSet::create().value());
    std::vector<std::pair<Resolver::LookupId, Result<Resolver::Addresses>>> results;

    Resolver::Config config()
    {
        Resolver::Config out;
        out.doorbell = [this] { set->ring(); };
        return out;
    }
    Resolver::Done done()
    {
        return [this](Resolver::LookupId id, Result<Resolver::Addresses> result) {
            results.emplace_back(id, std::move(result));
        };
    }
    void run(Resolver& resolver, size_t count)
    {
        while (results.size() < count && set->wait(20'000).doorbell) resolver.poll();
        assert_int_equal(results.size(), count);
    }
    void run_until_quiet(Resolver& resolver)
    {
        while (resolver.threads() != 0 && set->wait(20'000).doorbell) resolver.poll();
        assert_int_equal(resolver.threads(), 0);
    }
};

void literal_is_answered_inside_the_call(void**)
{
    Fixture fixture;
    Resolver resolver(fixture.config());
    assert_true(resolver.resolve("192.0.2.7", 8080, fixture.done()).ok());
    assert_true(resolver.resolve("2001:db8::1", 1, fixture.done()).ok());
    assert_int_equal(fixture.results.size(), 2);
    assert_true(fixture.results[0].second.value()[0] == Address::v4(192, 0, 2, 7, 8080));
    assert_string_equal(fixture.results[1].second.value()[0].text().c_str(), "[2001:db8::1]:1");
    assert_int_equal(resolver.threads(), 0);
}

void localhost_is_found_on_a_thread_and_rings(void**)
{
    Fixture fixture;
    Resolver resolver(fixture.config());
    const auto id = resolver.resolve("localhost", 4433, fixture.done());
    assert_true(id.ok());
    fixture.run(resolver, 1);
    assert_true(fixture.results[0].first == id.value());
    assert_true(fixture.results[0].second.ok());
    for (const Address& address : fixture.results[0].second.value()) {
        assert_true(address.is_loopback());
        assert_int_equal(address.port, 4433);
    }
    fixture.run_until_quiet(resolver);
}

void bad_name_says_which_and_why(void**)
{
    Fixture fixture;
    Resolver resolver(fixture.config());
    assert_true(resolver.resolve("no..such..name.invalid", 1, fixture.done()).ok());
    fixture.run(resolver, 1);
    const Error& error = fixture.results[0].second.error();
    assert_int_equal(static_cast<int>(error.code), static_cast<int>(Code::resolve));
    assert_true(error.text.find("no..such..name.invalid") != std::string::npos);
    fixture.run_until_quiet(resolver);
}

void lookups_beyond_the_threads_wait_and_beyond_that_are_refused(void**)
{
    Fixture fixture;
    Resolver::Config config = fixture.config();
    config.threads_max = 1;
    config.waiting_max = 2;
    Resolver resolver(config);
    size_t accepted = 0;
    size_t refused = 0;
    for (int i = 0; i < 64; ++i) {
        const auto id = resolver.resolve("localhost", 1, fixture.done());
        if (id.ok()) {
            ++accepted;
        } else {
            assert_int_equal(static_cast<int>(id.error().code), static_cast<int>(Code::full));
            ++refused;
        }
        assert_true(resolver.threads() <= 1);
    }
    assert_true(accepted >= 3);
    assert_int_equal(accepted + refused, 64);
    fixture.run(resolver, accepted);
    fixture.run_until_quiet(resolver);
}

void cancelled_lookup_is_never_answered(void**)
{
    Fixture fixture;
    Resolver resolver(fixture.config());
    const auto id = resolver.resolve("localhost", 1, fixture.done());
    assert_true(id.ok());
    resolver.cancel(id.value());
    fixture.run_until_quiet(resolver);
    resolver.poll();
    assert_int_equal(fixture.results.size(), 0);
}

void stop_answers_everything_and_accepts_nothing_more(void**)
{
    Fixture fixture;
    Resolver resolver(fixture.config());
    for (int i = 0; i < 20; ++i) {
        assert_true(resolver.resolve("localhost", 1, fixture.done()).ok());
    }
    resolver.stop();
    assert_int_equal(fixture.results.size(), 20);
    for (const auto& [id, result] : fixture.results) {
        assert_int_equal(static_cast<int>(result.error().code), static_cast<int>(Code::shutdown));
    }
    assert_false(resolver.resolve("localhost", 1, fixture.done()).ok());
    fixture.run_until_quiet(resolver);
    assert_int_equal(fixture.results.size(), 20);
}

void resolver_may_go_while_lookups_run(void**)
{
    Fixture fixture;
    {
        Resolver resolver(fixture.config());
        for (int i = 0; i < 4; ++i) {
            assert_true(resolver.resolve("localhost", 1, fixture.done()).ok());
        }
    }
    assert_int_equal(fixture.results.size(), 0);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(literal_is_answered_inside_the_call),
        cmocka_unit_test(localhost_is_found_on_a_thread_and_rings),
        cmocka_unit_test(bad_name_says_which_and_why),
        cmocka_unit_test(lookups_beyond_the_threads_wait_and_beyond_that_are_refused),
        cmocka_unit_test(cancelled_lookup_is_never_answered),
        cmocka_unit_test(stop_answers_everything_and_accepts_nothing_more),
        cmocka_unit_test(resolver_may_go_while_lookups_run),
    };
    return cmocka_run_group_tests_name("io_resolver", tests, nullptr, nullptr);
}

// The small parts of the link on their own: tokens, tables, timers, budgets, queues of bytes.
#include "quic_wire.h"

#include <algorithm>
#include <set>

#include "quic/replay_filter.h"

using namespace ltn;
using namespace ltn::test;
using quic::Tokens;

namespace {

ngtcp2_cid cid(std::initializer_list<uint8_t> bytes)
{
    ngtcp2_cid out;
    ngtcp2_cid_init(&out, std::data(bytes), bytes.size());
    return out;
}

struct TokenBench {
    SeededRandom random{1};
    Bytes secret = pattern(32);
    quic::Tokens::Lives lives{15 * kSecond, 24 * 3600 * kSecond, 3600 * kSecond};
    Tokens tokens{secret, lives};
    Instant now{0, 1'700'000'000'000};
    Address from = Address::v4(1, 2, 3, 4, 5);
    ngtcp2_cid scid = cid({1, 2, 3, 4, 5, 6, 7, 8});
    ngtcp2_cid odcid = cid({9, 9, 9, 9, 9, 9, 9, 9, 9, 9});

    Bytes retry()
    {
        Bytes out(Tokens::kLenMax);
        out.resize(tokens.make_retry(out, from, scid, odcid, random, now));
        assert_true(out.size() > 40);
        return out;
    }
    Bytes new_token()
    {
        Bytes out(Tokens::kLenMax);
        out.resize(tokens.make_new_token(out, from, random, now));
        return out;
    }
    Tokens::Verdict check(const Bytes& token, Tokens* by = nullptr)
    {
        return (by == nullptr ? tokens : *by).check(token, from, scid, now).verdict;
    }
};

void is(Tokens::Verdict got, Tokens::Verdict expected)
{
    assert_int_equal(static_cast<int>(got), static_cast<int>(expected));
}

void a_token_counts_once(void**)
{
    TokenBench bench;
    for (bool retry : {true, false}) {
        Bytes token = retry ? bench.retry() : bench.new_token();
        Tokens::Checked first = bench.tokens.check(token, bench.from, bench.scid, bench.now);
        is(first.verdict, retry ? Tokens::Verdict::valid_retry : Tokens::Verdict::valid_new_token);
        if (retry) assert_true(ngtcp2_cid_eq(&first.original_dcid, &bench.odcid));
        is(bench.check(token), first.verdict);  // looking does not use it up
        bench.tokens.use(first, bench.now);
        is(bench.check(token), retry ? Tokens::Verdict::spent_retry : Tokens::Verdict::ignored);
    }
}

void a_token_is_bound_and_ages(void**)
{
    TokenBench bench;
    Bytes retry = bench.retry(), regular = bench.new_token();

    bench.from.port = 6;  // a port is part of the one, not of the other
    is(bench.check(retry), Tokens::Verdict::forged_retry);
    is(bench.check(regular), Tokens::Verdict::valid_new_token);
    bench.from = Address::v4(1, 2, 3, 5, 5);
    is(bench.check(retry), Tokens::Verdict::forged_retry);
    is(bench.check(regular), Tokens::Verdict::ignored);
    bench.from = Address::v4(1, 2, 3, 4, 5);

    bench.scid = cid({1, 2, 3, 4, 5, 6, 7, 9});
    is(bench.check(retry), Tokens::Verdict::forged_retry);
    bench.scid = cid({1, 2, 3, 4, 5, 6, 7, 8});

    Bytes swapped = retry;
    swapped[0] = regular[0];  // one purpose for the other
    is(bench.check(swapped), Tokens::Verdict::ignored);
    swapped = regular;
    swapped[0] = retry[0];
    is(bench.check(swapped), Tokens::Verdict::forged_retry);

    bench.now.unix_ms += 15'000;
    is(bench.check(retry), Tokens::Verdict::valid_retry);
    bench.now.unix_ms += 1;
    is(bench.check(retry), Tokens::Verdict::spent_retry);
    bench.now.unix_ms += 23 * 3'600'000;
    is(bench.check(regular), Tokens::Verdict::valid_new_token);
    is(bench.check(retry), Tokens::Verdict::forged_retry);  // its key is gone
    bench.now.unix_ms += 3'600'000;
    is(bench.check(regular), Tokens::Verdict::ignored);
    bench.now.unix_ms -= 100ULL * 3'600'000;  // from the future
    is(bench.check(regular), Tokens::Verdict::ignored);
}

void a_restarted_server_with_its_secret_knows_its_tokens(void**)
{
    TokenBench bench;
    Tokens same(bench.secret, bench.lives);
    Bytes other_secret = pattern(32, 99);
    Tokens other(other_secret, bench.lives);
    is(bench.check(bench.retry(), &same), Tokens::Verdict::valid_retry);
    is(bench.check(bench.retry(), &other), Tokens::Verdict::forged_retry);
    is(bench.check(bench.new_token(), &other), Tokens::Verdict::ignored);
}

void no_changed_token_passes(void**)
{
    TokenBench bench;
    SeededRandom dice(5);
    Bytes genuine[] = {bench.retry(), bench.new_token()};
    for (int i = 0; i < 1'000'000; ++i) {
        Bytes token = genuine[i % 2];
        if (i % 16 == 0) {
            token.resize(dice.next_u64() % (token.size() + 8));
        } else {
            for (uint64_t n = 1 + dice.next_u64() % 3; n > 0; --n) {
                token[dice.next_u64() % token.size()] ^=
                    static_cast<uint8_t>(1 + dice.next_u64() % 255);
            }
        }
        if (token == genuine[i % 2]) continue;
        Tokens::Verdict verdict = bench.check(token);
        if (verdict == Tokens::Verdict::valid_retry ||
            verdict == Tokens::Verdict::valid_new_token ||
            verdict == Tokens::Verdict::spent_retry) {
            fail_msg("changed token %d passed", i);
        }
    }
}

void a_full_replay_filter_trusts_nobody(void**)
{
    quic::ReplayFilter filter(10'000, 100);
    for (uint64_t id = 1; id <= 100; ++id) {
        assert_true(filter.unused(id, 1000, 1000));
        filter.use(id, 1000, 1000);
        assert_false(filter.unused(id, 1000, 1000));
    }
    assert_false(filter.unused(101, 1000, 1000));
    assert_int_equal(filter.size(), 100);
    assert_true(filter.unused(101, 20'000, 20'000));  // the old ones have expired
    assert_int_equal(filter.size(), 0);
}

void the_newest_token_per_server_is_kept(void**)
{
    quic::TokenCache cache(3);
    auto at = [](uint16_t port) { return Address::v4(1, 1, 1, 1, port); };
    for (uint16_t port = 1; port <= 3; ++port) cache.put(at(port), pattern(20, port));
    cache.put(at(1), pattern(20, 100));
    cache.put(at(4), pattern(20, 4));  // 2 has waited longest
    assert_int_equal(cache.size(), 3);
    assert_true(cache.take(at(2)).empty());
    assert_true(cache.take(at(1)) == pattern(20, 100));
    assert_true(cache.take(at(1)).empty());
    cache.put(at(9), pattern(100'000));
    assert_true(cache.take(at(9)).empty());
}

void the_id_table_finds_what_is_in_it(void**)
{
    quic::IdTable<int> table;
    std::map<uint64_t, int*> model;
    static int values[64];
    SeededRandom dice(1);
    for (int i = 0; i < 100'000; ++i) {
        uint64_t key = dice.next_u64() % 512;  // crowded on purpose
        int* value = &values[dice.next_u64() % 64];
        switch (dice.next_u64() % 3) {
            case 0:
                table.insert(key, value);
                model[key] = value;
                break;
            case 1: {
                auto found = model.find(key);
                table.erase(key, found == model.end() ? value : found->second);
                if (found != model.end()) model.erase(found);
                break;
            }
            default: {
                auto found = model.find(key);
                assert_ptr_equal(table.find(key), found == model.end() ? nullptr : found->second);
            }
        }
        assert_int_equal(table.size(), model.size());
    }
}

void timers_come_out_in_order(void**)
{
    quic::TimerHeap heap;
    std::vector<quic::TimerItem> items(200);
    SeededRandom dice(2);
    for (int i = 0; i < 20'000; ++i) {
        quic::TimerItem& item = items[dice.next_u64() % items.size()];
        Nanos due = dice.next_u64() % 4 == 0 ? kNever : dice.next_u64() % 1000;
        heap.set(item, due);
        Nanos least = kNever;
        for (auto& each : items) least = std::min(least, each.due_ns);
        assert_int_equal(heap.next_ns(), least);
        if (i % 7 == 0 && heap.earliest() != nullptr) heap.remove(*heap.earliest());
    }
}

void a_send_buffer_keeps_bytes_until_acknowledged(void**)
{
    SeededRandom dice(3);
    quic::SendBuffer buffer;
    Bytes all, taken;
    uint64_t acked = 0;
    for (int i = 0; i < 20'000; ++i) {
        if (dice.next_u64() % 3 == 0) {
            Bytes chunk = pattern(1 + dice.next_u64() % 50, static_cast<uint64_t>(i));
            all.insert(all.end(), chunk.begin(), chunk.end());
            buffer.push(SharedBytes::take(std::move(chunk)));
        }
        ngtcp2_vec vectors[4];
        size_t total = 0;
        size_t count = buffer.peek(vectors, 4, total);
        size_t want = total == 0 ? 0 : dice.next_u64() % (total + 1);
        size_t left = want;
        for (size_t v = 0; v < count && left > 0; ++v) {
            size_t n = std::min(left, vectors[v].len);
            taken.insert(taken.end(), vectors[v].base, vectors[v].base + n);
            left -= n;
        }
        buffer.sent(want);
        if (dice.next_u64() % 4 == 0 && taken.size() > acked) {
            acked += dice.next_u64() % (taken.size() - acked + 1);
            buffer.acked(acked);
        }
        assert_int_equal(buffer.unsent(), all.size() - taken.size());
        assert_int_equal(buffer.unacked(), all.size() - acked);
    }
    assert_true(std::equal(taken.begin(), taken.end(), all.begin()));
}

void a_token_bucket_fills_at_its_rate(void**)
{
    quic::TokenBucket bucket(10, 100);
    for (int i = 0; i < 10; ++i) assert_true(bucket.take(1000 * kSecond));
    assert_false(bucket.take(1000 * kSecond));
    assert_false(bucket.take(1000 * kSecond + 9 * kMillisecond));
    assert_true(bucket.take(1000 * kSecond + 10 * kMillisecond));
    assert_false(bucket.take(1000 * kSecond + 10 * kMillisecond));
    assert_true(bucket.take(2000 * kSecond, 10));
    assert_false(bucket.take(2000 * kSecond));
}

void ids_hide_their_loop(void**)
{
    Bytes secret = pattern(32);
    SeededRandom random(1);
    std::set<uint8_t> first_bytes;
    for (uint8_t loop = 0; loop < 8; ++loop) {
        quic::ConnectionIds ids(secret, loop), other(secret, 200);
        for (int i = 0; i < 100; ++i) {
            ngtcp2_cid id;
            ids.make(random, id);
            assert_int_equal(id.datalen, 8);
            assert_int_equal(other.loop_of(ByteView(id.data, id.datalen)), loop);
            first_bytes.insert(id.data[0]);
        }
    }
    assert_true(first_bytes.size() > 200);
}

void memory_is_used_again(void**)
{
    quic::Memory memory;
    std::vector<std::pair<void*, uint8_t>> blocks;
    SeededRandom dice(4);
    for (int i = 0; i < 20'000; ++i) {
        if (dice.next_u64() % 2 == 0 || blocks.empty()) {
            size_t len = 1 + dice.next_u64() % (i % 50 == 0 ? 100'000 : 3000);
            auto* block = static_cast<uint8_t*>(memory.allocate(len));
            assert_int_equal(reinterpret_cast<uintptr_t>(block) % 16, 0);
            std::memset(block, i & 0xff, len);
            blocks.emplace_back(block, static_cast<uint8_t>(i));
        } else {
            size_t at = dice.next_u64() % blocks.size();
            assert_int_equal(*static_cast<uint8_t*>(blocks[at].first), blocks[at].second);
            if (dice.next_u64() % 4 == 0) {
                blocks[at].first = memory.resize(blocks[at].first, 1 + dice.next_u64() % 5000);
                assert_int_equal(*static_cast<uint8_t*>(blocks[at].first), blocks[at].second);
            } else {
                memory.release(blocks[at].first);
                blocks[at] = blocks.back();
                blocks.pop_back();
            }
        }
    }
    for (auto& [block, mark] : blocks) memory.release(block);
}

}  // namespace

int main()
{
    const CMUnitTest tests[] = {
        cmocka_unit_test(a_token_counts_once),
        cmocka_unit_test(a_token_is_bound_and_ages),
        cmocka_unit_test(a_restarted_server_with_its_secret_knows_its_tokens),
        cmocka_unit_test(no_changed_token_passes),
        cmocka_unit_test(a_full_replay_filter_trusts_nobody),
        cmocka_unit_test(the_newest_token_per_server_is_kept),
        cmocka_unit_test(the_id_table_finds_what_is_in_it),
        cmocka_unit_test(timers_come_out_in_order),
        cmocka_unit_test(a_send_buffer_keeps_bytes_until_acknowledged),
        cmocka_unit_test(a_token_bucket_fills_at_its_rate),
        cmocka_unit_test(ids_hide_their_loop),
        cmocka_unit_test(memory_is_used_again),
    };
    return cmocka_run_group_tests_name("quic parts", tests, nullptr, nullptr);
}

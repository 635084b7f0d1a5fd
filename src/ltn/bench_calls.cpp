#include "bench_calls.h"

#include <sys/resource.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <iterator>
#include <thread>
#include <utility>

#include "msgpack.h"

namespace ltn_program {

namespace {

// From here on all calls share one copy of the request; below, the library's own copy of the few
// bytes is cheaper than counting owners.
constexpr size_t kSharedFrom = 4096;
constexpr size_t kOtherEvents = 16;
// A peer that only fails would be measured failing, as fast as it can.
constexpr uint64_t kErrorsMax = 100;
// Not as fast as it can fail either: a peer that restarts is worth a few tries.
constexpr std::chrono::milliseconds kAfterError{20};

}  // namespace

uint64_t monotonic_ns()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<uint64_t>(now.tv_nsec);
}

uint64_t process_cpu_us()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto us = [](const timeval& time) {
        return static_cast<uint64_t>(time.tv_sec) * 1'000'000U +
               static_cast<uint64_t>(time.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
}

BenchCalls::BenchCalls(Options& options, size_t payload)
    : options_(options), request_(payload_map(payload)), caller_(options)
{
    const auto* data = reinterpret_cast<const uint8_t*>(request_.data());
    call_ = caller_.call_of(type_);
    if (request_.size() >= kSharedFrom) {
        ltn_bytes* raw = nullptr;
        detail_.check(Phase::setup, options.name,
                      ltn_bytes_lend(&raw, data, request_.size(), nullptr, nullptr));
        shared_.reset(raw);
        call_.bytes = raw;
    } else {
        call_.data = data;
        call_.data_len = request_.size();
    }
}

BenchTimes BenchCalls::run(uint64_t warmup_ns, uint64_t measured_ns)
{
    BenchTimes times;
    if (options_.inflight == 1) {
        run_one_at_a_time(warmup_ns, measured_ns, times);
    } else {
        run_in_flight(warmup_ns, measured_ns, times);
    }
    times.cpu_us = process_cpu_us() - times.cpu_us;
    caller_.close();
    return times;
}

void BenchCalls::run_one_at_a_time(uint64_t warmup_ns, uint64_t measured_ns, BenchTimes& times)
{
    caller_.open(nullptr);
    Slot slot;
    // The first call connects; a peer that cannot be reached ends here with its reason.
    submit(slot, 0);
    if (!finish(slot, ltn_op_wait(slot.op, -1), times)) return;

    const uint64_t measure_from = monotonic_ns() + warmup_ns;
    bool measuring = false;
    for (;;) {
        submit(slot, 0);
        const uint64_t begun_ns = slot.begun_ns;
        if (!measuring && begun_ns >= measure_from) {
            measuring = true;
            times.begun_ns = begun_ns;
            times.cpu_us = process_cpu_us();
        }
        const ltn_status waited = ltn_op_wait(slot.op, -1);
        const uint64_t now = monotonic_ns();
        const bool good = finish(slot, waited, times);
        if (good && measuring) latency_ns_.add(now - begun_ns);
        if (times.errors >= kErrorsMax || (measuring && now - times.begun_ns >= measured_ns)) {
            times.ended_ns = now;
            return;
        }
    }
}

void BenchCalls::run_in_flight(uint64_t warmup_ns, uint64_t measured_ns, BenchTimes& times)
{
    ltn_queue* raw = nullptr;
    detail_.check(Phase::setup, options_.name,
                  ltn_queue_new(&raw, options_.inflight + kOtherEvents, detail_.out()));
    queue_.reset(raw);
    caller_.open(raw);

    std::vector<Slot> slots(options_.inflight);
    for (size_t i = 0; i < slots.size(); ++i) submit(slots[i], i);
    uint64_t outstanding = slots.size();

    ltn_event events[256];
    const uint64_t measure_from = monotonic_ns() + warmup_ns;
    bool measuring = false;
    bool stopping = false;
    while (outstanding > 0) {
        const ltn_status waited = ltn_queue_wait(raw, -1);
        if (waited != LTN_OK) throw Detail().failure(Phase::network, options_.name, waited);
        size_t count = 0;
        ltn_queue_drain(raw, events, &count, std::size(events), sizeof events[0]);
        const uint64_t now = monotonic_ns();
        if (!measuring && now >= measure_from) {
            measuring = true;
            times.begun_ns = now;
            times.cpu_us = process_cpu_us();
        }
        for (size_t i = 0; i < count; ++i) {
            if (events[i].kind != LTN_EVENT_OP_DONE) continue;
            Slot& slot = slots[events[i].tag];
            const uint64_t begun_ns = slot.begun_ns;
            const bool good = finish(slot, events[i].status, times);
            --outstanding;
            // Calls from the warm-up end inside the measured part just as calls from inside it end
            // after it; counting by the end keeps the rate honest.
            if (good && measuring && !stopping) latency_ns_.add(now - begun_ns);
            if (stopping) continue;
            submit(slot, events[i].tag);
            ++outstanding;
        }
        const bool over = measuring && now - times.begun_ns >= measured_ns;
        if (!stopping && (over || times.errors >= kErrorsMax)) {
            stopping = true;
            times.ended_ns = now;
        }
    }
}

void BenchCalls::connect_once(BenchTimes& times)
{
    const uint64_t begun_ns = monotonic_ns();
    caller_.open(nullptr);
    Slot slot;
    submit(slot, 0);
    const ltn_status waited = ltn_op_wait(slot.op, -1);
    const uint64_t now = monotonic_ns();
    if (finish(slot, waited, times)) latency_ns_.add(now - begun_ns);
    caller_.close();
}

void BenchCalls::submit(Slot& slot, uint64_t tag)
{
    call_.tag = tag;
    slot.begun_ns = monotonic_ns();
    const ltn_status status = ltn_client_call(caller_.client(), &slot.op, &call_, detail_.out());
    detail_.check(Phase::submit, options_.name, status);
}

bool BenchCalls::finish(Slot& slot, ltn_status status, BenchTimes& times)
{
    const Op op(std::exchange(slot.op, nullptr));
    if (status == LTN_OK) status = ltn_op_status(op.get());
    if (status == LTN_OK && is_echo(op.get())) return true;
    std::this_thread::sleep_for(kAfterError);
    if (times.errors++ > 0) return false;
    if (status == LTN_OK) {
        times.first_error = "the answer differs from what was sent";
        times.first_code = "malformed";
    } else {
        const Failure failure = caller_.failure_of(op.get(), status);
        times.first_error = failure.why();
        times.first_code = failure.code;
        times.first_exit = failure.exit_status;
    }
    return false;
}

bool BenchCalls::is_echo(const ltn_op* op) const
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    return ltn_op_data(op, &data, &len) == LTN_OK && len == request_.size() &&
           std::memcmp(data, request_.data(), len) == 0;
}

}  // namespace ltn_program

// The inner loops of `ltn bench`: calls of echo, one at a time or many in flight, each answer
// compared with what was sent.
#pragma once

#include <string>
#include <vector>

#include "caller.h"
#include "histogram.h"

namespace ltn_program {

struct BenchTimes {
    uint64_t begun_ns = 0;  // of the measured part
    uint64_t ended_ns = 0;  // when its last answer came
    uint64_t cpu_us = 0;    // of the whole process during that part
    uint64_t errors = 0;
    std::string first_error;
    std::string first_code;
    int first_exit = kExitRemote;
};

uint64_t monotonic_ns();
uint64_t process_cpu_us();

class BenchCalls {
public:
    BenchCalls(Options& options, size_t payload);

    // Runs for warmup_ns without counting, then for measured_ns.
    BenchTimes run(uint64_t warmup_ns, uint64_t measured_ns);

    // One connect with its first call, from making the client to the answer, into the histogram.
    void connect_once(BenchTimes& times);

    // Forgets what has been measured so far.
    void forget() { latency_ns_ = {}; }

    const Histogram& latency_ns() const { return latency_ns_; }

private:
    struct Slot {
        ltn_op* op = nullptr;
        uint64_t begun_ns = 0;
    };

    void submit(Slot& slot, uint64_t tag);
    // Checks the answer, frees the operation, counts an error.
    bool finish(Slot& slot, ltn_status status, BenchTimes& times);
    bool is_echo(const ltn_op* op) const;
    void run_one_at_a_time(uint64_t warmup_ns, uint64_t measured_ns, BenchTimes& times);
    void run_in_flight(uint64_t warmup_ns, uint64_t measured_ns, BenchTimes& times);

    Options& options_;
    const std::string type_ = "echo";
    std::string request_;
    Bytes shared_;
    Queue queue_;
    Caller caller_;
    Detail detail_;
    ltn_call call_{};
    Histogram latency_ns_;
};

}  // namespace ltn_program

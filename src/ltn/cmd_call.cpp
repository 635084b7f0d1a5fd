// ltn call

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <vector>

#include "caller.h"
#include "commands.h"
#include "msgpack.h"
#include "output.h"
#include "request_data.h"

namespace ltn_program {

namespace {

using Clock = std::chrono::steady_clock;

// What the peer answered without success, without the words that the library puts before it.
std::string handler_text(const ltn_op* op)
{
    Detail detail;
    ltn_op_error(op, detail.out());
    std::string text = detail.text(LTN_ERR_HANDLER);
    const std::string prefix = "handler error: ";
    if (text.compare(0, prefix.size(), prefix) == 0) text.erase(0, prefix.size());
    return text;
}

Json answer_data(const Options& options, const ltn_op* op)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    if (ltn_op_data(op, &data, &len) != LTN_OK) return nullptr;
    auto value = json_from_msgpack(data, len);
    if (!value) {
        throw Failure(kExitRemote, options.name, "malformed",
                      "serialization error: the answer is not one MessagePack value");
    }
    return std::move(*value);
}

void print_answer(const Options& options, const Json& data, double latency_ms,
                  const std::optional<std::string>& error)
{
    if (options.json) {
        Json line = Json::object();
        line["success"] = !error.has_value();
        line["data"] = data;
        line["latency_ms"] = rounded_ms(latency_ms);
        line["error"] = error ? Json(*error) : Json(nullptr);
        print_json(line);
    } else if (error) {
        print_line(fmt::format("no, in {:.3f} ms: {}", latency_ms, *error));
    } else {
        print_line(fmt::format("yes, in {:.3f} ms: {}", latency_ms, json_text(data)));
    }
}

class Calls {
public:
    explicit Calls(Options& options)
        : options_(options),
          data_(request_data(options)),
          caller_(options),
          slots_(std::min(options.inflight, options.repeat))
    {
        Detail detail;
        ltn_queue* raw = nullptr;
        detail.check(Phase::setup, options.name,
                     ltn_queue_new(&raw, slots_.size() + kOtherEvents, detail.out()));
        queue_.reset(raw);
        caller_.open(raw);
    }

    int run()
    {
        for (size_t slot = 0; slot < slots_.size(); ++slot) submit(slot);
        ltn_event events[64];
        while (done_ < options_.repeat) {
            const ltn_status status = ltn_queue_wait(queue_.get(), -1);
            if (status != LTN_OK) throw Detail().failure(Phase::network, options_.name, status);
            size_t count = 0;
            ltn_queue_drain(queue_.get(), events, &count, std::size(events), sizeof events[0]);
            const Clock::time_point now = Clock::now();
            for (size_t i = 0; i < count; ++i) {
                if (events[i].kind != LTN_EVENT_OP_DONE) continue;
                finish(static_cast<size_t>(events[i].tag), events[i].status, now);
            }
        }
        // Before the queue goes that it delivers into.
        caller_.close();
        return unsuccessful_ == 0 ? kExitDone : kExitRemote;
    }

private:
    // Room for what a client says besides completions.
    static constexpr size_t kOtherEvents = 16;

    struct Slot {
        Op op;
        Clock::time_point begun;
    };

    void submit(size_t slot)
    {
        ltn_call call = caller_.call_of(options_.type);
        call.data = data_.empty() ? nullptr : reinterpret_cast<const uint8_t*>(data_.data());
        call.data_len = data_.size();
        call.tag = slot;
        slots_[slot].begun = Clock::now();
        Detail detail;
        ltn_op* op = nullptr;
        detail.check(Phase::submit, options_.name,
                     ltn_client_call(caller_.client(), &op, &call, detail.out()));
        slots_[slot].op.reset(op);
        ++submitted_;
    }

    void finish(size_t slot, ltn_status status, Clock::time_point now)
    {
        const Op op = std::move(slots_[slot].op);
        const double ms =
            std::chrono::duration<double, std::milli>(now - slots_[slot].begun).count();
        if (status == LTN_OK) {
            print_answer(options_, answer_data(options_, op.get()), ms, std::nullopt);
        } else if (status == LTN_ERR_HANDLER) {
            ++unsuccessful_;
            print_answer(options_, answer_data(options_, op.get()), ms, handler_text(op.get()));
        } else {
            // The network said no: whatever is still to come would meet the same.
            throw caller_.failure_of(op.get(), status);
        }
        ++done_;
        if (submitted_ < options_.repeat) submit(slot);
    }

    Options& options_;
    std::string data_;
    Queue queue_;
    Caller caller_;
    std::vector<Slot> slots_;
    uint64_t submitted_ = 0;
    uint64_t done_ = 0;
    uint64_t unsuccessful_ = 0;
};

}  // namespace

int run_call(Options& options)
{
    return Calls(options).run();
}

}  // namespace ltn_program

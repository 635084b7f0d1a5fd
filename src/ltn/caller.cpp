#include "caller.h"

#include "identity.h"

namespace ltn_program {

Caller::Caller(Options& options) : options_(options)
{
    Detail detail;
    const ltn_status status =
        ltn_hotkey_decode(peer_.data(), options.hotkey.c_str(), 0, detail.out());
    if (status != LTN_OK) {
        throw Failure(kExitUsage, options.name, ltn_status_name(status),
                      "HOTKEY: " + detail.text(status));
    }
    signer_ = make_signer(options);
    runtime_ = new_runtime(options.name);
}

void Caller::open(ltn_queue* queue)
{
    Detail detail;
    ltn_client* raw = nullptr;
    detail.check(Phase::setup, options_.name,
                 ltn_client_new(&raw, runtime_.get(), signer_.get(), detail.out()));
    client_.reset(raw);
    apply_settings(client_.get(), runtime_.get(), options_.settings,
                   load_config(options_.config, options_.name), options_.name);
    if (queue != nullptr) {
        detail.check(Phase::setup, options_.name, ltn_client_deliver_queue(client_.get(), queue));
    }
    detail.check(Phase::setup, options_.name, ltn_client_start(client_.get(), detail.out()));
}

void Caller::close()
{
    if (client_ == nullptr) return;
    ltn_client_stop(client_.get());
    // Nothing is left to report, so a peer that is gone must not hold us up.
    ltn_client_wait(client_.get(), 1000);
    client_.reset();
}

ltn_call Caller::call_of(const std::string& type) const
{
    ltn_call call;
    ltn_call_init(&call, sizeof call);
    call.peer = peer_.data();
    call.address = options_.address.c_str();
    call.type = type.data();
    call.type_len = type.size();
    call.timeout_ms = options_.timeout_ms();
    return call;
}

Failure Caller::failure_of(const ltn_op* op, ltn_status status) const
{
    Detail detail;
    ltn_op_error(op, detail.out());
    return detail.failure(Phase::network, options_.name, status);
}

}  // namespace ltn_program

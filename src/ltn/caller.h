// What call, ping and bench share: a started client and one peer.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "library.h"
#include "options.h"

namespace ltn_program {

class Caller {
public:
    // Looks at the peer's hotkey first: a typing error there is the cheapest to tell.
    explicit Caller(Options& options);
    ~Caller() { close(); }
    Caller(const Caller&) = delete;
    Caller& operator=(const Caller&) = delete;

    // A fresh client that delivers into `queue` (may be nullptr), started; takes the place of the
    // one before.
    void open(ltn_queue* queue);

    // Says goodbye to the peer, so that it need not wait for the idle timeout.
    void close();

    ltn_client* client() const { return client_.get(); }

    // A call of `type` without data. It borrows from this object and from `type`.
    ltn_call call_of(const std::string& type) const;

    // The failure that an operation ended with.
    Failure failure_of(const ltn_op* op, ltn_status status) const;

private:
    Options& options_;
    std::array<uint8_t, LTN_KEY_LEN> peer_{};
    Signer signer_;
    Runtime runtime_;
    Client client_;
};

}  // namespace ltn_program

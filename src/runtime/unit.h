// What a loop runs: a client or a server. Every member but the constructor is called under the
// loop's lock.
#pragma once

#include <memory>
#include <vector>

#include "base/time.h"
#include "runtime/port.h"

namespace ltn::runtime {

class Unit {
public:
    virtual ~Unit() = default;

    // Reads the ports, runs what is due, sends what may leave. `full`: handshakes, signers and dials may
    // run here; a driving caller says false and leaves them to the loop's thread (design 3.5).
    // Returns whether anything happened.
    virtual bool turn(Instant now, bool full) = 0;
    virtual void flush(Instant now) = 0;
    virtual bool wants_flush() const = 0;
    // Something waits that only a full turn may do.
    virtual bool wants_full_turn() const = 0;
    // A handshake is under way: its steps are full turns, so a waiting caller had better leave the
    // sockets to the loop's thread than hand every flight over.
    virtual bool shaking_hands() const = 0;
    // A port refused the last train: wants_flush() alone is no reason to run again.
    virtual bool blocked() const = 0;
    virtual Nanos next_expiry_ns() const = 0;
    virtual void stop(Instant now) = 0;
    // After stop: no turn will come any more. Closes at once, tells nobody.
    virtual void give_up() = 0;
    // The loop has let it go; called without the lock, after its last event was delivered.
    virtual void on_released() = 0;
    // In a forked child: closes descriptors with close() and touches nothing else (promise P3).
    virtual void abandon() = 0;
};

}  // namespace ltn::runtime

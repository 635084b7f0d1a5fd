// What every drive of the loop shares: units, deliveries, one turn.
#include "runtime/loop.h"

#include <algorithm>

#include "io/system_clock.h"
#include "io/system_random.h"
#include "runtime/process.h"
#include "runtime/queue.h"

namespace ltn::runtime {

Loop::Loop(Drive drive, uint64_t seed) : drive_(drive)
{
    if (drive == Drive::virtual_clock) virtual_ = std::make_unique<VirtualNet>(seed);
    system_random_ = std::make_unique<io::SystemRandom>();
}

Loop::~Loop()
{
    close_io();
}

Random& Loop::random()
{
    return virtual_ ? virtual_->random() : *system_random_;
}

Instant Loop::now() const
{
    return virtual_ ? virtual_->now() : io::system_now();
}

Error Loop::attach(std::shared_ptr<Unit> unit)
{
    const std::lock_guard threads(thread_mutex_);
    if (Error error = open_io(); !error.ok()) return error;
    {
        const std::lock_guard guard(lock_);
        if (dissolved_) return {Code::closed, Category::local, "the runtime was freed"};
        units_.push_back(std::move(unit));
    }
    if (drive_ != Drive::thread || thread_alive_) {
        wake_sleeper();
        return {};
    }
    if (thread_.joinable()) thread_.join();  // an earlier run that has ended
    auto started = io::Thread::start("ltn-loop", io::Thread::kStackMax,
                                     [self = shared_from_this()] { self->thread_main(); });
    if (!started) {
        const std::lock_guard guard(lock_);
        units_.pop_back();
        return started.error();
    }
    thread_ = std::move(started.value());
    thread_alive_ = true;
    return {};
}

Error Loop::open_io()
{
    if (io_open_ || virtual_) return {};
    auto set = io::EpollSet::create();
    if (!set) return set.error();
    auto gate = io::Gate::create((*set)->fd());
    if (!gate) return gate.error();
    if (drive_ == Drive::thread) {
        auto uv =
            io::UvLoop::create(**gate, [this](io::Gate::Ready ready) { rung_ |= ready.rung; });
        if (!uv) return uv.error();
        uv_ = std::move(uv.value());
    }
    {
        const std::lock_guard bell(bell_mutex_);
        set_ = std::move(set.value());
        gate_ = std::move(gate.value());
    }
    io::Resolver::Config lookups;
    lookups.doorbell = [gate = gate_.get()] { gate->ring(); };
    resolver_ = std::make_unique<io::Resolver>(std::move(lookups));
    io_open_ = true;
    return {};
}

void Loop::close_io()
{
    resolver_.reset();
    uv_.reset();
    const std::lock_guard bell(bell_mutex_);
    gate_.reset();
    set_.reset();
    io_open_ = false;
}

void Loop::abandon()
{
    // The locks may be held by threads that do not exist here: nothing but close(2).
    for (const auto& unit : units_) unit->abandon();
    thread_.abandon();
    if (uv_) uv_->abandon();
    if (resolver_) resolver_->abandon();
    gate_.reset();
    set_.reset();
    (void)uv_.release();
    (void)resolver_.release();
}

void Loop::stop_all()
{
    const std::lock_guard guard(lock_);
    const Instant t = now();
    for (const auto& unit : units_) unit->stop(t);
    wake_sleeper();
}

bool Loop::running()
{
    const std::lock_guard guard(lock_);
    return !units_.empty();
}

Result<std::unique_ptr<Port>> Loop::open_port(const Address& address)
{
    if (virtual_) return virtual_->open(address);
    return open_udp_port(address, config_.socket);
}

void Loop::watch(Port& port)
{
    if (port.fd() < 0) return;
    if (Error error = set_->add(port.fd(), reinterpret_cast<uint64_t>(&port), true, false);
        !error.ok()) {
        log_.write(LogLevel::error, "socket_not_watched", {{"reason", error.text}});
    }
}

void Loop::unwatch(Port& port)
{
    if (port.fd() >= 0 && set_) set_->remove(port.fd());
}

void Loop::watch_room(Port& port, bool blocked)
{
    if (port.blocked == blocked || port.fd() < 0) return;
    port.blocked = blocked;
    if (Error error = set_->change(port.fd(), reinterpret_cast<uint64_t>(&port), true, blocked);
        !error.ok()) {
        log_.write(LogLevel::error, "socket_not_watched", {{"reason", error.text}});
    }
}

void Loop::detach(Unit* unit)
{
    const auto found = std::find_if(units_.begin(), units_.end(),
                                    [unit](const auto& each) { return each.get() == unit; });
    if (found == units_.end()) return;
    // Kept until deliver(): its host data must not be released under the lock.
    leaving_.push_back(std::move(*found));
    units_.erase(found);
    wake_sleeper();
}

void Loop::emit(const EventTarget& target, Event event)
{
    if (target.queue) {
        target.queue->push(std::move(event));
        op_ended();
    } else if (target.upcall != nullptr) {
        Delivery delivery;
        delivery.event = std::move(event);
        delivery.event_fn = target.upcall;
        delivery.data = target.upcall_data;
        deliver_later(std::move(delivery));
    }
}

void Loop::deliver_later(Delivery delivery)
{
    deliveries_.push_back(std::move(delivery));
    wake_sleeper();
}

void Loop::ask(ltn_question_fn fn, HostDataPtr data, OpRef op)
{
    Delivery delivery;
    delivery.event.kind = LTN_EVENT_QUESTION;
    delivery.event.op = std::move(op);
    delivery.question_fn = fn;
    delivery.data = std::move(data);
    deliver_later(std::move(delivery));
}

void Loop::op_ended()
{
    if (leader_sleeping_.load()) set_->ring();
    if (followers_.load(std::memory_order_acquire) > 0) {
        {
            const std::lock_guard follow(follow_mutex_);
        }
        follow_changed_.notify_all();
    }
}

void Loop::wake_sleeper()
{
    if (drive_ == Drive::host) {
        if (gate_) gate_->ring();
    } else if (sleeping_.exchange(false, std::memory_order_acq_rel)) {
        gate_->ring();
    }
}

void Loop::nudge()
{
    mail_.store(true);
    if (!sleeping_.load() && !leader_sleeping_.load()) return;
    const std::lock_guard bell(bell_mutex_);
    if (gate_ == nullptr) return;
    if (leader_sleeping_.load()) {
        set_->ring();
    } else if (sleeping_.exchange(false)) {
        gate_->ring();
    }
}

void Loop::submitted(Unit& unit, Urgency urgency)
{
    // Inside an upcall of ours the turn that follows it sends everything at once.
    if (in_upcall_of(this)) return;
    if (unit.wants_full_turn()) wake_sleeper();
    if (!unit.wants_flush()) {
        // What was asked for may be due by time alone (a stop with nothing to say).
        if (set_) set_->set_deadline(next_expiry_locked());
        return;
    }
    if (urgency == Urgency::with_next_wait && parked()) return;
    if (drive_ == Drive::thread && urgency != Urgency::now) {
        // Nobody sleeps: whoever runs the loop flushes within its current turn.
        if (!parked() && !sleeping_.load(std::memory_order_acquire)) return;
        if (drivers_.load(std::memory_order_acquire) > 0 &&
            !leader_sleeping_.load(std::memory_order_acquire)) {
            return;
        }
    }
    unit.flush(now());
    if (unit.wants_full_turn()) wake_sleeper();  // the last packet of a stop has left
    // Timers and answers of what was sent must be seen by somebody: open the gate if its last
    // driver has left.
    if (parked() && drivers_.load(std::memory_order_acquire) == 0 &&
        urgency != Urgency::with_next_wait) {
        wake_sleeper();
    }
    // A sleeper's timer was set before this; an earlier deadline must reach it.
    if (set_) set_->set_deadline(next_expiry_locked());
}

bool Loop::turn(bool full)
{
    const Instant t = now();
    log_.set_now(t.monotonic_ns);
    if (mail_.load(std::memory_order_relaxed)) mail_.store(false);
    bool worked = false;
    // By index: a unit may detach itself while it runs.
    for (size_t i = 0; i < units_.size(); ++i) {
        const std::shared_ptr<Unit> unit = units_[i];
        worked |= unit->turn(t, full);
        if (i < units_.size() && units_[i] != unit) --i;
    }
    return worked;
}

bool Loop::anything_to_do() const
{
    if (!deliveries_.empty() || !leaving_.empty() || log_.pending() || mail_.load()) return true;
    return std::any_of(units_.begin(), units_.end(), [](const auto& unit) {
        return unit->wants_full_turn() || unit->wants_flush();
    });
}

bool Loop::deliver()
{
    // Two lists that change places, so that neither is allocated anew.
    std::vector<Delivery>& batch = delivering_;
    std::vector<std::shared_ptr<Unit>> gone;
    {
        const std::lock_guard guard(lock_);
        batch.swap(deliveries_);
        gone.swap(leaving_);
    }
    const bool lines = log_.pending();
    if (batch.empty() && gone.empty() && !lines) return false;
    const UpcallScope scope(this);
    for (Delivery& delivery : batch) delivery.run();
    batch.clear();
    if (lines) log_.deliver();
    if (!gone.empty()) {
        for (const auto& unit : gone) unit->on_released();
        gone.clear();
        {
            const std::lock_guard threads(thread_mutex_);
        }
        thread_changed_.notify_all();
    }
    return true;
}

Nanos Loop::next_expiry_locked() const
{
    Nanos next = kNever;
    for (const auto& unit : units_) next = std::min(next, unit->next_expiry_ns());
    return next;
}

}  // namespace ltn::runtime

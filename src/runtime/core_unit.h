// What a client and a server have in common as units of a loop: ports, the turn, datagrams kept back for
// a full turn, the signer's self-test, closing. `Core` is transport::ClientCore or ServerCore.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/loop.h"
#include "runtime/queue.h"
#include "runtime/signing_desk.h"

namespace ltn::runtime {

template <class Core>
class CoreUnit : public Unit,
                 public OpOwner,
                 protected io::DatagramReceiver,
                 protected DatagramSink {
public:
    CoreUnit(std::shared_ptr<Loop> loop, std::shared_ptr<Signer> signer)
        : loop_(std::move(loop)), desk_(*loop_, std::move(signer))
    {
    }

    bool turn(Instant now, bool full) override
    {
        now_ = now;
        full_ = full;
        // What callers and handlers left goes first: the peer works on it while we read.
        bool worked = take_left();
        flush(now);
        worked |= read_mail();
        if (full) {
            worked |= run_desk();
            worked |= run_full_work();
            worked |= replay_deferred();
        }
        if (core_ != nullptr && !desk_.testing()) {
            for (const auto& port : ports_) worked |= port->receive(*this) > 0;
            if (core_->next_expiry_ns() <= now.monotonic_ns) {
                core_->handle_expiry(now);
                worked = true;
            }
            if (full) worked |= run_desk();
            flush(now);
        }
        if (stopped_ && !closed_) {
            close();
            worked = true;
        }
        return worked;
    }

    void flush(Instant now) override
    {
        now_ = now;
        if (core_ != nullptr && core_->wants_flush()) (void)core_->flush(*this, now);
    }
    bool wants_flush() const override { return core_ != nullptr && core_->wants_flush(); }
    bool wants_full_turn() const override
    {
        // A deadline that only a full turn acts upon must not keep a driving caller awake.
        return desk_.has_work() || !deferred_.empty() || (stopped_ && !closed_) ||
               wants_own_work() ||
               std::min(desk_.next_expiry_ns(), own_expiry_ns()) <= now_.monotonic_ns;
    }
    bool shaking_hands() const override { return desk_.testing(); }
    bool blocked() const override
    {
        for (const auto& port : ports_) {
            if (port->blocked) return true;
        }
        return false;
    }
    Nanos next_expiry_ns() const override
    {
        Nanos next = std::min(desk_.next_expiry_ns(), own_expiry_ns());
        if (core_ != nullptr && !desk_.testing()) next = std::min(next, core_->next_expiry_ns());
        return next;
    }

    void give_up() override
    {
        desk_.withdraw_all(Code::shutdown);
        drop_questions();
        stopped_ = closed_ = true;
        core_.reset();
        ports_.clear();
        deferred_.clear();
    }
    void on_released() override { released_.store(true, std::memory_order_release); }
    void abandon() override { ports_.clear(); }

    // Any thread, without the lock.
    bool released() const { return released_.load(std::memory_order_acquire); }
    bool wait_released(Nanos timeout_ns)
    {
        return loop_->wait_released([this] { return released(); }, timeout_ns);
    }
    Loop& loop() const { return *loop_; }

    // Any thread, without the lock. Stops; nothing is delivered to the host from here on.
    void free_by_host()
    {
        EventTarget dropped;  // its host data is released outside the lock
        const std::lock_guard guard(loop_->lock());
        muted_->store(true, std::memory_order_release);
        std::swap(dropped, target);
        object = nullptr;
        const Instant now = loop_->now();
        stop(now);
        loop_->submitted(*this, Loop::Urgency::now);
    }

    // Setup only, before start.
    void deliver_to(const EventTarget& where, void* who)
    {
        target = where;
        object = who;
    }

protected:
    EventTarget target;
    void* object = nullptr;

    static constexpr size_t kDeferredMax = 256;  // beyond: dropped, QUIC sends again

    // Whatever else only a full turn may do (dials); returns whether anything happened.
    virtual bool run_full_work() { return false; }
    virtual bool wants_own_work() const { return false; }
    // What hosts handed in while the loop's lock was taken.
    virtual bool take_left() { return false; }
    // Several loops behind one port: what the others sent, and what is theirs.
    virtual bool read_mail() { return false; }
    virtual bool passes_on(const Datagram&) { return false; }
    // Whether this unit's end is the end of what the host holds.
    virtual bool tells_closed() const { return true; }
    virtual Nanos own_expiry_ns() const { return kNever; }
    // Withdraws what the host still holds, when the core cannot do it any more.
    virtual void drop_questions() {}
    // The signer passed or failed its test.
    virtual void on_tested(Error error) = 0;
    virtual std::shared_ptr<OpOwner> self() = 0;

    void start_test(Instant now, Nanos timeout_ns)
    {
        if (const std::string& warning = desk_.signer().warning; !warning.empty()) {
            loop_->log().write(LogLevel::warning, "key_file_exposed", {{"reason", warning}});
        }
        desk_.start_test(now, timeout_ns, [this](Error error) { on_tested(std::move(error)); });
    }

    void fail_start(const Error& error)
    {
        loop_->log().write(LogLevel::error, "signer_failed", {{"reason", error.text}});
        Event event;
        event.kind = LTN_EVENT_SIGNER_FAILED;
        event.status = static_cast<int32_t>(error.code);
        event.object = object;
        emit_unreserved(std::move(event));
    }

    // An event without an operation: it needs a place in the queue like any other.
    void emit_unreserved(Event event)
    {
        event.muted = muted_;
        if (target.queue && !target.queue->reserve()) return;
        loop_->emit(target, std::move(event));
    }

    Error answer_signature(Op& op, const Result<Bytes>& signature)
    {
        const Instant now = loop_->now();
        now_ = now;
        const Error error = desk_.answered(op, signature, now, sign_answer());
        loop_->submitted(*this, Loop::Urgency::soon);
        return error;
    }

    SigningDesk::Answer sign_answer()
    {
        return [this](transport::SignId id, const Result<Bytes>& signature, Instant now) {
            return core_ == nullptr ? Error(Code::wrong_state, Category::local, "closed")
                                    : core_->sign_done(id, signature, now);
        };
    }

    bool add_port(std::unique_ptr<Port> port)
    {
        loop_->watch(*port);
        ports_.push_back(std::move(port));
        return true;
    }
    Port* port_for(Address::Family family)
    {
        for (const auto& port : ports_) {
            if (port->local().family == family) return port.get();
        }
        return nullptr;
    }

    void warn_about(const Port& port)
    {
        const io::SocketReport* report = port.report();
        if (report == nullptr) return;
        if (report->receive_buffer_bytes < (1 << 20)) {
            loop_->log().write(LogLevel::warning, "small_receive_buffer",
                               {{"granted_bytes", std::to_string(report->receive_buffer_bytes)},
                                {"wanted_bytes", std::to_string(4 << 20)},
                                {"cure", "raise net.core.rmem_max"}});
        }
        if (!report->gso || !report->gro) {
            loop_->log().write(
                LogLevel::warning, "udp_offload_off",
                {{"gso", report->gso ? "on" : "off"}, {"gro", report->gro ? "on" : "off"}});
        }
    }
    void warn_about_clock(const transport::PeerInfo& peer)
    {
        constexpr int64_t kToleratedMs = 30'000;
        if (peer.clock_offset_ms > -kToleratedMs && peer.clock_offset_ms < kToleratedMs) return;
        loop_->log().write(LogLevel::warning, "clock_offset",
                           {{"peer_minus_ours_ms", std::to_string(peer.clock_offset_ms)},
                            {"peer", peer.hotkey_text}});
    }

    // io::DatagramReceiver
    void on_datagram(const Datagram& datagram) override
    {
        if (!passes_on(datagram)) take_in(datagram);
    }
    void take_in(const Datagram& datagram)
    {
        if (!full_ && core_->is_handshake_work(datagram)) {
            if (deferred_.size() >= kDeferredMax) return;
            deferred_.push_back({datagram.local, datagram.remote,
                                 Bytes(datagram.bytes.begin(), datagram.bytes.end()),
                                 datagram.ecn});
            return;
        }
        core_->receive(datagram, now_);
    }

    // DatagramSink
    bool send(const Train& train) override
    {
        Port* const port = port_for(train.remote.family);
        if (port == nullptr) return true;  // no such family here: as good as lost
        const bool sent = port->send(train);
        loop_->watch_room(*port, !sent);
        return sent;
    }

    std::shared_ptr<Loop> loop_;
    SigningDesk desk_;
    std::unique_ptr<Core> core_;
    std::vector<std::unique_ptr<Port>> ports_;
    Instant now_;
    Muted muted_ = std::make_shared<std::atomic<bool>>(false);
    bool full_ = true;
    bool stopped_ = false;  // the core is done, or there never was one
    bool closed_ = false;

private:
    struct Deferred {
        Address local;
        Address remote;
        Bytes bytes;
        uint8_t ecn;
    };

    bool run_desk() { return desk_.run(now_, self(), loop_, sign_answer()); }

    bool replay_deferred()
    {
        if (deferred_.empty() || core_ == nullptr) return false;
        for (const Deferred& kept : std::exchange(deferred_, {})) {
            core_->receive({kept.local, kept.remote, kept.bytes, kept.ecn}, now_);
        }
        return true;
    }

    void close()
    {
        closed_ = true;
        desk_.withdraw_all(Code::shutdown);
        for (const auto& port : ports_) loop_->unwatch(*port);
        ports_.clear();
        deferred_.clear();
        if (tells_closed()) {
            Event event;
            event.kind = LTN_EVENT_CLOSED;
            event.object = object;
            emit_unreserved(std::move(event));
        }
        loop_->detach(this);
    }

    std::deque<Deferred> deferred_;
    std::atomic<bool> released_{false};
};

}  // namespace ltn::runtime

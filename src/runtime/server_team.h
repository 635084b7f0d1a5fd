// What the units of one server share when it stands on several loops: their mailboxes, and the count
// of those that have not closed yet. Any thread, no loop's lock needed; what it has inside are leaves.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include "base/datagram.h"
#include "runtime/event.h"
#include "runtime/loop.h"
#include "runtime/mailbox.h"
#include "transport/desk_messages.h"

namespace ltn::runtime {

// A datagram that came to another loop's socket.
struct PassedDatagram {
    Address local;
    Address remote;
    Bytes bytes;
    uint8_t ecn = 0;

    Datagram view() const { return {local, remote, bytes, ecn}; }
};

// The first unit has tested the signer for all.
struct SignerTested {
    Error error;
};

using TeamNote = std::variant<SignerTested, transport::DeskMessage, transport::DeskReply>;

class ServerTeam {
public:
    explicit ServerTeam(std::vector<std::shared_ptr<Loop>> loops);

    size_t size() const { return members_.size(); }

    // For the unit whose connection id a datagram carries. False: its box is full and the datagram is
    // lost, as it would be in a full socket.
    bool pass(size_t to, const Datagram& datagram);
    uint64_t passed() const { return passed_.load(std::memory_order_relaxed); }
    uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

    // A note is never lost. What bounds them: connections and handshakes under way, and that none
    // comes to either while the desk is behind.
    void tell(size_t to, TeamNote note);
    // So much waits for the first unit's desk that no loop should let more come to it.
    bool desk_behind() const { return members_.front()->notes.weight() > kDeskNotesMax; }
    void count_lost() { lost_.fetch_add(1, std::memory_order_relaxed); }

    // The unit's own loop, under its lock.
    bool has_mail(size_t member) const;
    void take_datagrams(size_t member, std::vector<PassedDatagram>& out);
    void take_notes(size_t member, std::vector<TeamNote>& out);

    // Where the one event of the end goes.
    void deliver_to(EventTarget target, void* object);
    void mute();
    // One unit's last event has been delivered. With the last unit the server is closed, and that is
    // told from here: on a loop's thread, without a lock.
    void left();

private:
    static constexpr size_t kDeskNotesMax = 8192;

    struct Member {
        explicit Member(std::shared_ptr<Loop> l) : loop(std::move(l)) {}
        std::shared_ptr<Loop> loop;
        Mailbox<PassedDatagram> datagrams{4 << 20};  // bytes, headers of ours counted in
        Mailbox<TeamNote> notes{SIZE_MAX};
    };

    std::vector<std::unique_ptr<Member>> members_;
    std::atomic<uint64_t> passed_{0};
    std::atomic<uint64_t> lost_{0};
    std::mutex mutex_;
    size_t open_;
    EventTarget target_;
    void* object_ = nullptr;
    bool muted_ = false;
};

}  // namespace ltn::runtime

#include "runtime/server_team.h"

#include "runtime/queue.h"

namespace ltn::runtime {

ServerTeam::ServerTeam(std::vector<std::shared_ptr<Loop>> loops) : open_(loops.size())
{
    for (auto& loop : loops) members_.push_back(std::make_unique<Member>(std::move(loop)));
}

bool ServerTeam::pass(size_t to, const Datagram& datagram)
{
    Member& member = *members_[to];
    PassedDatagram letter{datagram.local, datagram.remote,
                          Bytes(datagram.bytes.begin(), datagram.bytes.end()), datagram.ecn};
    if (!member.datagrams.put(std::move(letter), sizeof letter + datagram.bytes.size())) {
        count_lost();
        return false;
    }
    passed_.fetch_add(1, std::memory_order_relaxed);
    member.loop->nudge();
    return true;
}

void ServerTeam::tell(size_t to, TeamNote note)
{
    Member& member = *members_[to];
    (void)member.notes.put(std::move(note), 1);
    member.loop->nudge();
}

bool ServerTeam::has_mail(size_t member) const
{
    return !members_[member]->notes.empty() || !members_[member]->datagrams.empty();
}

void ServerTeam::take_datagrams(size_t member, std::vector<PassedDatagram>& out)
{
    members_[member]->datagrams.take(out);
}

void ServerTeam::take_notes(size_t member, std::vector<TeamNote>& out)
{
    members_[member]->notes.take(out);
}

void ServerTeam::deliver_to(EventTarget target, void* object)
{
    EventTarget replaced;  // its host data is released outside the lock
    const std::lock_guard guard(mutex_);
    std::swap(replaced, target_);
    target_ = std::move(target);
    object_ = object;
}

void ServerTeam::mute()
{
    EventTarget dropped;
    const std::lock_guard guard(mutex_);
    std::swap(dropped, target_);
    muted_ = true;
}

void ServerTeam::left()
{
    EventTarget target;
    Event event;
    event.kind = LTN_EVENT_CLOSED;
    {
        const std::lock_guard guard(mutex_);
        if (--open_ > 0 || muted_) return;
        target = target_;
        event.object = object_;
    }
    if (target.queue) {
        // Several loops feed it, so whoever waits for it sleeps on the queue itself.
        if (target.queue->reserve()) target.queue->push(std::move(event));
    } else if (target.upcall != nullptr) {
        Delivery delivery;
        delivery.event = std::move(event);
        delivery.event_fn = target.upcall;
        delivery.data = target.upcall_data;
        delivery.run();
    }
}

}  // namespace ltn::runtime

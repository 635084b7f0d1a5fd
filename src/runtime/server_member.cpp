// What a server's unit does as one of several behind one port.
#include "runtime/server_unit.h"

namespace ltn::runtime {

void ServerUnit::join(std::shared_ptr<ServerTeam> team, size_t member, const Bytes& secret,
                      std::shared_ptr<const quic::tls::Identity> identity)
{
    const std::lock_guard guard(loop_->lock());
    team_ = std::move(team);
    member_ = member;
    options_.core.desk_elsewhere = member != 0;
    options_.core.quic.loop_index = static_cast<uint8_t>(member);
    options_.core.quic.server_secret = secret;
    options_.core.quic.identity = std::move(identity);
}

void ServerUnit::undo_open()
{
    const std::lock_guard guard(loop_->lock());
    if (closed_) return;
    state_ = State::failed;
    desk_.withdraw_all(Code::shutdown);
    core_.reset();
    for (const auto& port : ports_) loop_->unwatch(*port);
    ports_.clear();
    stopped_ = closed_ = true;
    loop_->detach(this);
}

void ServerUnit::tell_tested(const Error& error)
{
    for (size_t other = 1; team_ && other < team_->size(); ++other) {
        team_->tell(other, SignerTested{error});
    }
}

bool ServerUnit::passes_on(const Datagram& datagram)
{
    if (team_ == nullptr) return false;
    if (team_->desk_behind() && core_->is_handshake_work(datagram)) {
        team_->count_lost();  // its sender tries again
        return true;
    }
    const std::optional<uint8_t> owner = core_->owner_loop(datagram);
    // A number that nobody has was made up, or made before a restart: whoever has it may answer.
    if (!owner || *owner == member_ || *owner >= team_->size()) return false;
    (void)team_->pass(*owner, datagram);
    return true;
}

void ServerUnit::on_desk_message(const transport::DeskMessage& message)
{
    if (team_) team_->tell(0, message);
}

void ServerUnit::on_desk_reply(uint8_t loop, const transport::DeskReply& reply)
{
    for (size_t member = 0; team_ && member < team_->size(); ++member) {
        if (member == member_) continue;
        if (loop == member || loop == transport::kEveryLoop) team_->tell(member, reply);
    }
}

void ServerUnit::read_note(const TeamNote& note)
{
    if (const auto* tested = std::get_if<SignerTested>(&note)) {
        desk_.finish_test(tested->error);
    } else if (core_ == nullptr) {
        return;
    } else if (const auto* message = std::get_if<transport::DeskMessage>(&note)) {
        core_->desk_message(*message, now_);
    } else {
        core_->desk_reply(std::get<transport::DeskReply>(note), now_);
    }
}

bool ServerUnit::read_mail()
{
    if (team_ == nullptr || !team_->has_mail(member_)) return false;
    team_->take_notes(member_, notes_);
    for (const TeamNote& note : notes_) read_note(note);
    team_->take_datagrams(member_, passed_);
    // Until the signer is tested nothing is served, and afterwards whoever waits has sent again.
    if (core_ == nullptr || desk_.testing()) return true;
    for (const PassedDatagram& datagram : passed_) take_in(datagram.view());
    return true;
}

void ServerUnit::on_released()
{
    with_room_.clear();
    if (team_) team_->left();
    CoreUnit::on_released();
    drop_left();  // after it is told: who leaves a chunk later sees that
}

}  // namespace ltn::runtime

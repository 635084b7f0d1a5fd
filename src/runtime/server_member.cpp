// What a server's unit does as one of several behind one port.
#include "runtime/server_unit.h"

namespace ltn::runtime {

void ServerUnit::join(std::shared_ptr<ServerTeam> team, size_t member, const Bytes& secret,
                      std::shared_ptr<const quic::tls::Identity> identity)
{
    const std::lock_guard guard(loop_->lock());
    team_ = std::move(team);
    member_ = member;
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
    const std::optional<uint8_t> owner = core_->owner_loop(datagram);
    // A number that nobody has was made up, or made before a restart: whoever has it may answer.
    if (!owner || *owner == member_ || *owner >= team_->size()) return false;
    (void)team_->pass(*owner, datagram);
    return true;
}

bool ServerUnit::read_mail()
{
    if (team_ == nullptr || !team_->has_mail(member_)) return false;
    team_->take_notes(member_, notes_);
    for (const TeamNote& note : notes_) desk_.finish_test(std::get<SignerTested>(note).error);
    team_->take_datagrams(member_, passed_);
    // Until the signer is tested nothing is served, and afterwards whoever waits has sent again.
    if (core_ == nullptr || desk_.testing()) return true;
    for (const PassedDatagram& datagram : passed_) take_in(datagram.view());
    return true;
}

void ServerUnit::on_released()
{
    if (team_) team_->left();
    CoreUnit::on_released();
}

}  // namespace ltn::runtime

// Datagrams and time, on their way in.
#include <algorithm>

#include "quic/connection_impl.h"
#include "quic/endpoint_impl.h"
#include "quic/reflectors.h"

namespace ltn::quic {

namespace {

// An acknowledgement waits this long for an answer to ride on; peers are told 25 ms. One trip saved
// per call, 14 against 20 us at one call in flight.
constexpr Nanos kAckHold = kMillisecond;
// More datagrams than a short message has: the peer is sending in bulk and needs to hear from us.
constexpr unsigned kHeldDatagramsMax = 2;

constexpr Nanos kNudgeInterval = 50 * kMillisecond;
constexpr unsigned kNudgesMax = 100;

// The second probe goes out after three probe timeouts; what is lost twice may be too large.
constexpr uint64_t kSilentHalfPtos = 5;
// ngtcp2 doubles its probe timeout without end: after an outage it may stay silent as long again.
// What waits longer than this sends a PING as often.
constexpr Nanos kKnockInterval = 2 * kSecond;
// A check of an address that fails is not begun again, and until it succeeds no request runs.
constexpr Nanos kUnprovedMax = 15 * kSecond;

}  // namespace

void ConnectionImpl::read(const Datagram& datagram)
{
    if (closing_) return;
    bool elsewhere = datagram.remote != remote_;
    // Servers do not move, and strangers may not; nor may they have us keep large buffers (ngtcp2
    // does for the life of a connection, be the packet good or not).
    const size_t longest = authenticated_
                               ? std::max(endpoint_.config().udp_payload_max, kUdpPayloadOld)
                               : kUdpPayloadOld;
    if (datagram.bytes.size() > longest ||
        (elsewhere && (!is_server_ || !authenticated_ || reflects(datagram.remote)))) {
        ++endpoint_.mutable_stats().datagrams_dropped;
        return;
    }
    got_stream_data_ = false;
    path_in_check_ = Address();
    ngtcp2_pkt_info info{};
    info.ecn = datagram.ecn;
    int rc = 0;
    if (!elsewhere) [[likely]] {
        rc = read_packet(path_.get(), info, datagram.bytes);
        if (!path_validated_) follow_path();
    } else {
        Path other(local_, datagram.remote);
        Address before = remote_;
        reading_elsewhere_ = true;
        data_elsewhere_ = false;
        rc = read_packet(other.get(), info, datagram.bytes);
        reading_elsewhere_ = false;
        follow_path();
        // Requests that came by a path which is not ours after all were put off; now they may run.
        if (remote_ == before && data_elsewhere_ && path_validated_ && !closing_) {
            endpoint_.events().on_path_changed(*this, true);
        }
    }
    if (handshake_complete_ && tls_ != nullptr) [[unlikely]] {
        forget_tls();
    }
    if (rc != 0) {
        handle_error(rc);
        return;
    }
    if (ngtcp2_conn_get_cwnd_left2(conn_) > 0) answers_.made_room();
    watch_proof();
    answer_or_hold();
}

void ConnectionImpl::expect_answer()
{
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info2(conn_, &info);
    if (info.bytes_in_flight > 0) answers_.begin(endpoint_.now_ns(), info.pkt_recv);
}

// ngtcp2 1.24 keeps what was lost in its congestion window until something later is acknowledged, and
// lets nothing pass a full one but the two packets of a probe: no PING of ours, either. The probe's
// timer doubles without end (9 probes lost on a path of a millisecond: 7 s), and is forgotten when a
// path changes, when a server's allowance for a new path is used up, and when all that is on its way
// belongs to streams that are gone. So a side that is heard may be stuck for good, and one that asks
// a peer which has forgotten it may not ask for minutes. A new connection will do in both cases.
// What waits to be sent is not asked for: a peer that gives up on each answer in turn would hide the
// stall. Silence alone ends only clients: a server's peer that is away may come back for its answers.
void ConnectionImpl::watch_answers()
{
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info2(conn_, &info);
    AnswerWatch::Picture picture;
    picture.waiting = info.bytes_in_flight > 0 || unacked_total_ > unsent_total_;
    picture.room = ngtcp2_conn_get_cwnd_left2(conn_) > 0;
    picture.packets_received = info.pkt_recv;
    const AnswerWatch::Verdict verdict = answers_.look(endpoint_.now_ns(), picture);
    if (!handshake_complete_ || closing_) return;  // that has a timeout of its own
    const bool silent = verdict == AnswerWatch::Verdict::silent && !is_server_;
    if (!silent && verdict != AnswerWatch::Verdict::full) return;
    ++endpoint_.mutable_stats().unanswered;
    fail_with(CloseInfo::Cause::unanswered, NGTCP2_INTERNAL_ERROR,
              silent ? "the peer does not answer" : "nothing that was sent is acknowledged", false);
}

// A peer that we hear and that cannot prove its new address had better connect anew: it sees its
// requests acknowledged and never answered.
void ConnectionImpl::watch_proof()
{
    if (path_validated_) [[likely]] {
        unproved_since_ns_ = kNever;
        return;
    }
    const Nanos now_ns = endpoint_.now_ns();
    if (unproved_since_ns_ == kNever) unproved_since_ns_ = now_ns;
    if (now_ns - unproved_since_ns_ < kUnprovedMax) return;
    fail_with(CloseInfo::Cause::internal, NGTCP2_NO_VIABLE_PATH,
              "the new address of the peer was not proved", false);
}

void ConnectionImpl::answer_or_hold()
{
    if (dirty) return;
    ++datagrams_unanswered_;
    if (!got_stream_data_ || !handshake_complete_ || !path_validated_ || !ready_streams_.empty() ||
        datagrams_unanswered_ > kHeldDatagramsMax) {
        endpoint_.mark_dirty(*this);
        return;
    }
    if (ack_due_ns_ == kNever) ack_due_ns_ = endpoint_.now_ns() + kAckHold;
    endpoint_.set_timer(*this, due_ns());
}

void ConnectionImpl::follow_path()
{
    const ngtcp2_path* current = ngtcp2_conn_get_path2(conn_);
    if (same(current->remote, remote_)) return;
    remote_ = from_ngtcp2(current->remote);
    path_.set(local_, remote_);
    path_size_.moved();
    // ngtcp2 begins a check in the call that moves the connection, unless the path was good before.
    path_validated_ = path_in_check_ != remote_;
    odd(Oddity::moved);
    start_nudging();
    if (!closing_) endpoint_.events().on_path_changed(*this, path_validated_);
}

// ngtcp2 1.24 forgets its loss timer when a path changes, and sets it again only when something
// that wants an acknowledgement is sent: a response lost in the move would wait for ever. Until all
// is acknowledged, PINGs make up for it.
void ConnectionImpl::start_nudging()
{
    nudges_left_ = kNudgesMax;
    ngtcp2_conn_set_keep_alive_timeout(conn_, kNudgeInterval);
}

void ConnectionImpl::heard()
{
    heard_ns_ = endpoint_.now_ns();
    path_size_.progress();
    if (!knocking_) return;
    knocking_ = false;
    set_keep_alive(keep_alive_ns_);
}

// Often enough that one of several gets through before the peer is given up.
Nanos ConnectionImpl::knock_pause_ns() const
{
    return std::min(kKnockInterval, answers_.pause_ns());
}

Nanos ConnectionImpl::knock_due_ns() const
{
    if (knocking_ || !waits_for_word() || !handshake_complete_) return kNever;
    return saturating_add(heard_ns_, knock_pause_ns());
}

// Whether full packets get lost and small ones do not, and whether anybody is there at all.
void ConnectionImpl::watch_path()
{
    if (!handshake_complete_) return;
    const Nanos now_ns = endpoint_.now_ns();
    ngtcp2_conn_info info;
    ngtcp2_conn_get_conn_info2(conn_, &info);
    const Nanos pto_ns = ngtcp2_conn_get_pto2(conn_);
    const Nanos since_ns = std::max(heard_ns_, path_size_.fell_ns());
    if (waits_for_word() && 2 * (now_ns - since_ns) >= kSilentHalfPtos * pto_ns)
        path_size_.silence(now_ns);
    path_size_.losses(info.pkt_lost, info.bytes_lost, now_ns);
    size_due_ns_ = path_size_.tick(now_ns, pto_ns);
    if (knock_due_ns() > now_ns) return;
    knocking_ = true;
    if (nudges_left_ == 0) ngtcp2_conn_set_keep_alive_timeout(conn_, knock_pause_ns());
}

void ConnectionImpl::nudge()
{
    if (nudges_left_ == 0) return;
    --nudges_left_;
    if (path_validated_ && unacked_total_ == 0) nudges_left_ = 0;
    if (nudges_left_ == 0) set_keep_alive(keep_alive_ns_);
}

void ConnectionImpl::on_timer()
{
    Nanos now_ns = endpoint_.now_ns();
    if (dead_) return;
    if (!closing_ && deadline_ns_ <= now_ns) {
        deadline_ns_ = kNever;
        close(0, deadline_reason_);
    }
    if (!closing_ && answers_.due_ns() <= now_ns) watch_answers();
    if (closing_) {
        endpoint_.mark_dirty(*this);
        return;
    }
    if (ngtcp2_conn_get_expiry2(conn_) <= now_ns) {
        after_timer_ = true;
        path_in_check_ = Address();
        int rc = ngtcp2_conn_handle_expiry(conn_, now_ns);
        if (rc != 0) {
            handle_error(rc);
            return;
        }
        follow_path();
        nudge();
        watch_path();
    } else if (std::min(size_due_ns_, knock_due_ns()) <= now_ns) {
        watch_path();
    }
    endpoint_.mark_dirty(*this);
}

// What ngtcp2 wants to do more than a second from now (PINGs, the end of an idle connection) waits
// for the next tick that all connections share. Ten thousand that are idle would otherwise wake the
// loop some hundreds of times a second.
Nanos ConnectionImpl::expiry_ns() const
{
    const Nanos exact = ngtcp2_conn_get_expiry2(conn_);
    if (exact > kNever - kSharedTick || exact < endpoint_.now_ns() + kSecond) return exact;
    return (exact + kSharedTick - 1) / kSharedTick * kSharedTick;
}

Nanos ConnectionImpl::due_ns() const
{
    if (closing_) return deadline_ns_;
    // ngtcp2 would have a held acknowledgement out after an eighth of a round trip. Its other
    // timers can bear the millisecond.
    if (ack_due_ns_ != kNever) return std::min(ack_due_ns_, deadline_ns_);
    return std::min({expiry_ns(), deadline_ns_, size_due_ns_, knock_due_ns(), answers_.due_ns()});
}

Nanos ConnectionImpl::close_period_ns() const
{
    return 3 * ngtcp2_conn_get_pto2(conn_);
}

void ConnectionImpl::handle_error(int code)
{
    using Cause = CloseInfo::Cause;
    switch (code) {
        case NGTCP2_ERR_DRAINING: {
            if (reset_by_peer_) {
                end_silently(Cause::stateless_reset);
                return;
            }
            const ngtcp2_ccerr* error = ngtcp2_conn_get_ccerr2(conn_);
            end_silently(error->type == NGTCP2_CCERR_TYPE_APPLICATION ? Cause::peer_application
                                                                      : Cause::peer_transport,
                         error->error_code, as_text(ByteView(error->reason, error->reasonlen)));
            return;
        }
        case NGTCP2_ERR_RETRY:
        case NGTCP2_ERR_DROP_CONN:
            never_began_ = true;
            wants_retry_ = code == NGTCP2_ERR_RETRY;
            [[fallthrough]];
        case NGTCP2_ERR_CLOSING: end_silently(Cause::protocol, 0, ngtcp2_strerror(code)); return;
        case NGTCP2_ERR_RECV_VERSION_NEGOTIATION: end_silently(Cause::version); return;
        case NGTCP2_ERR_IDLE_CLOSE: end_silently(Cause::idle_timeout); return;
        case NGTCP2_ERR_HANDSHAKE_TIMEOUT: end_silently(Cause::handshake_timeout); return;
        case NGTCP2_ERR_CRYPTO: {
            uint8_t alert = ngtcp2_conn_get_tls_alert2(conn_);
            uint64_t wire = NGTCP2_CRYPTO_ERROR | alert;
            if (tls_ != nullptr && !tls_->refusal().empty()) {
                fail_with(Cause::certificate, wire, tls_->refusal(), false);
            } else if (!is_server_ && alert == tls::kAlertDecryptError) {
                fail_with(Cause::certificate, wire,
                          "the peer did not prove the key of its certificate", false);
            } else if (alert == tls::kAlertNoApplicationProtocol) {
                fail_with(Cause::alpn, wire, "no common application protocol", false);
            } else {
                fail_with(Cause::protocol, wire, "TLS handshake failed", false);
            }
            return;
        }
        case NGTCP2_ERR_CALLBACK_FAILURE:
        case NGTCP2_ERR_NOMEM:
        case NGTCP2_ERR_INTERNAL:
            // A callback that failed on purpose has said why already.
            fail_with(Cause::internal, NGTCP2_INTERNAL_ERROR, ngtcp2_strerror(code), false);
            return;
        default:
            fail_with(Cause::protocol, ngtcp2_err_infer_quic_transport_error_code(code),
                      ngtcp2_strerror(code), false);
            return;
    }
}

}  // namespace ltn::quic

// The server's counters by name; docs/options.md lists them.
#include "runtime/server_unit.h"

namespace ltn::runtime {

Result<uint64_t> ServerUnit::stat(std::string_view name)
{
    const std::lock_guard guard(loop_->lock());
    static const transport::ServerStats no_server;
    static const quic::EndpointStats no_endpoint;
    const transport::ServerStats& server = core_ == nullptr ? no_server : core_->stats();
    const quic::EndpointStats& endpoint = core_ == nullptr ? no_endpoint : core_->endpoint_stats();
    const auto odd = [&](quic::Oddity kind) {
        return endpoint.oddities[static_cast<size_t>(kind)];
    };
    const struct {
        std::string_view name;
        uint64_t value;
    } table[] = {
        {"connections", server.connections},
        {"authenticated", server.authenticated},
        {"nonces", server.nonces},
        {"requests", server.requests},
        {"requests_in_flight", server.requests_in_flight},
        {"requests_timed_out", server.requests_timed_out},
        {"requests_unary", server.requests_unary},
        {"requests_stream", server.requests_stream},
        {"requests_waiting", server.requests_waiting},
        {"requests_withdrawn", server.requests_withdrawn},
        {"handlers_withdrawn", server.handlers_withdrawn},
        {"requests_too_slow", server.requests_too_slow},
        {"requests_over_bytes", server.requests_over_bytes},
        {"held_bytes", server.held_bytes},
        {"streams_open", server.streams_open},
        {"chunks_sent", server.chunks_sent},
        {"answers_unread", server.answers_unread},
        {"requests_unauthenticated", server.requests_unauthenticated},
        {"handshakes_ok", server.handshakes_ok},
        {"refused_rate", server.refused_rate},
        {"refused_hotkey_rate", server.refused_hotkey_rate},
        {"refused_malformed", server.refused_malformed},
        {"refused_clock", server.refused_clock},
        {"refused_nonce", server.refused_nonce},
        {"refused_signature", server.refused_signature},
        {"refused_capacity", server.refused_capacity},
        {"refused_signer", server.refused_signer},
        {"refused_other_hotkey", server.refused_other_hotkey},
        {"unauthenticated_closed", server.unauthenticated_closed},
        {"replaced", server.replaced},
        {"refused_permit", server.refused_permit},
        {"refused_stranger", server.refused_stranger},
        {"dropped_source", server.dropped_source},
        {"permits", server.permits},
        {"permits_held", server.permits_held},
        {"sources_allowed", server.sources_allowed},
        {"sources_bypassed", server.sources_bypassed},
        {"sources_held", server.sources_held},
        {"roster_hotkeys", server.roster_hotkeys},
        {"roster_coverage_percent", server.roster_coverage_percent},
        {"roster_enforcing", server.roster_enforcing},
        {"closed_permit", server.closed_permit},
        {"closed_source", server.closed_source},
        {"closed_idle", server.closed_idle},
        {"bytes_lent", endpoint.bytes_lent},
        {"running_bytes", server.running_bytes},
        {"unsent_bytes", server.unsent_bytes},
        {"answers_over_bytes", server.answers_over_bytes},
        {"datagrams_received", endpoint.datagrams_received},
        {"datagrams_dropped", endpoint.datagrams_dropped},
        {"reflectors_ignored", endpoint.reflectors_ignored},
        {"initials_shed", endpoint.initials_shed},
        {"initial_keys_derived", endpoint.initial_keys_derived},
        {"retries_sent", endpoint.retries_sent},
        {"retries_withheld", endpoint.retries_withheld},
        {"negotiations_withheld", endpoint.negotiations_withheld},
        {"resets_withheld", endpoint.resets_withheld},
        {"refusals_withheld", endpoint.refusals_withheld},
        {"tokens_accepted", endpoint.tokens_accepted},
        {"tokens_refused", endpoint.tokens_refused},
        {"version_negotiations_sent", endpoint.version_negotiations_sent},
        {"stateless_resets_sent", endpoint.stateless_resets_sent},
        {"connections_refused", endpoint.connections_refused},
        {"tls_handshakes_failed", endpoint.handshakes_failed},
        {"tls_handshakes_completed", endpoint.handshakes_completed},
        // The team's, so told by one for all: the host sees the sum.
        {"datagrams_passed", team_ && first_of_team() ? team_->passed() : 0},
        {"datagrams_passed_lost", team_ && first_of_team() ? team_->lost() : 0},
        {"glitch_closes", endpoint.glitch_closes},
        {"connections_unanswered", endpoint.unanswered},
        {"oddity_ping", odd(quic::Oddity::ping)},
        {"oddity_credit", odd(quic::Oddity::credit)},
        {"oddity_blocked", odd(quic::Oddity::blocked)},
        {"oddity_crumb", odd(quic::Oddity::crumb)},
        {"oddity_empty_stream", odd(quic::Oddity::empty_stream)},
        {"oddity_reset", odd(quic::Oddity::reset)},
        {"oddity_stop", odd(quic::Oddity::stop)},
        {"oddity_connection_id", odd(quic::Oddity::connection_id)},
        {"oddity_path_challenge", odd(quic::Oddity::path_challenge)},
        {"oddity_crypto", odd(quic::Oddity::crypto)},
        {"oddity_token", odd(quic::Oddity::token)},
        {"oddity_moved", odd(quic::Oddity::moved)},
        {"oddity_application", odd(quic::Oddity::application)},
    };
    for (const auto& row : table) {
        if (row.name == name) return row.value;
    }
    return Error(Code::unknown_option, Category::local,
                 "no server statistic is called \"" + std::string(name) + "\"");
}

void ServerUnit::append_times(Metrics& metrics)
{
    const std::lock_guard guard(loop_->lock());
    handler_times_.append_to(metrics);
    merge_histogram(metrics, "signer_seconds", "From a question to our signer to its answer.",
                    nullptr, "", desk_.times());
    Histogram round_trips;
    if (core_ != nullptr) {
        for (const auto& peer : core_->peers()) round_trips.add(peer.smoothed_rtt_ns);
    }
    merge_histogram(metrics, "peer_rtt_seconds", "Round trips of the peers connected now.", nullptr,
                    "", round_trips);
}

}  // namespace ltn::runtime

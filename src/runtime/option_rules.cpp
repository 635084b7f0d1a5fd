// The rules of spec/transport.md 7.1 and 7.2 in their order: the first that is broken is told.
#include "runtime/option_value.h"
#include "runtime/options.h"

namespace ltn::runtime {

namespace {

// Keeps the first complaint.
class Rules {
public:
    void require(bool holds, const std::string& text)
    {
        if (!holds && error_.ok()) error_ = {Code::config, Category::config, text};
    }
    void non_zero(uint64_t value, const char* name)
    {
        require(value != 0, std::string(name) + " must be non-zero");
    }
    void frame_payload(uint64_t value)
    {
        const std::string head = "max_frame_payload_bytes (" + std::to_string(value) + ") must ";
        require(value >= codec::kFramePayloadMinMax, head + "be at least 1048576 (1 MB)");
        require(value <= codec::kFramePayloadMaxMax, head + "not exceed 4294967295 (u32::MAX)");
    }
    // Names and values of both as `a (1) relation b (2)`.
    void compare(bool holds, const char* a, const std::string& a_value, const char* relation,
                 const char* b, const std::string& b_value)
    {
        require(holds, std::string(a) + " (" + a_value + ") must be " + relation + " " + b + " (" +
                           b_value + ")");
    }
    Error take() { return std::move(error_); }

private:
    Error error_;
};

std::string secs(Nanos span_ns)
{
    return decimal_text(span_ns, kSecond);
}

}  // namespace

Error check_options(const ClientOptions& config)
{
    const transport::ClientConfig& core = config.core;
    const auto text = [](Nanos span_ns) { return duration_text(span_ns); };
    Rules rules;
    rules.non_zero(core.connect_timeout_ns, "connect_timeout");
    rules.non_zero(core.idle_timeout_ns, "idle_timeout");
    rules.non_zero(core.keep_alive_ns, "keep_alive_interval");
    rules.compare(core.keep_alive_ns < core.idle_timeout_ns, "keep_alive_interval",
                  text(core.keep_alive_ns), "less than", "idle_timeout",
                  text(core.idle_timeout_ns));
    rules.non_zero(core.reconnect_initial_backoff_ns, "reconnect_initial_backoff");
    rules.non_zero(core.reconnect_max_backoff_ns, "reconnect_max_backoff");
    rules.compare(core.reconnect_initial_backoff_ns <= core.reconnect_max_backoff_ns,
                  "reconnect_initial_backoff", text(core.reconnect_initial_backoff_ns),
                  "<=", "reconnect_max_backoff", text(core.reconnect_max_backoff_ns));
    rules.require(core.reconnect_retries_max >= 1, "reconnect_max_retries must be at least 1");
    rules.require(core.reconnect_slow_probe_ns != 0,
                  "reconnect_slow_probe_interval must be non-zero when set");
    rules.require(core.connections_max >= 1, "max_connections must be at least 1");
    rules.frame_payload(core.frame_payload_max);
    rules.non_zero(config.stream_chunk_timeout_ns, "stream_chunk_timeout");
    rules.compare(config.stream_payload_max >= core.frame_payload_max, "max_stream_payload_bytes",
                  std::to_string(config.stream_payload_max), ">=", "max_frame_payload_bytes",
                  std::to_string(core.frame_payload_max));
    return rules.take();
}

Error check_options(const ServerOptions& config)
{
    const transport::ServerConfig& core = config.core;
    const Nanos idle_ns = core.idle_timeout_ns;
    Rules rules;
    const auto less_than_idle = [&](Nanos span_ns, const char* name) {
        rules.compare(span_ns < idle_ns, name, secs(span_ns), "less than", "idle_timeout_secs",
                      secs(idle_ns));
    };
    rules.non_zero(core.max_signature_age_s, "max_signature_age_secs");
    rules.require(core.max_signature_age_s <= 3600,
                  "max_signature_age_secs must not exceed 3600 (1 hour)");
    rules.non_zero(core.nonce_cleanup_interval_s, "nonce_cleanup_interval_secs");
    rules.non_zero(idle_ns, "idle_timeout_secs");
    rules.non_zero(core.keep_alive_ns, "keep_alive_interval_secs");
    less_than_idle(core.keep_alive_ns, "keep_alive_interval_secs");
    rules.non_zero(core.connections_max, "max_connections");
    rules.non_zero(core.nonce_entries_max, "max_nonce_entries");
    rules.non_zero(core.handshake_timeout_ns, "handshake_timeout_secs");
    less_than_idle(core.handshake_timeout_ns, "handshake_timeout_secs");
    rules.non_zero(core.handshake_attempts_per_minute_max, "max_handshake_attempts_per_minute");
    rules.non_zero(core.concurrent_streams_max, "max_concurrent_bidi_streams");
    rules.non_zero(core.validator_permit_refresh_ns, "validator_permit_refresh_secs");
    rules.non_zero(core.tracked_rate_sources_max, "max_tracked_rate_ips");
    rules.non_zero(core.handler_timeout_ns, "handler_timeout_secs");
    less_than_idle(core.handler_timeout_ns, "handler_timeout_secs");
    rules.non_zero(core.streaming_channel_buffer, "streaming_channel_buffer");
    rules.non_zero(core.source_allowlist_refresh_ns, "source_allowlist_refresh_secs");
    rules.frame_payload(core.frame_payload_max);
    return rules.take();
}

}  // namespace ltn::runtime

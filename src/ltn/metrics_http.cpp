#include "metrics_http.h"

#include <libwebsockets.h>

#include <cstring>
#include <memory>
#include <mutex>
#include <vector>

#include "host_port.h"
#include "metrics_text.h"

namespace ltn_program {

namespace {

using Picture = std::unique_ptr<ltn_metrics, Freer<ltn_metrics_free>>;

// Per request; libwebsockets gives zeroed memory, so it holds a pointer only.
struct Session {
    std::vector<unsigned char>* body;
};

constexpr const char* kTextForm = "text/plain; version=0.0.4";

bool begin_answer(lws* wsi, Session& session, unsigned status, const std::string& body)
{
    session.body = new std::vector<unsigned char>(LWS_PRE + body.size());
    std::memcpy(session.body->data() + LWS_PRE, body.data(), body.size());
    unsigned char buffer[LWS_PRE + 1024];
    unsigned char* const start = buffer + LWS_PRE;
    unsigned char* at = start;
    unsigned char* const end = buffer + sizeof buffer - 1;
    if (lws_add_http_common_headers(wsi, status, kTextForm, body.size(), &at, end) != 0)
        return false;
    if (lws_finalize_write_http_header(wsi, start, &at, end) != 0) return false;
    return lws_callback_on_writable(wsi) >= 0;
}

int end_answer(lws* wsi, Session& session)
{
    if (session.body == nullptr) return 0;
    const std::unique_ptr<std::vector<unsigned char>> body(session.body);
    session.body = nullptr;
    const size_t len = body->size() - LWS_PRE;
    if (lws_write(wsi, body->data() + LWS_PRE, len, LWS_WRITE_HTTP_FINAL) < 0) return -1;
    return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
}

int serve(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t len)
{
    auto* const session = static_cast<Session*>(user);
    switch (reason) {
        case LWS_CALLBACK_HTTP: {
            const auto* const http =
                static_cast<MetricsHttp*>(lws_context_user(lws_get_context(wsi)));
            const std::string path(static_cast<const char*>(in), len);
            const bool known = path == "/metrics" || path == "/";
            const std::string body = known ? http->text() : "expected /metrics\n";
            return begin_answer(wsi, *session, known ? 200 : 404, body) ? 0 : -1;
        }
        case LWS_CALLBACK_HTTP_WRITEABLE: return end_answer(wsi, *session);
        case LWS_CALLBACK_CLOSED_HTTP:
            if (session != nullptr) {
                delete session->body;
                session->body = nullptr;
            }
            return 0;
        default: return 0;
    }
}

const lws_protocols kServing[] = {{"http", serve, sizeof(Session), 0, 0, nullptr, 0},
                                  {nullptr, nullptr, 0, 0, 0, nullptr, 0}};

// What a fetch has so far.
struct Fetch {
    std::string body;
    std::string failure;
    unsigned status = 0;
    bool over = false;
};

constexpr size_t kBodyMax = 16U << 20;

int receive(lws* wsi, lws_callback_reasons reason, void*, void* in, size_t len)
{
    auto* const fetch = static_cast<Fetch*>(lws_context_user(lws_get_context(wsi)));
    switch (reason) {
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
            fetch->failure =
                in != nullptr ? std::string(static_cast<const char*>(in), len) : "no answer";
            fetch->over = true;
            return 0;
        case LWS_CALLBACK_ESTABLISHED_CLIENT_HTTP:
            fetch->status = lws_http_client_http_response(wsi);
            return 0;
        case LWS_CALLBACK_RECEIVE_CLIENT_HTTP_READ:
            if (fetch->body.size() + len > kBodyMax) return -1;
            fetch->body.append(static_cast<const char*>(in), len);
            return 0;
        case LWS_CALLBACK_RECEIVE_CLIENT_HTTP: {
            char buffer[LWS_PRE + 4096];
            char* at = buffer + LWS_PRE;
            int room = 4096;
            return lws_http_client_read(wsi, &at, &room) < 0 ? -1 : 0;
        }
        case LWS_CALLBACK_COMPLETED_CLIENT_HTTP:
        case LWS_CALLBACK_CLOSED_CLIENT_HTTP: fetch->over = true; return 0;
        default: return 0;
    }
}

const lws_protocols kFetching[] = {{"http", receive, 0, 0, 0, nullptr, 0},
                                   {nullptr, nullptr, 0, 0, 0, nullptr, 0}};

lws_context_creation_info context_info()
{
    lws_set_log_level(0, nullptr);
    lws_context_creation_info info;
    std::memset(&info, 0, sizeof info);
    info.gid = static_cast<gid_t>(-1);
    info.uid = static_cast<uid_t>(-1);
    return info;
}

}  // namespace

void MetricsHttp::start(const std::string& host_port, ltn_server* server, const std::string& what)
{
    const auto split = split_host_port(host_port);
    if (!split) {
        throw usage(what, "--metrics: expected HOST:PORT, got \"" + host_port + "\"");
    }
    server_ = server;
    lws_context_creation_info info = context_info();
    info.iface = split->first.c_str();
    info.port = split->second;
    info.protocols = kServing;
    info.user = this;
    info.keepalive_timeout = 30;
    // Scrapers are few; more are a mistake.
    info.fd_limit_per_thread = 64;
    context_ = lws_create_context(&info);
    if (context_ == nullptr) {
        throw Failure(kExitLocal, what, "io", "--metrics: cannot listen on " + host_port);
    }
    const int port = lws_get_vhost_listen_port(lws_get_vhost_by_name(context_, "default"));
    address_ = host_port.substr(0, host_port.rfind(':') + 1) + std::to_string(port);
    thread_ = std::thread([this] {
        while (!stopping_ && lws_service(context_, 0) >= 0) {
        }
    });
}

void MetricsHttp::stop()
{
    if (context_ == nullptr) return;
    stopping_ = true;
    lws_cancel_service(context_);
    thread_.join();
    lws_context_destroy(context_);
    context_ = nullptr;
}

std::string MetricsHttp::text() const
{
    ltn_metrics* raw = nullptr;
    if (ltn_server_metrics(server_, &raw, nullptr) != LTN_OK) return "";
    const Picture picture(raw);
    return metrics_text(picture.get());
}

std::string fetch_metrics(const std::string& host_port, const std::string& what)
{
    const auto split = split_host_port(host_port);
    if (!split) throw usage(what, "expected HOST:PORT, got \"" + host_port + "\"");
    Fetch fetch;
    lws_context_creation_info info = context_info();
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = kFetching;
    info.user = &fetch;
    info.timeout_secs = 5;
    lws_context* const context = lws_create_context(&info);
    if (context == nullptr) throw Failure(kExitLocal, what, "io", "no HTTP client to be had");
    lws_client_connect_info connect;
    std::memset(&connect, 0, sizeof connect);
    connect.context = context;
    connect.address = split->first.c_str();
    connect.port = split->second;
    connect.path = "/metrics";
    connect.host = connect.address;
    connect.origin = connect.address;
    connect.method = "GET";
    connect.alpn = "http/1.1";
    connect.protocol = kFetching[0].name;
    if (lws_client_connect_via_info(&connect) == nullptr && fetch.failure.empty()) {
        fetch.failure = "cannot connect";
    }
    while (!fetch.over && fetch.failure.empty() && lws_service(context, 0) >= 0) {
    }
    lws_context_destroy(context);
    if (!fetch.failure.empty() || fetch.status != 200) {
        throw Failure(
            kExitRemote, what, "connect",
            host_port + ": " +
                (fetch.failure.empty() ? "expected status 200, got " + std::to_string(fetch.status)
                                       : fetch.failure));
    }
    return fetch.body;
}

}  // namespace ltn_program

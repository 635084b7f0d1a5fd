// ltn serve

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>

#include <fmt/format.h>

#include "builtin_handlers.h"
#include "commands.h"
#include "identity.h"
#include "metrics_http.h"
#include "output.h"
#include "readiness.h"
#include "source_files.h"

namespace ltn_program {

namespace {

constexpr uint64_t kFramePayloadDefault = 67'108'864;

struct Descriptor {
    explicit Descriptor(int number) : fd(number) {}
    ~Descriptor()
    {
        if (fd >= 0) close(fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int fd;
};

// What the server's events change; they come on the library's thread.
struct Watch {
    BuiltinHandlers* handlers = nullptr;
    int closed_fd = -1;
    std::atomic<ltn_status> signer_status{LTN_OK};
};

void on_event(const ltn_event* event, void* user_data)
{
    Watch& watch = *static_cast<Watch*>(user_data);
    switch (event->kind) {
        case LTN_EVENT_WITHDRAWN: watch.handlers->withdrawn(event->op); break;
        case LTN_EVENT_WRITABLE: watch.handlers->writable(event->op); break;
        case LTN_EVENT_SIGNER_FAILED: watch.signer_status = event->status; break;
        case LTN_EVENT_CLOSED: static_cast<void>(eventfd_write(watch.closed_fd, 1)); break;
        default: break;
    }
}

void on_log(int32_t level, const char* event, const char* fields, void*)
{
    static constexpr const char* kNames[] = {"", "debug", "info", "warning", "error"};
    const char* name = level >= LTN_LOG_DEBUG && level <= LTN_LOG_ERROR ? kNames[level] : "log";
    print_log(fmt::format("{} {} {}", name, event, fields));
}

int32_t level_of(const std::string& name)
{
    if (name == "debug") return LTN_LOG_DEBUG;
    if (name == "info") return LTN_LOG_INFO;
    if (name == "warning") return LTN_LOG_WARNING;
    return LTN_LOG_ERROR;
}

uint64_t answer_bytes_max(const std::vector<Setting>& settings, const Config& config)
{
    uint64_t limit = kFramePayloadDefault;
    const std::string said = config_value(config, "server", "max_frame_payload_bytes");
    std::from_chars(said.data(), said.data() + said.size(), limit);
    for (const Setting& setting : settings) {
        if (setting.name != "max_frame_payload_bytes") continue;
        const char* end = setting.value.data() + setting.value.size();
        // Nonsense is the library's to refuse, before anything is served.
        std::from_chars(setting.value.data(), end, limit);
    }
    return limit;
}

// Blocks SIGTERM and SIGINT in this thread and all that it starts, so that they arrive at the
// descriptor alone.
int signal_descriptor()
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signalfd(-1, &signals, SFD_CLOEXEC);
}

// Who may connect, and from where.
void apply_admission(const Options& options, ltn_server* server)
{
    Detail detail;
    std::vector<uint8_t> keys;
    for (const std::string& hotkey : options.permits) {
        uint8_t key[LTN_KEY_LEN];
        const ltn_status status = ltn_hotkey_decode(key, hotkey.c_str(), 0, detail.out());
        if (status != LTN_OK) {
            throw Failure(kExitUsage, options.name, ltn_status_name(status),
                          "--permit: " + detail.text(status));
        }
        keys.insert(keys.end(), key, key + sizeof key);
    }
    detail.check(Phase::setup, options.name,
                 ltn_server_set_permits(server, keys.data(), options.permits.size(), detail.out()));
    std::string sources;
    for (const std::string& source : options.sources) sources += source + " ";
    for (const std::string& source : options.blocked) sources += "!" + source + " ";
    detail.check(Phase::setup, options.name,
                 ltn_server_set_sources(server, sources.c_str(), detail.out()));
}

void announce(const Options& options, ltn_server* server, const ltn_signer* signer,
              const std::string& metrics)
{
    char address[128] = "";
    size_t len = 0;
    uint8_t key[LTN_KEY_LEN] = {};
    Detail detail;
    detail.check(Phase::setup, options.name,
                 ltn_server_address(server, address, sizeof address, &len));
    detail.check(Phase::setup, options.name, ltn_signer_public_key(signer, key));
    if (options.json) {
        Json ready = Json::object();
        ready["event"] = "ready";
        ready["address"] = address;
        ready["hotkey"] = hotkey_text(key);
        if (!metrics.empty()) ready["metrics"] = metrics;
        print_json(ready);
    } else {
        print_line(fmt::format("ready on {} as {}", address, hotkey_text(key)));
        if (!metrics.empty()) print_line(fmt::format("metrics on http://{}/metrics", metrics));
    }
}

// What happened in this server's life, as far as it is not zero.
void log_counters(ltn_server* server)
{
    static constexpr const char* kNames[] = {
        "handshakes_ok",          "requests",
        "requests_timed_out",     "refused_rate",
        "refused_hotkey_rate",    "refused_malformed",
        "refused_clock",          "refused_nonce",
        "refused_signature",      "refused_capacity",
        "refused_signer",         "requests_unauthenticated",
        "unauthenticated_closed", "connections_refused",
        "tls_handshakes_failed",  "datagrams_received",
        "datagrams_dropped",
    };
    std::string line = "info counters";
    for (const char* name : kNames) {
        uint64_t value = 0;
        if (ltn_server_stat(server, &value, name) != LTN_OK || value == 0) continue;
        line += fmt::format(" {}={}", name, value);
    }
    print_log(line);
}

// Until closed. The first signal asks the server to finish what runs, the second ends the wait.
bool wait_until_closed(const Options& options, ltn_server* server, SourceFiles& files,
                       int signal_fd, int closed_fd)
{
    bool stopping = false;
    for (;;) {
        pollfd fds[2] = {{signal_fd, POLLIN, 0}, {closed_fd, POLLIN, 0}};
        if (poll(fds, 2, -1) < 0 && errno != EINTR) return false;
        if ((fds[1].revents & POLLIN) != 0) return true;
        if ((fds[0].revents & POLLIN) == 0) continue;
        signalfd_siginfo info;
        if (read(signal_fd, &info, sizeof info) < 0) continue;
        if (stopping) return false;
        stopping = true;
        if (options.log_level == "info" || options.log_level == "debug") log_counters(server);
        notify_manager("STOPPING=1");
        files.stop();
        ltn_server_stop(server);
    }
}

}  // namespace

int run_serve(Options& options)
{
    const Descriptor signals(signal_descriptor());
    const Descriptor closed(eventfd(0, EFD_CLOEXEC));
    if (signals.fd < 0 || closed.fd < 0) {
        throw Failure(kExitLocal, options.name, "io", "no descriptor for signals");
    }
    const Signer signer = make_signer(options);
    // Declared before the server: handlers and watch have to be there until its last upcall.
    const Config config = load_config(options.config, options.name);
    BuiltinHandlers handlers(answer_bytes_max(options.settings, config));
    Watch watch;
    watch.handlers = &handlers;
    watch.closed_fd = closed.fd;

    Detail detail;
    const Runtime runtime = new_runtime(options.name);
    if (!options.log_level.empty()) {
        detail.check(Phase::setup, options.name,
                     ltn_runtime_set_log(runtime.get(), level_of(options.log_level), on_log,
                                         nullptr, nullptr));
    }
    ltn_server* raw = nullptr;
    detail.check(Phase::setup, options.name,
                 ltn_server_new(&raw, runtime.get(), signer.get(), detail.out()));
    const Server server(raw);
    std::vector<Setting> settings;
    if (!options.listen.empty()) settings.push_back({"listen", options.listen});
    // What a person expects of SIGTERM; an option of the same name given by hand comes later and
    // wins.
    if (config_value(config, "server", "drain_timeout_ms").empty()) {
        settings.push_back({"drain_timeout_ms", "5000"});
    }
    settings.insert(settings.end(), options.settings.begin(), options.settings.end());
    apply_settings(server.get(), runtime.get(), settings, config, options.name);
    detail.check(Phase::setup, options.name,
                 ltn_server_deliver_upcall(server.get(), on_event, &watch, nullptr));
    handlers.serve_on(server.get(), options.name);
    apply_admission(options, server.get());
    SourceFiles files;
    files.restore(options.source_files, server.get(), options.name);
    detail.check(Phase::setup, options.name, ltn_server_start(server.get(), detail.out()));
    files.start(server.get(), options.name);
    MetricsHttp metrics;
    if (!options.metrics.empty()) metrics.start(options.metrics, server.get(), options.name);
    announce(options, server.get(), signer.get(), metrics.address());
    notify_manager("READY=1");

    const bool drained = wait_until_closed(options, server.get(), files, signals.fd, closed.fd);
    files.stop();
    metrics.stop();
    ltn_runtime_stop(runtime.get());
    ltn_runtime_wait(runtime.get(), drained ? -1 : 1000);
    handlers.stop();
    const ltn_status signer_status = watch.signer_status;
    if (signer_status != LTN_OK) {
        throw Failure(kExitLocal, options.name, ltn_status_name(signer_status),
                      "the self-test of the signer failed");
    }
    if (!drained) {
        throw Failure(kExitRemote, options.name, "cancelled",
                      "a second signal ended the wait for running requests");
    }
    return kExitDone;
}

}  // namespace ltn_program

#include "io/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <unordered_map>

#include "io/sockaddr.h"
#include "io/thread.h"

namespace ltn::io {

namespace {

// The C library's resolver and the modules it loads keep sizeable buffers on the stack.
constexpr size_t kStackBytes = 512 * 1024;

struct Job {
    Resolver::LookupId id = 0;
    std::string host;
    uint16_t port = 0;
};

struct Finished {
    Resolver::LookupId id = 0;
    Result<Resolver::Addresses> result;
};

Result<Resolver::Addresses> look_up(const Job& job, size_t addresses_max)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_DGRAM;
    addrinfo* list = nullptr;
    const int failure = getaddrinfo(job.host.c_str(), nullptr, &hints, &list);
    if (failure != 0) {
        const std::string reason =
            failure == EAI_SYSTEM ? system_reason(errno) : std::string(gai_strerror(failure));
        return Error(Code::resolve, Category::connection,
                     "Failed to resolve \"" + job.host + "\": " + reason);
    }
    Resolver::Addresses out;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        if (out.size() >= addresses_max || entry->ai_addrlen > sizeof(sockaddr_storage)) continue;
        sockaddr_storage raw{};
        std::memcpy(&raw, entry->ai_addr, entry->ai_addrlen);
        Address address = from_sockaddr(raw);
        address.port = job.port;
        if (address.family == Address::Family::none) continue;
        if (std::find(out.begin(), out.end(), address) == out.end()) out.push_back(address);
    }
    freeaddrinfo(list);
    if (out.empty()) {
        return Error(Code::resolve, Category::connection,
                     "Failed to resolve \"" + job.host +
                         "\": expected an IPv4 or IPv6 address, "
                         "found none");
    }
    return out;
}

}  // namespace

// Shared with the lookup threads, which may outlive the resolver.
struct Resolver::State {
    Config config;
    mutable std::mutex mutex;
    std::deque<Job> waiting;
    std::vector<Finished> finished;
    std::unordered_map<LookupId, Done> callbacks;
    LookupId next_id = 1;
    size_t threads = 0;
    bool stopped = false;

    static void work(const std::shared_ptr<State>& state, Job job);
    Error start_thread(const std::shared_ptr<State>& self, Job job);
};

void Resolver::State::work(const std::shared_ptr<State>& state, Job job)
{
    for (;;) {
        Result<Addresses> result = look_up(job, state->config.addresses_max);
        // Rung under the lock: once stop() has returned, no doorbell is touched any more.
        const std::lock_guard lock(state->mutex);
        if (!state->stopped) state->finished.push_back({job.id, std::move(result)});
        const bool last = state->stopped || state->waiting.empty();
        if (last) {
            --state->threads;
        } else {
            job = std::move(state->waiting.front());
            state->waiting.pop_front();
        }
        if (state->config.doorbell) state->config.doorbell();
        if (last) return;
    }
}

Error Resolver::State::start_thread(const std::shared_ptr<State>& self, Job job)
{
    Result<Thread> thread = Thread::start("ltn-resolve", kStackBytes,
                                          [self, job = std::move(job)] { work(self, job); });
    if (!thread) return thread.error();
    ++threads;
    thread->detach();
    return {};
}

Resolver::Resolver(Config config) : state_(std::make_shared<State>())
{
    state_->config = std::move(config);
    state_->config.threads_max = std::max<size_t>(state_->config.threads_max, 1);
}

Resolver::~Resolver()
{
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    state_->waiting.clear();
    state_->config.doorbell = nullptr;
}

Result<Resolver::LookupId> Resolver::resolve(std::string host, uint16_t port, Done done)
{
    const bool v6 = host.find(':') != std::string::npos;
    Result<Address> literal =
        Address::parse((v6 ? "[" + host + "]:" : host + ":") + std::to_string(port));
    LookupId id = 0;
    {
        const std::lock_guard lock(state_->mutex);
        if (state_->stopped) {
            return Error(Code::closed, Category::local, "Failed to resolve: resolver is stopped");
        }
        id = state_->next_id++;
        if (!literal) {
            Job job{id, std::move(host), port};
            if (state_->threads < state_->config.threads_max) {
                const Error error = state_->start_thread(state_, job);
                if (!error.ok()) return error;
            } else if (state_->waiting.size() < state_->config.waiting_max) {
                state_->waiting.push_back(std::move(job));
            } else {
                return Error(Code::full, Category::local,
                             "Failed to resolve: expected at most " +
                                 std::to_string(state_->config.waiting_max) + " waiting lookups");
            }
            state_->callbacks.emplace(id, std::move(done));
            return id;
        }
    }
    done(id, Addresses{literal.value()});
    return id;
}

void Resolver::cancel(LookupId id)
{
    const std::lock_guard lock(state_->mutex);
    state_->callbacks.erase(id);
    std::erase_if(state_->waiting, [id](const Job& job) { return job.id == id; });
}

size_t Resolver::poll()
{
    std::vector<Finished> batch;
    {
        const std::lock_guard lock(state_->mutex);
        batch.swap(state_->finished);
    }
    size_t delivered = 0;
    for (Finished& entry : batch) {
        Done done;
        {
            // One at a time, because a callback may cancel the next.
            const std::lock_guard lock(state_->mutex);
            const auto found = state_->callbacks.find(entry.id);
            if (found == state_->callbacks.end()) continue;
            done = std::move(found->second);
            state_->callbacks.erase(found);
        }
        done(entry.id, std::move(entry.result));
        ++delivered;
    }
    return delivered;
}

void Resolver::stop()
{
    std::unordered_map<LookupId, Done> outstanding;
    {
        const std::lock_guard lock(state_->mutex);
        state_->stopped = true;
        state_->waiting.clear();
        state_->finished.clear();
        outstanding.swap(state_->callbacks);
    }
    for (auto& [id, done] : outstanding) {
        done(id, Error(Code::shutdown, Category::local, "Failed to resolve: shutting down"));
    }
}

size_t Resolver::threads() const
{
    const std::lock_guard lock(state_->mutex);
    return state_->threads;
}

void Resolver::abandon()
{
    // The mutex may have been held by a thread that does not exist here: a fresh state instead of
    // touching it. The old one is leaked on purpose, in the child alone.
    new std::shared_ptr<State>(std::move(state_));
    state_ = std::make_shared<State>();
    state_->stopped = true;
}

}  // namespace ltn::io

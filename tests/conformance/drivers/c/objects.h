// The objects that the runner has named, and what keeps each of them alive.
#pragma once

#include "values.h"

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

struct OpFree {
    void operator()(ltn_op* op) const { ltn_op_free(op); }
};
using OpPtr = std::shared_ptr<ltn_op>;
inline OpPtr own(ltn_op* op) { return OpPtr(op, OpFree()); }

struct SignerFree {
    void operator()(ltn_signer* signer) const { ltn_signer_free(signer); }
};
using SignerPtr = std::unique_ptr<ltn_signer, SignerFree>;

// Makes what `signer` of a request describes.
SignerPtr make_signer(const Json& wish);
std::string hotkey_of(const ltn_signer* signer);
void decode_hotkey(uint8_t key[LTN_KEY_LEN], const std::string& text);

// A runtime of its own for each client and server, with the log that `logged` reads.
struct RuntimeFree {
    void operator()(ltn_runtime* runtime) const;
};
using RuntimePtr = std::unique_ptr<ltn_runtime, RuntimeFree>;
RuntimePtr make_runtime();

struct Client {
    RuntimePtr runtime;
    ltn_client* handle = nullptr;

    void close();
    ~Client();
};

// What the handlers of a server share. Outlives it as long as a handler runs.
struct Work {
    std::mutex lock;
    std::condition_variable changed;
    int started = 0;
    int ended = 0;
    int cancelled = 0;
    // Questions that may be withdrawn while nobody is inside the library with them.
    std::multimap<std::string, ltn_op*> held;
    std::set<ltn_op*> sleeping;
    std::set<ltn_op*> withdrawn;
};

struct Server {
    RuntimePtr runtime;
    ltn_server* handle = nullptr;
    std::shared_ptr<Work> work = std::make_shared<Work>();

    void close();
    ~Server();
};

struct Stream {
    std::shared_ptr<Client> client;
    OpPtr op;
};

template <class T>
class Table {
public:
    void put(const std::string& name, std::shared_ptr<T> object)
    {
        const std::lock_guard<std::mutex> hold(lock_);
        objects_[name] = std::move(object);
    }
    std::shared_ptr<T> find(const std::string& name)
    {
        const std::lock_guard<std::mutex> hold(lock_);
        const auto found = objects_.find(name);
        return found == objects_.end() ? nullptr : found->second;
    }
    std::shared_ptr<T> take(const std::string& name)
    {
        const std::lock_guard<std::mutex> hold(lock_);
        const auto found = objects_.find(name);
        if (found == objects_.end()) return nullptr;
        auto object = std::move(found->second);
        objects_.erase(found);
        return object;
    }
    std::map<std::string, std::shared_ptr<T>> take_all()
    {
        const std::lock_guard<std::mutex> hold(lock_);
        return std::exchange(objects_, {});
    }

private:
    std::mutex lock_;
    std::map<std::string, std::shared_ptr<T>> objects_;
};

extern Table<Client> clients;
extern Table<Server> servers;
extern Table<Stream> streams;
// Calls, connects and opens that `cancel` may name.
extern Table<ltn_op> named_ops;

std::shared_ptr<Client> client_of(const Json& request);
std::shared_ptr<Server> server_of(const Json& request);
std::shared_ptr<Stream> stream_of(const Json& request);
[[noreturn]] void fail_closed();

using Command = std::function<Json(const Json&)>;
using Commands = std::map<std::string, Command>;
void add_client_commands(Commands& commands);
void add_stream_commands(Commands& commands);
void add_server_commands(Commands& commands);
void add_misuse_commands(Commands& commands);
void add_surroundings_commands(Commands& commands);

// Options of a request, one by one.
template <class Set>
void each_option(const Json& request, Set set)
{
    if (!request.contains("options")) return;
    for (const auto& [name, value] : request["options"].items()) {
        set(name.c_str(), value.template get<std::string>().c_str());
    }
}

// A client that has started and has no name.
std::shared_ptr<Client> new_client(const Json& request);

// What a call needs, kept as long as it is being handed over.
struct CallText {
    ltn_call call;
    uint8_t key[LTN_KEY_LEN];
    std::string address;
    std::string type;
    Bytes data;
};
void fill_call(CallText& text, const Json& request);
// Waits for the end of an operation; fails as it did.
void finish(const OpPtr& op);

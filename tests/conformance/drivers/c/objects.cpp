#include "objects.h"

namespace {
constexpr int64_t kCloseMs = 20000;

void write_log(int32_t, const char* event, const char* fields, void*)
{
    log_line(std::string(event) + " " + fields);
}
}  // namespace

Table<Client> clients;
Table<Server> servers;
Table<Stream> streams;
Table<ltn_op> named_ops;

RuntimePtr make_runtime()
{
    ltn_runtime* runtime = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_runtime_new(&runtime, LTN_DRIVE_THREAD, error.get()), error);
    RuntimePtr owned(runtime);
    check(ltn_runtime_set_log(runtime, LTN_LOG_INFO, write_log, nullptr, nullptr));
    return owned;
}

void RuntimeFree::operator()(ltn_runtime* runtime) const
{
    ltn_runtime_free(runtime);
}

void Client::close()
{
    check(ltn_client_stop(handle));
    check(ltn_client_wait(handle, kCloseMs));
}

Client::~Client()
{
    ltn_client_free(handle);
}

void Server::close()
{
    check(ltn_server_stop(handle));
    check(ltn_server_wait(handle, kCloseMs));
}

Server::~Server()
{
    ltn_server_free(handle);
}

void fail_closed()
{
    throw Failure{LTN_ERR_CLOSED, ltn_category_name(LTN_CATEGORY_LOCAL), false,
                  "the handle is closed"};
}

std::shared_ptr<Client> client_of(const Json& request)
{
    auto client = clients.find(request.at("on"));
    if (client == nullptr) fail_closed();
    return client;
}

std::shared_ptr<Server> server_of(const Json& request)
{
    auto server = servers.find(request.at("on"));
    if (server == nullptr) fail_closed();
    return server;
}

std::shared_ptr<Stream> stream_of(const Json& request)
{
    auto stream = streams.find(request.at("on"));
    if (stream == nullptr) fail_closed();
    return stream;
}

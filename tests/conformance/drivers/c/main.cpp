// Reads requests, runs each on a thread of its own, and answers as they end.
#include "objects.h"

#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

namespace {

std::atomic<int> running{0};

const char* const kLacks[] = {
    "wrong timeout_text: the compiler refuses it",
    "wrong timeout_negative: below 0 means without end",
    "wrong timeout_huge: every number of the type is a time",
    "wrong type_number: the compiler refuses it",
    "wrong data_unencodable: data is bytes",
    "wrong seed_short: the length is part of the type",
    "wrong handler_none: no handler means that the queue gets the request",
};

Json answer(const Commands& commands, const Json& request)
{
    const auto found = commands.find(request.at("do"));
    if (found == commands.end()) return {{"unknown", true}};
    try {
        return {{"ok", found->second(request)}};
    } catch (const Failure& failure) {
        return {{"error", failure_json(failure)}};
    } catch (const Unknown&) {
        return {{"unknown", true}};
    } catch (const std::exception& problem) {
        return {{"error", {{"code", "driver"}, {"text", problem.what()}}}};
    }
}

void close_everything()
{
    streams.take_all();
    for (const auto& [name, client] : clients.take_all()) (void)ltn_client_stop(client->handle);
    for (const auto& [name, server] : servers.take_all()) {
        (void)ltn_server_stop(server->handle);
        (void)ltn_server_wait(server->handle, 5000);
    }
    for (int i = 0; i < 500 && running > 0; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

}  // namespace

int main()
{
    Commands commands;
    add_client_commands(commands);
    add_stream_commands(commands);
    add_server_commands(commands);
    add_misuse_commands(commands);
    add_surroundings_commands(commands);
    say({{"driver", "c"}, {"version", ltn_version()}, {"lacks", kLacks}});
    std::string line;
    while (std::getline(std::cin, line)) {
        if (line.empty()) continue;
        ++running;
        std::thread([&commands, request = Json::parse(line)] {
            Json reply = answer(commands, request);
            reply["id"] = request["id"];
            say(reply);
            --running;
        }).detach();
    }
    close_everything();
    // Threads of handlers may still run; what they use must outlive them.
    std::fflush(stdout);
    std::_Exit(0);
}

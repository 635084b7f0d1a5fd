// What a server's handlers do, by the words of the protocol.
#pragma once

#include "objects.h"

// What a registered handler is told.
struct Handling {
    std::shared_ptr<Work> work;
    std::string type;
    std::string does;
};

void set_handler(Server& server, const std::string& type, const std::string& does);
void set_permits(Server& server, const Json& hotkeys);
// Before start: from then on handlers notice callers that go.
void listen_for_withdrawals(Server& server);

Json seen(Work& work);
Json release(Work& work, const std::string& type);

// One stream, from its question to its end, on a thread of its own.
void run_stream(const Handling& handling, ltn_op* question);
bool is_stream(const std::string& does);

void count_started(Work& work);
void count_ended(Work& work, bool cancelled);

// Handlers that answer once. They run on the loop's thread and never wait there.
#include "handlers.h"

#include <chrono>
#include <thread>

namespace {

void answer(ltn_op* question, const Bytes& data)
{
    (void)ltn_op_complete(question, data.data(), data.size(), nullptr);
}

void echo(ltn_op* question)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    (void)ltn_op_data(question, &data, &len);
    (void)ltn_op_complete(question, data, len, nullptr);
}

Json asked(ltn_op* question)
{
    const uint8_t* data = nullptr;
    size_t len = 0;
    (void)ltn_op_data(question, &data, &len);
    return unpack(data, len);
}

void who(ltn_op* question)
{
    const char* text = nullptr;
    size_t len = 0;
    if (ltn_op_text(question, &text, &len, LTN_DETAIL_HOTKEY) != LTN_OK) return;
    answer(question, Json::to_msgpack({{"hotkey", std::string(text, len)}}));
}

void time_left(ltn_op* question)
{
    int64_t ns = 0;
    Json left;
    if (ltn_op_number(question, &ns, LTN_DETAIL_DEADLINE_NS) == LTN_OK) left = ns / 1000000;
    answer(question, Json::to_msgpack({{"left_ms", left}}));
}

// Waits on a thread of its own until the time is over or the caller has gone.
void sleep_then_echo(const std::shared_ptr<Work>& work, ltn_op* question)
{
    const auto span = std::chrono::milliseconds(asked(question).value("ms", 0));
    {
        const std::lock_guard<std::mutex> hold(work->lock);
        work->sleeping.insert(question);
    }
    std::thread([work, question, span] {
        bool gone = false;
        {
            std::unique_lock<std::mutex> hold(work->lock);
            gone = work->changed.wait_for(
                hold, span, [&] { return work->withdrawn.count(question) > 0; });
            work->sleeping.erase(question);
            work->withdrawn.erase(question);
        }
        if (!gone) echo(question);
        ltn_op_free(question);
        count_ended(*work, gone);
    }).detach();
}

void handle_now(const Handling& handling, ltn_op* question)
{
    if (handling.does == "echo") {
        echo(question);
    } else if (handling.does == "value") {
        answer(question, Json::to_msgpack(asked(question)));
    } else if (handling.does == "who") {
        who(question);
    } else if (handling.does == "time") {
        time_left(question);
    } else if (handling.does == "throw") {
        (void)ltn_op_fail(question, "inner secret");
    } else if (handling.does == "nothing") {
        (void)ltn_op_complete(question, nullptr, 0, nullptr);
    } else if (handling.does == "list") {
        // Refused; the question is then freed without an answer.
        answer(question, {0x91, 0x01});
    }
}

void on_request(ltn_op* question, void* user_data)
{
    const auto& handling = *static_cast<Handling*>(user_data);
    count_started(*handling.work);
    try {
        if (handling.does == "hold") {
            const std::lock_guard<std::mutex> hold(handling.work->lock);
            handling.work->held.emplace(handling.type, question);
            return;
        }
        if (handling.does == "sleep") {
            sleep_then_echo(handling.work, question);
            return;
        }
        handle_now(handling, question);
    } catch (const std::exception& problem) {
        (void)ltn_op_fail(question, problem.what());
    }
    ltn_op_free(question);
    count_ended(*handling.work, false);
}

void on_stream_request(ltn_op* question, void* user_data)
{
    const Handling handling = *static_cast<Handling*>(user_data);
    count_started(*handling.work);
    std::thread([handling, question] { run_stream(handling, question); }).detach();
}

void on_event(const ltn_event* event, void* user_data)
{
    if (event->kind != LTN_EVENT_WITHDRAWN) return;
    const auto& work = *static_cast<std::shared_ptr<Work>*>(user_data);
    std::unique_lock<std::mutex> hold(work->lock);
    if (work->sleeping.count(event->op) > 0) {
        work->withdrawn.insert(event->op);
        work->changed.notify_all();
        return;
    }
    for (auto at = work->held.begin(); at != work->held.end(); ++at) {
        if (at->second != event->op) continue;
        work->held.erase(at);
        hold.unlock();
        ltn_op_free(event->op);
        count_ended(*work, true);
        return;
    }
}

}  // namespace

void count_started(Work& work)
{
    const std::lock_guard<std::mutex> hold(work.lock);
    ++work.started;
}

void count_ended(Work& work, bool cancelled)
{
    const std::lock_guard<std::mutex> hold(work.lock);
    ++work.ended;
    if (cancelled) ++work.cancelled;
}

void set_handler(Server& server, const std::string& type, const std::string& does)
{
    auto* handling = new Handling{server.work, type, does};
    const auto destroy = [](void* data) { delete static_cast<Handling*>(data); };
    const ErrorPtr error = new_error();
    if (is_stream(does)) {
        check(ltn_server_handle_stream(server.handle, type.c_str(), 0, on_stream_request, handling,
                                       destroy, error.get()),
              error);
    } else {
        check(ltn_server_handle(server.handle, type.c_str(), 0, on_request, handling, destroy,
                                error.get()),
              error);
    }
}

void listen_for_withdrawals(Server& server)
{
    check(ltn_server_deliver_upcall(
        server.handle, on_event, new std::shared_ptr<Work>(server.work),
        [](void* data) { delete static_cast<std::shared_ptr<Work>*>(data); }));
}

Json seen(Work& work)
{
    const std::lock_guard<std::mutex> hold(work.lock);
    return {{"started", work.started}, {"ended", work.ended}, {"cancelled", work.cancelled}};
}

Json release(Work& work, const std::string& type)
{
    std::vector<ltn_op*> ready;
    {
        const std::lock_guard<std::mutex> hold(work.lock);
        const auto range = work.held.equal_range(type);
        for (auto at = range.first; at != range.second; ++at) ready.push_back(at->second);
        work.held.erase(range.first, range.second);
    }
    for (ltn_op* question : ready) {
        echo(question);
        ltn_op_free(question);
        count_ended(work, false);
    }
    return {{"count", ready.size()}};
}

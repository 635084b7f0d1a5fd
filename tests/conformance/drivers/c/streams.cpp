// Streams from the caller's side.
#include "objects.h"

#include "sha256.h"

#include <chrono>
#include <thread>

namespace {

struct BytesFree {
    void operator()(ltn_bytes* bytes) const { ltn_bytes_free(bytes); }
};
using BytesPtr = std::unique_ptr<ltn_bytes, BytesFree>;

Json open(const Json& request)
{
    auto stream = std::make_shared<Stream>();
    stream->client = client_of(request);
    CallText text;
    fill_call(text, request);
    text.data = body_of(request);
    text.call.data = text.data.data();
    text.call.data_len = text.data.size();
    if (request.value("send", false)) text.call.flags |= LTN_CALL_SEND;
    ltn_op* op = nullptr;
    const ErrorPtr error = new_error();
    check(ltn_client_open(stream->client->handle, &op, &text.call, error.get()), error);
    stream->op = own(op);
    if (request.contains("name")) named_ops.put(request["name"], stream->op);
    streams.put(request.at("as"), stream);
    return Json::object();
}

// The next chunk, or null at a good end.
BytesPtr next(const Stream& stream)
{
    ltn_bytes* chunk = nullptr;
    const ltn_status status = ltn_op_read(stream.op.get(), &chunk, -1);
    if (status == LTN_OK) return BytesPtr(chunk);
    if (status != LTN_ERR_EMPTY) check(status);
    if (ltn_op_status(stream.op.get()) != LTN_OK) fail_from_op(stream.op.get());
    return nullptr;
}

Json read(const Json& request)
{
    const auto stream = stream_of(request);
    const BytesPtr chunk = next(*stream);
    if (chunk == nullptr) return {{"end", true}};
    return {{"chunk", shown(ltn_bytes_data(chunk.get()), ltn_bytes_len(chunk.get()))}};
}

Json collect(const Json& request)
{
    const auto stream = stream_of(request);
    const auto pause = std::chrono::milliseconds(request.value("slow_ms", 0));
    Sha256 hash;
    size_t chunks = 0;
    size_t len = 0;
    while (true) {
        if (pause.count() > 0) std::this_thread::sleep_for(pause);
        const BytesPtr chunk = next(*stream);
        if (chunk == nullptr) break;
        ++chunks;
        len += ltn_bytes_len(chunk.get());
        hash.add(ltn_bytes_data(chunk.get()), ltn_bytes_len(chunk.get()));
    }
    return {{"chunks", chunks}, {"len", len}, {"sha256", hash.hex()}};
}

Json send(const Json& request)
{
    const auto stream = stream_of(request);
    const Json& wish = request.at("chunk");
    const Bytes chunk = wish.is_object() ? Bytes(wish.at("fill").get<size_t>())
                                         : from_hex(wish.get<std::string>());
    const ErrorPtr error = new_error();
    check(ltn_op_send(stream->op.get(), chunk.data(), chunk.size(), -1, error.get()), error);
    return Json::object();
}

Json end(const Json& request)
{
    const auto stream = stream_of(request);
    const ErrorPtr error = new_error();
    check(ltn_op_end(stream->op.get(), error.get()), error);
    return Json::object();
}

Json drop(const Json& request)
{
    if (const auto stream = streams.take(request.at("on"))) {
        // For a reader that waits; the free itself would be enough otherwise.
        if (stream.use_count() > 1) (void)ltn_op_cancel(stream->op.get());
    }
    return Json::object();
}

}  // namespace

void add_stream_commands(Commands& commands)
{
    commands["open"] = open;
    commands["read"] = read;
    commands["collect"] = collect;
    commands["send"] = send;
    commands["end"] = end;
    commands["drop"] = drop;
}

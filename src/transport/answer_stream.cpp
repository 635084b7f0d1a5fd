#include "transport/answer_stream.h"

#include <algorithm>

#include "codec/envelope2.h"

namespace ltn::transport {

namespace {

using codec::FrameReader;
using codec::FrameType;

// A consumer has at most so many chunks to look after, however small they are. Those above wait
// here as bytes.
constexpr size_t kHeldChunksMax = 4096;

// What keeping a chunk costs at least. So many may be smaller at no price, so that a limit of a few
// bytes counts the bytes exactly.
constexpr uint64_t kKeptChunkCost = 64;
constexpr uint64_t kSmallChunksFree = 4096;

constexpr std::string_view kNotAuthenticated = "authentication failed";

AnswerStream::Step failed(Error error)
{
    AnswerStream::Step step;
    step.kind = AnswerStream::Step::Kind::failed;
    step.error = std::move(error);
    return step;
}

AnswerStream::Step refused(Error error)
{
    AnswerStream::Step step = failed(std::move(error));
    step.kind = AnswerStream::Step::Kind::refused;
    return step;
}

Error undecodable(std::string_view what, const Error& why)
{
    return Error(Code::malformed, Category::serialization,
                 "Failed to parse " + std::string(what) + ": " + why.text);
}

Result<codec::StreamEnd2> decode_end(ByteView payload, bool second)
{
    if (second) return codec::decode_stream_end2(payload);
    auto first = codec::decode_stream_end(payload);
    if (!first.ok()) return first.error();
    codec::StreamEnd2 out;
    static_cast<codec::StreamEnd&>(out) = first.value();
    return out;
}

}  // namespace

Result<codec::SynapseResponse2> decode_answer(ByteView payload, bool second)
{
    if (second) return codec::decode_synapse_response2(payload);
    auto first = codec::decode_synapse_response(payload);
    if (!first.ok()) return first.error();
    codec::SynapseResponse2 out;
    static_cast<codec::SynapseResponse&>(out) = std::move(first.value());
    return out;
}

AnswerStream::AnswerStream(const StreamTerms& terms, uint64_t frame_payload_max,
                           uint64_t link_window_min, std::shared_ptr<BufferPool> buffers)
    : terms_(terms),
      frame_payload_max_(frame_payload_max),
      link_window_(std::max(terms.window_bytes, link_window_min)),
      buffers_(std::move(buffers)),
      reader_(frame_payload_max, buffers_.get())
{
}

void AnswerStream::restart(bool second)
{
    second_ = second;
    answer_code_ = 0;
    reader_ = FrameReader(frame_payload_max_, buffers_.get());
    fresh_ = {};
    backlog_.clear();
    backlog_at_ = 0;
    fin_ = false;
    received_ = released_ = credited_ = 0;
}

void AnswerStream::offer(ByteView bytes, bool fin)
{
    received_ += bytes.size();
    fin_ = fin_ || fin;
    if (backlog_.empty()) {
        fresh_ = bytes;
    } else {
        backlog_.insert(backlog_.end(), bytes.begin(), bytes.end());
    }
}

ByteView AnswerStream::unread() const
{
    return backlog_.empty() ? fresh_ : ByteView(backlog_).subspan(backlog_at_);
}

void AnswerStream::skip(size_t len)
{
    if (backlog_.empty()) {
        fresh_ = fresh_.subspan(len);
        return;
    }
    backlog_at_ += len;
    // Not at every step: a consumer that takes one small chunk after another would have us move the
    // whole rest each time.
    if (backlog_at_ * 2 < backlog_.size()) return;
    backlog_.erase(backlog_.begin(), backlog_.begin() + static_cast<std::ptrdiff_t>(backlog_at_));
    backlog_at_ = 0;
}

AnswerStream::Step AnswerStream::next()
{
    while (reader_.state() == FrameReader::State::need_more && !unread().empty()) {
        size_t used = 0;
        reader_.feed(unread(), &used);
        skip(used);
    }
    switch (reader_.state()) {
        case FrameReader::State::failed: return failed(reader_.error());
        case FrameReader::State::complete: return frame();
        case FrameReader::State::need_more: break;
    }
    if (fin_) return failed(reader_.end_of_stream());
    return {};
}

AnswerStream::Step AnswerStream::frame()
{
    FrameType type = reader_.type().value();
    switch (type) {
        case FrameType::stream_chunk: return has_room() ? chunk() : Step{};
        case FrameType::stream_end: return end();
        case FrameType::synapse_response: return response();
        default:
            return failed(Error(Code::unexpected_frame, Category::stream,
                                "unexpected message type during streaming: " +
                                    std::string(codec::frame_type_name(type))));
    }
}

bool AnswerStream::has_room() const
{
    if (held_.empty()) return true;
    return held_.size() < kHeldChunksMax &&
           held_bytes_ + reader_.declared_len() <= terms_.window_bytes;
}

AnswerStream::Step AnswerStream::chunk()
{
    size_t wire = codec::kFrameHeaderLen + static_cast<size_t>(reader_.declared_len());
    SharedBytes payload = buffers_->share(reader_.take_payload());
    reader_ = FrameReader(frame_payload_max_, buffers_.get());
    auto decoded = second_ ? codec::decode_stream_chunk2(payload.view())
                           : codec::decode_stream_chunk(payload.view());
    if (!decoded.ok()) return failed(undecodable("stream chunk", decoded.error()));
    Step step;
    step.kind = Step::Kind::chunk;
    if (decoded->data.empty()) {
        step.chunk = SharedBytes();
    } else if (!decoded->normalised.empty()) {
        step.chunk = SharedBytes::take(std::move(decoded->normalised));
    } else {
        step.chunk = payload.slice(static_cast<size_t>(decoded->data.data() - payload.data()),
                                   decoded->data.size());
    }
    size_t len = step.chunk.size();
    if (terms_.bytes_max != 0 && len > terms_.bytes_max - bytes_) {
        return failed(Error(Code::too_large, Category::stream,
                            "streaming response exceeded " + std::to_string(terms_.bytes_max) +
                                " byte aggregate limit"));
    }
    if (terms_.collected && too_many(len)) {
        return failed(Error(Code::too_large, Category::stream,
                            "streaming response exceeded " + std::to_string(terms_.bytes_max) +
                                " byte aggregate limit, small chunks taken for " +
                                std::to_string(kKeptChunkCost) + " bytes"));
    }
    ++chunks_;
    bytes_ += len;
    held_.push_back({len, wire});
    held_bytes_ += len;
    return step;
}

// A peer may send empty chunks without end, and never reach a limit of bytes.
bool AnswerStream::too_many(size_t next_len)
{
    if (terms_.bytes_max == 0) return false;
    if (next_len < kKeptChunkCost) padding_ += kKeptChunkCost - next_len;
    return bytes_ + next_len + padding_ >
           saturating_add(terms_.bytes_max, kSmallChunksFree * kKeptChunkCost);
}

AnswerStream::Step AnswerStream::end()
{
    Bytes payload = reader_.take_payload();
    auto decoded = decode_end(payload, second_);
    if (!decoded.ok()) return failed(undecodable("stream end", decoded.error()));
    answer_code_ = decoded->code.value_or(0);
    if (decoded->success) {
        Step step;
        step.kind = Step::Kind::success;
        return step;
    }
    Error error(Code::stream, Category::stream,
                std::string(decoded->error.value_or("stream ended with failure status")));
    // Later on it can only mean something else: this answer has begun.
    if (chunks_ == 0 && error.text == kNotAuthenticated) return refused(std::move(error));
    return failed(std::move(error));
}

AnswerStream::Step AnswerStream::response()
{
    Bytes payload = reader_.take_payload();
    auto decoded = decode_answer(payload, second_);
    if (!decoded.ok()) return failed(undecodable("synapse response", decoded.error()));
    answer_code_ = decoded->code.value_or(0);
    Error error(Code::stream, Category::stream,
                "server returned SynapseResponse error on streaming path: " +
                    std::string(decoded->error.value_or("no detail")));
    if (chunks_ == 0 && !decoded->success && decoded->error == kNotAuthenticated) {
        return refused(std::move(error));
    }
    return failed(std::move(error));
}

size_t AnswerStream::settle()
{
    if (!fresh_.empty()) {
        backlog_.assign(fresh_.begin(), fresh_.end());
        backlog_at_ = 0;
        fresh_ = {};
    }
    uint64_t keep = received_ - released_;
    // A frame that the credit may not suffice for would otherwise never be complete. Below a quarter
    // of the link's window it always does: the link tells the peer of new credit in portions, and up
    // to three quarters may be untold.
    bool assembling = held_.empty() && reader_.state() == FrameReader::State::need_more;
    if (assembling && reader_.declared_len() + codec::kFrameHeaderLen > link_window_ / 4) keep = 0;
    uint64_t open = received_ - credited_;
    if (open <= keep) return 0;
    credited_ += open - keep;
    return static_cast<size_t>(open - keep);
}

void AnswerStream::taken(size_t bytes)
{
    do {
        if (held_.empty()) return;
        Held& front = held_.front();
        size_t part = std::min(bytes, front.left);
        front.left -= part;
        held_bytes_ -= part;
        bytes -= part;
        if (front.left > 0) return;
        released_ += front.wire;
        held_.pop_front();
    } while (bytes > 0);
}

}  // namespace ltn::transport

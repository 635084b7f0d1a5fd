// The streamed answer of one call as it comes in: frames into chunks, in order, handed up only as
// fast as the consumer takes them. Knows neither link nor clock: it says how many bytes of credit
// the peer may have back, others give them.
#pragma once

#include <deque>
#include <memory>

#include "base/buffer_pool.h"
#include "codec/envelope2.h"
#include "codec/frame.h"
#include "transport/types.h"

namespace ltn::transport {

// A whole answer in the form of either token.
Result<codec::SynapseResponse2> decode_answer(ByteView payload, bool second);

class AnswerStream {
public:
    // `link_window_min`: what the link lets the peer send ahead on any stream.
    AnswerStream(const StreamTerms& terms, uint64_t frame_payload_max, uint64_t link_window_min,
                 std::shared_ptr<BufferPool> buffers);

    // The request goes out, or goes out again on another stream: nothing has arrived yet. `second`:
    // what comes has the form of the second token.
    void restart(bool second);
    // Credit for so many of the bytes that follow was given back already.
    void prepaid(size_t len) { credited_ += len; }

    // `bytes` need to last until settle(); `fin`: nothing follows.
    void offer(ByteView bytes, bool fin);

    struct Step {
        enum class Kind {
            wait,     // for the peer, or for the consumer
            chunk,    // for the consumer
            success,  // the peer ended the stream well
            refused,  // nobody knows us there: the peer wants to be shown who we are
            failed,
        };
        Kind kind = Kind::wait;
        SharedBytes chunk;
        Error error;  // refused, failed
    };
    // After an offer or a taken: until it says wait, or the stream is over.
    Step next();
    // Keeps what the offer left over. Returns the credit that the peer gets back.
    size_t settle();

    // The consumer is done with so many bytes, in the order they came; 0 for an empty chunk.
    void taken(size_t bytes);

    // What the peer may send ahead here: what the consumer wants, as far as the link can.
    uint64_t link_window() const { return link_window_; }
    const StreamTerms& terms() const { return terms_; }
    // The consumer has something left to take: the peer is not to blame for a pause.
    bool holding() const { return !held_.empty(); }
    bool fin() const { return fin_; }
    uint64_t chunks() const { return chunks_; }
    // Of a failure: what the peer adds to its text, 0 for nothing.
    uint64_t answer_code() const { return answer_code_; }
    uint64_t bytes() const { return bytes_; }

private:
    struct Held {
        size_t left = 0;  // of its data, not taken yet
        size_t wire = 0;  // bytes of its frame
    };

    ByteView unread() const;
    void skip(size_t len);
    bool has_room() const;
    Step frame();
    Step chunk();
    bool too_many(size_t next_len);
    Step end();
    Step response();

    StreamTerms terms_;
    uint64_t frame_payload_max_;
    uint64_t link_window_;
    std::shared_ptr<BufferPool> buffers_;

    codec::FrameReader reader_;
    ByteView fresh_;  // the offer's, until settle()
    Bytes backlog_;   // arrived, but the consumer is full; bounded by the credit
    size_t backlog_at_ = 0;
    bool fin_ = false;
    bool second_ = false;

    std::deque<Held> held_;  // handed up, not taken
    uint64_t held_bytes_ = 0;
    uint64_t chunks_ = 0;
    uint64_t bytes_ = 0;
    uint64_t padding_ = 0;  // by which small chunks that are kept cost more than their bytes
    uint64_t answer_code_ = 0;

    // Of the stream, frame headers included.
    uint64_t received_ = 0;
    uint64_t released_ = 0;  // frames that were taken whole
    uint64_t credited_ = 0;
};

}  // namespace ltn::transport

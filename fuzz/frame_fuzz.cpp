// The slice parser and the collecting reader must agree, whatever pieces the bytes come in. The first
// byte of the input chooses the length of the pieces.
#include <algorithm>
#include <cstdlib>

#include "codec/frame.h"

using ltn::Bytes;
using ltn::ByteView;
using namespace ltn::codec;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    if (size == 0) return 0;
    constexpr uint64_t kPayloadMax = 4096;
    const size_t piece_len = size_t{1} + data[0];
    const ByteView input(data + 1, size - 1);

    FrameReader reader(kPayloadMax);
    ByteView rest = input;
    while (!rest.empty() && reader.state() == FrameReader::State::need_more) {
        size_t used = 0;
        const ByteView piece = rest.first(std::min(piece_len, rest.size()));
        reader.feed(piece, &used);
        require(used <= piece.size());
        rest = rest.subspan(used);
    }

    const ltn::Result<FrameView> frame = parse_frame(input, kPayloadMax);
    require(frame.ok() == (reader.state() == FrameReader::State::complete));
    if (frame.ok()) {
        require(reader.type() == frame->type);
        require(std::ranges::equal(reader.take_payload(), frame->payload));
        require(input.size() - rest.size() == kFrameHeaderLen + frame->payload.size());
    } else if (reader.state() == FrameReader::State::failed) {
        require(reader.error().text == frame.error().text);
    } else {
        require(!reader.end_of_stream().ok());
        require(reader.take_payload().capacity() <= std::max<size_t>(1024, 2 * input.size()));
    }
    return 0;
}

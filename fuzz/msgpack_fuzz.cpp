// Whatever the reader accepts, it must read twice the same way: in one step and token by token, and
// what the writer makes of the tokens must read back to the same tokens.
#include <cstdlib>

#include "codec/msgpack.h"
#include "unit/msgpack_spelling.h"

using ltn::Bytes;
using ltn::ByteView;
using ltn::codec::msgpack::Reader;

namespace {

void require(bool condition)
{
    if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const ByteView input(data, size);
    Reader reader(input);
    while (!reader.at_end()) {
        Bytes written;
        const size_t before = reader.offset();
        if (!ltn::test::respell(reader, written)) {
            // Nothing half-read: a refused value leaves the reader where it was, or after tokens
            // of a value that is valid but too deep.
            require(reader.offset() >= before);
            break;
        }
        require(written.size() <= 2 * (reader.offset() - before));
        Bytes again;
        Reader second(written);
        require(ltn::test::respell(second, again) && second.at_end());
        require(again == written);
    }
    (void)ltn::codec::msgpack::find(input, "a");
    return 0;
}

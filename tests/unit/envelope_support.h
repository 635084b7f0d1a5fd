// What the envelope tests share.
#pragma once

#include "codec/envelope.h"
#include "codec/msgpack.h"

namespace ltn::test {

inline bool lies_within(ByteView part, ByteView whole)
{
    return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

inline Bytes packet_with(ByteView data)
{
    Bytes out;
    codec::encode_synapse_packet("t", data, 7, out);
    return out;
}

}  // namespace ltn::test

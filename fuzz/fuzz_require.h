// What the fuzz targets of envelopes demand; a demand that fails ends the run as a crash.
#pragma once

#include <cstdlib>

#include "codec/envelope.h"
#include "unit/msgpack_spelling.h"

namespace ltn::fuzz {

inline void require(bool condition)
{
    if (!condition) std::abort();
}

// A map that a handler is given: normal, so that checking it again changes nothing.
inline void require_normal(ByteView data)
{
    const Result<Bytes> checked = codec::check_data_map(data);
    require(checked.ok() && checked.value().empty());
    require(!test::sorted_map(data).empty());
}

}  // namespace ltn::fuzz

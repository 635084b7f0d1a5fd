// What a request for a streamed answer orders, and what its chunks must then be: any chunk that
// comes can be checked for its place, its length and its content.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace ltn::scenario {

struct StreamOrder {
    uint64_t client = 0;
    uint64_t call = 0;
    uint64_t chunks = 0;
    uint64_t chunk_len_max = 0;
};

// {"c": client, "i": call, "n": chunks, "l": chunk_len_max}
SharedBytes encode_order(const StreamOrder& order);
std::optional<StreamOrder> decode_order(ByteView data);
// Lengths vary from chunk to chunk; some are empty.
Bytes ordered_chunk(const StreamOrder& order, uint64_t index);

// One of the numbers of a request; UINT64_MAX: not there.
uint64_t number_in(ByteView data, std::string_view key);

}  // namespace ltn::scenario

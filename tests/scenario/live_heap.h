// Bytes that the process has allocated and not given back, counted exactly: the C library's own
// figures take what its caches hold for used.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ltn::scenario {

// Always 0 under the sanitizers, which have allocators and leak reports of their own.
int64_t live_heap_bytes();

}  // namespace ltn::scenario

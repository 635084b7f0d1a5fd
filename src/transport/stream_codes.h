// Application error codes on RESET_STREAM and STOP_SENDING. The wire gives them no meaning, except
// that 0 after a whole exchange is routine (1.1); a peer of our kind learns from any other that the
// work is not wanted any more (upstream-R13), and its log learns why.
#pragma once

#include <cstdint>

namespace ltn::transport::stream_code {

inline constexpr uint64_t kDone = 0;       // everything that was wanted has been read
inline constexpr uint64_t kCancelled = 1;  // the caller gave up
inline constexpr uint64_t kDeadline = 2;   // the caller's deadline passed
inline constexpr uint64_t kStalled = 3;    // the request could not be sent in time
inline constexpr uint64_t kSilent = 4;     // the next chunk did not come in time
inline constexpr uint64_t kTooMuch = 5;    // more chunks than the caller wants
inline constexpr uint64_t kUnusable = 6;   // the answer breaks the protocol

}  // namespace ltn::transport::stream_code

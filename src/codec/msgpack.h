// MessagePack: a bounded, iterative reader and a writer. No recursion, no tree, no allocation from a
// declared length. The whole of a value is validated before anything of it is used.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"

namespace ltn::codec::msgpack {

// Every array, map and ext consumes one level; the original accepts 1,023 (1.12), exactly.
inline constexpr unsigned kDepthMax = 1023;

enum class Kind : uint8_t {
    nil,
    boolean,
    unsigned_int,
    negative_int,
    float32,
    float64,
    str,
    bin,
    array,
    map,
    ext,
};
std::string_view kind_name(Kind kind);

// One token. For str, bin and ext `bytes` is the body; for array and map `count` is the number of
// elements or pairs, which follow as tokens of their own.
struct Token {
    Kind kind = Kind::nil;
    bool boolean = false;
    uint64_t u64 = 0;  // unsigned_int
    int64_t i64 = 0;   // negative_int (always below zero)
    float f32 = 0;
    double f64 = 0;
    int8_t ext_type = 0;
    uint32_t count = 0;
    ByteView bytes;
    size_t offset = 0;  // of the marker byte
};

// Reads tokens in order. Every length is checked against the bytes that are left before it is used;
// a count larger than the remaining bytes is refused at once.
class Reader {
public:
    explicit Reader(ByteView bytes) : bytes_(bytes) {}

    Result<Token> next();
    // Reads past one whole value, containers included, without recursion and with `depth_max` levels.
    // Returns the bytes it covered.
    Result<ByteView> skip(unsigned depth_max = kDepthMax);
    size_t offset() const { return offset_; }
    bool at_end() const { return offset_ == bytes_.size(); }
    ByteView rest() const { return bytes_.subspan(offset_); }

private:
    ByteView bytes_;
    size_t offset_ = 0;
};

// Shortest forms throughout (1.11).
class Writer {
public:
    explicit Writer(Bytes& out) : out_(out) {}

    void nil();
    void boolean(bool value);
    void unsigned_int(uint64_t value);
    void signed_int(int64_t value);  // non-negative values as unsigned
    void float32(float value);
    void float64(double value);
    void str(std::string_view value);
    void bin(ByteView value);
    void bin_header(size_t len);  // the body follows from elsewhere
    void array(uint32_t count);
    void map(uint32_t count);
    void ext(int8_t type, ByteView value);
    void raw(ByteView value);  // an already encoded value

private:
    Bytes& out_;
};

// A lazy look into a validated map: finds the value of a str key without building anything. The last
// of a repeated key wins. Returns an empty view when absent.
ByteView find(ByteView map, std::string_view key);

}  // namespace ltn::codec::msgpack

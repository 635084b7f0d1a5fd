// Reads one envelope, positional or by name, and its fields with the liberality of the original's
// decoder (spec 1.12): the shape is the same for all six, only the fields differ.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/status.h"
#include "codec/msgpack_cursor.h"

namespace ltn::codec {

struct EnvelopeField {
    std::string_view name;
    // In the form by name: may be missing, and is nil then.
    bool optional_by_name = false;
    // In the positional form: the array may end before it.
    bool optional_by_position = false;
};

class EnvelopeReader {
public:
    EnvelopeReader(std::string_view envelope, ByteView payload)
        : envelope_(envelope), cursor_(payload)
    {
    }

    // Calls `read_field(index)` once for every field that is there; what follows the envelope in the
    // payload is not looked at.
    template <size_t N, class ReadField>
    bool read(const EnvelopeField (&fields)[N], ReadField&& read_field)
    {
        msgpack::Item head;
        if (!fits_offsets() || !cursor_.read(head)) return false;
        if (head.kind == msgpack::Kind::array) {
            if (head.size != N && !short_form_allowed(fields, N, head.size)) return false;
            for (size_t i = 0; i < head.size; ++i) {
                field_ = fields[i].name;
                if (!read_field(i)) return false;
            }
            return true;
        }
        if (head.kind != msgpack::Kind::map) return unexpected("an array or a map", head);
        uint32_t seen = 0;
        for (uint32_t i = 0; i < head.size; ++i) {
            size_t index = N;
            field_ = {};
            if (!read_name(fields, N, &index)) return false;
            if (index == N) {
                if (!cursor_.skip(msgpack::kDepthMax - 1)) return false;
                continue;
            }
            field_ = fields[index].name;
            if ((seen >> index & 1) != 0) return repeated();
            seen |= uint32_t{1} << index;
            if (!read_field(index)) return false;
        }
        return nothing_missing(fields, N, seen);
    }

    // An array that begins with these fields; elements after them are skipped.
    template <size_t N, class ReadField>
    bool read_leading(const std::string_view (&fields)[N], ReadField&& read_field)
    {
        msgpack::Item head;
        if (!fits_offsets() || !cursor_.read(head)) return false;
        if (head.kind != msgpack::Kind::array) return unexpected("an array", head);
        if (head.size < N) return too_short(N, head.size);
        for (size_t i = 0; i < N; ++i) {
            field_ = fields[i];
            if (!read_field(i)) return false;
        }
        field_ = {};
        for (uint32_t i = N; i < head.size; ++i) {
            if (!cursor_.skip(msgpack::kDepthMax - 1)) return false;
        }
        return true;
    }

    bool read_bool(bool& out);
    bool read_u64(uint64_t& out);
    bool read_optional_u64(std::optional<uint64_t>& out);
    bool read_text(std::string_view& out);
    bool read_text(std::string& out);
    bool read_optional_text(std::optional<std::string_view>& out);
    // A chunk's bytes: bin, str, or an array of integers, which is collected in `collected`.
    bool read_bytes(ByteView& out, Bytes& collected);
    bool read_data(ByteView& out, Bytes& normalised);

    // After a failure.
    Error error() const;

private:
    bool fits_offsets();
    bool read_name(const EnvelopeField* fields, size_t count, size_t* index);
    bool short_form_allowed(const EnvelopeField* fields, size_t count, uint32_t got);
    bool too_short(size_t count, uint32_t got);
    bool nothing_missing(const EnvelopeField* fields, size_t count, uint32_t seen);
    bool text_of(const msgpack::Item& item, std::string_view& out);
    bool repeated();
    bool unexpected(std::string_view expected, const msgpack::Item& got);

    std::string_view envelope_;
    std::string_view field_;
    msgpack::Cursor cursor_;
    std::string problem_;
};

}  // namespace ltn::codec

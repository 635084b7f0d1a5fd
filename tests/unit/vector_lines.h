// Line-based vector files: fields separated by blanks, "#" starts a comment line, "-" is an empty
// field.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "codec/text.h"

namespace ltn::test {

using Fields = std::vector<std::string>;

inline std::vector<Fields> read_vector_lines(const char* name)
{
    const std::string path = std::string(LTN_TEST_DATA) + "/" + name;
    std::FILE* file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        std::fprintf(stderr, "cannot open %s\n", path.c_str());
        std::abort();
    }
    std::vector<Fields> lines;
    Fields fields;
    std::string field;
    bool comment = false;
    auto end_field = [&] {
        if (!field.empty()) fields.push_back(field == "-" ? "" : field);
        field.clear();
    };
    for (int c = std::fgetc(file); c != EOF; c = std::fgetc(file)) {
        if (c == '\n') {
            end_field();
            if (!comment && !fields.empty()) lines.push_back(fields);
            fields.clear();
            comment = false;
        } else if (c == '#' && fields.empty() && field.empty()) {
            comment = true;
        } else if (c == ' ') {
            end_field();
        } else {
            field.push_back(static_cast<char>(c));
        }
    }
    std::fclose(file);
    return lines;
}

// All fields from `first` on, with single blanks.
inline std::string join_fields(const Fields& fields, size_t first)
{
    std::string text;
    for (size_t i = first; i < fields.size(); ++i) text += (i == first ? "" : " ") + fields[i];
    return text;
}

inline Bytes unhex(const std::string& text)
{
    std::optional<Bytes> bytes = codec::hex_decode(text);
    if (!bytes) {
        std::fprintf(stderr, "not hexadecimal: %s\n", text.c_str());
        std::abort();
    }
    return *bytes;
}

template <size_t N>
std::array<uint8_t, N> unhex_array(const std::string& text)
{
    std::array<uint8_t, N> out{};
    if (!codec::hex_decode_into(text, out)) {
        std::fprintf(stderr, "not %zu bytes of hexadecimal: %s\n", N, text.c_str());
        std::abort();
    }
    return out;
}

}  // namespace ltn::test

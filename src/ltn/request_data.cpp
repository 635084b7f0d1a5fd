#include "request_data.h"

#include <cstdio>

#include "failure.h"
#include "json_msgpack.h"
#include "msgpack.h"

namespace ltn_program {

namespace {

std::string read_file(const Options& options)
{
    const std::string& path = *options.data_file;
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        throw Failure(kExitLocal, options.name, "io", "--data-file: cannot open " + path);
    }
    std::string text;
    char part[65'536];
    size_t got = 0;
    while ((got = std::fread(part, 1, sizeof part, file)) > 0) text.append(part, got);
    const bool failed = std::ferror(file) != 0;
    if (file != stdin) std::fclose(file);
    if (failed) throw Failure(kExitLocal, options.name, "io", "--data-file: cannot read " + path);
    return text;
}

}  // namespace

std::string request_data(const Options& options)
{
    if (options.payload) return payload_map(static_cast<size_t>(*options.payload));
    if (!options.data && !options.data_file) return {};
    try {
        return msgpack_from_json_text(options.data ? *options.data : read_file(options));
    } catch (const BadJson& bad) {
        throw usage(options.name,
                    std::string(options.data ? "--data: " : "--data-file: ") + bad.what());
    }
}

}  // namespace ltn_program

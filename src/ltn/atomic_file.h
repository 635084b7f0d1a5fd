// Files that others read while we write: they see the old content or the new one, never a part.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

namespace ltn_program {

// Empty on success, otherwise what went wrong. The new content is on the disk before it takes the name.
std::string replace_file(const std::string& path, const std::string& content, mode_t mode);

// Nothing when there is no such file. Throws std::runtime_error for one that cannot be read or is
// longer than `len_max`.
std::optional<std::string> read_file(const std::string& path, size_t len_max);

}  // namespace ltn_program

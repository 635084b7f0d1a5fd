// Small files that hold secrets: read whole into secret memory, written whole or not at all.
#pragma once

#include <sys/stat.h>

#include <string>

#include "base/bytes.h"
#include "base/status.h"
#include "crypto/secret.h"

namespace ltn::wallet {

struct FileContent {
    crypto::SecretBytes bytes;
    unsigned mode = 0;  // permission bits
};

// A regular file of at most `len_max` bytes. `what` ("key file") and the path begin the error.
Result<FileContent> read_regular_file(const std::string& path, const char* what, size_t len_max);

enum class IfExists { refuse, replace };

// Mode 0600. Others see the old content or the new one, never a part.
Error write_private_file(const std::string& path, const char* what, ByteView content,
                         IfExists if_exists);

// Makes the folders above `path` that are missing, mode 0700.
Error make_folders_for(const std::string& path);

bool file_exists(const std::string& path);

}  // namespace ltn::wallet

#include "io/uv_version.h"

#include <uv.h>

namespace ltn::io {

const char* uv_version_text()
{
    return uv_version_string();
}

}  // namespace ltn::io

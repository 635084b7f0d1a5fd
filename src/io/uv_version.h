#pragma once

namespace ltn::io {

// Version of the libuv inside.
const char* uv_version_text();

}  // namespace ltn::io

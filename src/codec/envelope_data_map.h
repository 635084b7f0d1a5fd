// The `data` map of a request or answer: validated where it lies, rewritten only if it must be.
//
// What a handler is given is what the original's handler would see. Three things differ between the
// bytes of a peer and that view, and each makes a rewritten copy: a top-level key as bin becomes str,
// of a repeated top-level key only the last pair stays, and a str that is not UTF-8 (at any depth,
// key or value) becomes bin. The last is not only fidelity: whoever takes a str from a map that
// passed here may hand it to a language whose strings must be UTF-8, unchecked.
#pragma once

#include <string>

#include "base/bytes.h"
#include "codec/msgpack_cursor.h"

namespace ltn::codec {

// The envelope is the first level, the map itself the second.
inline constexpr unsigned kDataValueDepthMax = msgpack::kDepthMax - 2;

// Reads the map under the cursor. `view` covers its bytes, or those of `normalised`. False: the
// reason is in `problem`, or, if that is empty, in the cursor's fault.
bool read_data_map(msgpack::Cursor& cursor, ByteView& view, Bytes& normalised,
                   std::string& problem);

}  // namespace ltn::codec

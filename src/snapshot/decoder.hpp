// Decodes a Snapshot from bytes.
//
// Accepts the files of all PyTorch versions since 1.13: the dict of `_snapshot()`, the same as a value of a
// user's dict, and a bare list of segments. Throws InputError, with the byte offset where there is one, for
// damaged or hostile files and for other contents. Memory: about 31 bytes an event while decoding, 16
// afterwards.
#pragma once

#include <cstdint>

#include "snapshot/model.hpp"
#include "support/bytes.hpp"

namespace snapq::snapshot {

struct DecodeFacts {
    std::uint8_t protocol = 0;  // pickle only
    std::uint64_t bytes = 0;    // length of the pickle or JSON text
};

// `facts` may be null. One thread; different sources may be decoded concurrently.
[[nodiscard]] Snapshot decode_pickle(ByteSource& source, DecodeFacts* facts = nullptr);

// The same from JSON text, also with what Python's json module adds: NaN, lone surrogates and integers of any
// size. Takes 16 MiB of memory more, however long the lines are.
[[nodiscard]] Snapshot decode_json(ByteSource& source, DecodeFacts* facts = nullptr);

}  // namespace snapq::snapshot

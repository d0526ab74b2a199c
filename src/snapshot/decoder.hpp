// From bytes to a Snapshot.
//
// Accepts what any PyTorch since 1.13 has written and what users made of it: the dict of `_snapshot()`, the
// same nested one level down in a dict of theirs, a bare list of segments. Throws InputError, with the byte
// offset where there is one, for what is damaged, hostile or something else. Memory: about 31 bytes an event
// while decoding, 16 afterwards.
#pragma once

#include <cstdint>

#include "snapshot/model.hpp"
#include "support/bytes.hpp"

namespace snapq::snapshot {

struct DecodeFacts {
    std::uint8_t protocol = 0;  // pickle only
    std::uint64_t bytes = 0;    // of the payload, up to its end
};

// `facts` may be null. One thread; different sources may be decoded concurrently.
[[nodiscard]] Snapshot decode_pickle(ByteSource& source, DecodeFacts* facts = nullptr);

// The same from JSON text, as Python's json module writes it (NaN, lone surrogates and integers of any size
// included). Identity is lost in JSON, so the file is larger; memory is the same and 16 MiB, however long its
// lines are.
[[nodiscard]] Snapshot decode_json(ByteSource& source, DecodeFacts* facts = nullptr);

}  // namespace snapq::snapshot

// Unpacks a zip entry from its first byte to its last, for entries that have no seek points.
#pragma once

#include <memory>

#include "io/random_access.hpp"
#include "support/bytes.hpp"
#include "zip/reader.hpp"

namespace snapq::zip {

// Store, deflate and zstd (any number of frames). Throws InputError for other methods, and while reading for
// damaged bytes, for more bytes than announced (as soon as they appear), for fewer, and for a checksum that
// differs.
[[nodiscard]] std::unique_ptr<ByteSource> open_entry_stream(std::shared_ptr<const io::FileBytes> file,
                                                            const DirectoryEntry& entry);

}  // namespace snapq::zip

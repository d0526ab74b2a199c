// Finds the pickle of a torch.save archive through the central directory: regular files only.
#pragma once

#include <cstdint>
#include <memory>

#include "io/error_context.hpp"
#include "io/expansion_guard.hpp"
#include "io/file_source.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

struct ZipPickle {
    std::unique_ptr<ByteSource> bytes;  // unpacked; the CRC is checked at its end
    std::uint64_t data_offset = 0;      // of the member's data in the file
    bool is_stored = false;
};

// Every offset and size is checked against the file's size. Throws InputError when the archive is damaged,
// truncated or holds no data.pkl.
ZipPickle open_torch_pickle(const std::shared_ptr<const io::FileSource>& file, const io::ErrorContext& origin,
                            const io::ExpansionGuard& guard);

}  // namespace snapq::input

// The pickle in a file that torch.save wrote: a zip file with `NAME/data.pkl`.
#pragma once

#include <cstdint>
#include <memory>

#include "io/file_source.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"
#include "support/error.hpp"

namespace snapq::input {

// Thrown when the zip file is an archive already, which needs no conversion.
class ArchiveError : public InputError {
public:
    using InputError::InputError;
};

struct TorchPickle {
    std::unique_ptr<ByteSource> bytes;  // unpacked; size and checksum are checked at its end
    std::uint64_t data_offset = 0;      // offset of the data in the file
    bool is_stored = false;
};

// Opens the pickle of a regular file through the directory of the zip file. Both functions throw InputError
// when the zip file is damaged or truncated, or contains no data.pkl.
TorchPickle open_torch_pickle(const std::shared_ptr<const io::FileSource>& file,
                              const io::ErrorContext& context, const io::ExpansionGuard& guard);

// Opens the pickle of a stream that cannot seek (a pipe, or a zip file inside gzip). torch.save writes the
// pickle first, so few bytes precede it.
std::unique_ptr<ByteSource> open_streamed_torch_pickle(std::unique_ptr<io::Window> zip,
                                                       const io::ErrorContext& context,
                                                       const io::ExpansionGuard& guard);

}  // namespace snapq::input

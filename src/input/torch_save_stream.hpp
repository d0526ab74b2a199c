// Finds the pickle of a torch.save archive in a stream that cannot seek (a pipe, or an archive inside gzip),
// member by member through the local headers. torch.save writes the pickle first, so nothing is read in vain.
#pragma once

#include <memory>

#include "io/error_context.hpp"
#include "io/expansion_guard.hpp"
#include "io/window.hpp"
#include "support/bytes.hpp"

namespace snapq::input {

// Throws InputError when the archive is damaged, ends, or holds no data.pkl.
std::unique_ptr<ByteSource> open_streamed_torch_pickle(std::unique_ptr<io::Window> archive,
                                                       const io::ErrorContext& origin,
                                                       const io::ExpansionGuard& guard);

}  // namespace snapq::input

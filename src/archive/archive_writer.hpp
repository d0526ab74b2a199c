// Puts an archive together from the chunks of its entries, and writes the manifest behind them.
//
//     const std::array plan{EntryPlan{"allocations.json", 0, elements, &timeline_chunks},
//                           EntryPlan{"elements.db", {}, {}, &database_chunks}};
//     manifest = write_zip_archive(output.fd(), Compression::deflate, manifest, plan);
//     output.commit();
//
// Chunks are pulled one at a time, entry after entry, in the thread that calls; sources may work ahead in
// theirs. A chunk is held until its bytes are handed on, so memory does not grow with the archive but for 24
// bytes a chunk.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "archive/manifest.hpp"
#include "io/output_directory.hpp"
#include "zip/chunk.hpp"

namespace snapq::archive {

struct EntryPlan {
    std::string name;
    std::optional<std::int64_t> device;     // of a timeline
    std::optional<std::uint64_t> elements;  // of a timeline
    zip::ChunkSource* chunks = nullptr;     // without the end of a stream (end_of_entry): the writer adds it
    // Layout of a directory only: the file stands there complete; the chunks are what it was found to hold.
    bool is_written = false;
};

// A zip file written to `fd`: empty, seekable, named or not. All chunks are of `method`. `manifest` comes
// back with its entries filled in. Rethrows what a source throws; throws SystemError when writing fails.
[[nodiscard]] Manifest write_zip_archive(int fd, zip::Compression method, Manifest manifest,
                                         std::span<const EntryPlan> plan);

// The same as plain files of a directory; all chunks are of Compression::store. The caller commits.
[[nodiscard]] Manifest write_directory_archive(io::OutputDirectory& directory, Manifest manifest,
                                               std::span<const EntryPlan> plan);

}  // namespace snapq::archive

// Writes an archive from the chunks of its entries, with the manifest at the end.
//
//     const std::array plan{EntryPlan{"allocations.json", 0, elements, &timeline_chunks},
//                           EntryPlan{"elements.db", {}, {}, &database_chunks}};
//     manifest = write_zip_archive(output.fd(), Compression::deflate, manifest, plan);
//     output.commit();
//
// The calling thread takes one chunk after the other from the sources, entry by entry; a source may have
// threads of its own that work ahead. Holds one chunk in memory, and 24 bytes for each chunk that is written.
#pragma once

#include <cstdint>
#include <functional>
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
    zip::ChunkSource* chunks = nullptr;     // not owned; the writer adds end_of_entry after them
    // For a directory only: the file exists and is complete, and the chunks were read from it.
    bool is_written = false;
};

// Adds to the manifest what is known only after all other entries have been written. May be empty.
using CompleteManifest = std::function<void(Manifest&)>;

// Writes a zip file to `fd`, which is empty and seekable. All chunks are compressed with `method`. Returns
// `manifest` with its entries filled in. Rethrows exceptions of the sources; throws SystemError when writing
// fails.
[[nodiscard]] Manifest write_zip_archive(int fd, zip::Compression method, Manifest manifest,
                                         std::span<const EntryPlan> plan,
                                         const CompleteManifest& complete = {});

// Which directories `convert --layout dir --force` may replace: those with a manifest and nothing but
// entries.
[[nodiscard]] io::OwnDirectory archive_directory();

// Writes the entries as files of a directory; all chunks are stored, not compressed. The caller commits the
// directory.
[[nodiscard]] Manifest write_directory_archive(io::OutputDirectory& directory, Manifest manifest,
                                               std::span<const EntryPlan> plan,
                                               const CompleteManifest& complete = {});

}  // namespace snapq::archive

// Writes elements.db, the SQLite database of an archive, from a decoded and replayed snapshot.
// docs/archive-format.md describes its tables.
//
//     const io::TempFile file(directory);
//     build_database(file.fd(), {snapshot, manifest, devices, phases, classify, content_hash});
//
// One thread. Takes about 10 MiB of memory for a database of any size, because rows go from the columns of
// the snapshot to pages, and pages to the file. Equal contents give equal bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "archive/manifest.hpp"
#include "frames/phase.hpp"
#include "frames/stack_class.hpp"
#include "snapshot/model.hpp"
#include "timeline/replay/replay.hpp"
#include "timeline/stacked/stacked_timeline.hpp"
#include "timeline/tables/rows.hpp"
#include "zip/chunk.hpp"

namespace snapq::archive {

// What the database stores of one device. The pointers are not owned, and their objects must outlive the
// call.
struct DeviceContents {
    const timeline::Replay* replay = nullptr;
    const timeline::DeviceTables* tables = nullptr;
    const timeline::StackedTimeline* stacked_timeline = nullptr;  // the steps of the elements
};

struct DatabaseContents {
    const snapshot::Snapshot& snapshot;
    const Manifest& manifest;                 // for tables meta and anomalies; its entries are not used
    std::span<const DeviceContents> devices;  // ascending
    const frames::StackPhases& phases;        // of the stacks of the snapshot
    // Called once for each stack of the snapshot and for each OOM. It may cut a text of more than `longest`
    // bytes to its first `longest` + 1 bytes.
    std::function<frames::StackClass(snapshot::StackId, std::size_t longest)> classify;
    std::function<std::int64_t(snapshot::StackId)> content_hash;
};

// Writes to `fd`, an empty file that is open for reading and writing. Returns how many texts were cut, see
// archive/sqlite/bulk_inserter.hpp; table anomalies counts them, the manifest does not. Throws SystemError
// when the disk is full or fails; the file must then be discarded. Exceptions of the callbacks pass through.
std::int64_t build_database(int fd, const DatabaseContents& contents);

// Adds `count` to the anomaly cut_text of the whole file.
void add_cut_texts(std::vector<AnomalyRecord>& anomalies, std::int64_t count);

// The anomalies for the manifest: first those of the file, then those of its devices.
[[nodiscard]] std::vector<AnomalyRecord> anomaly_records(const snapshot::Snapshot& snapshot,
                                                         std::span<const timeline::Replay* const> devices);

// ---- the complete database file, read as the raw chunks of its entry ----

// Bytes of a raw chunk, four pages; the last chunk may be shorter. Measured: chunks of 64 KiB compress as
// well as chunks of 512 KiB (ratio 3.2 with deflate, 3.5 with zstd). The first look-up in an archive touches
// seven pages in different chunks and unpacks each in 0.06 ms instead of 0.5 ms. Smaller chunks save little
// time and make the manifest longer.
inline constexpr std::uint64_t k_database_chunk = std::uint64_t{64} << 10;

// Several threads may read chunks at once, in any order. The file must not change while it is read. The
// caller owns `fd`.
class DatabaseChunks {
public:
    explicit DatabaseChunks(int fd);

    [[nodiscard]] std::uint64_t size() const { return m_size; }  // bytes of the database
    [[nodiscard]] std::uint64_t count() const { return (m_size + k_database_chunk - 1) / k_database_chunk; }

    // Replaces `into` by chunk `number`, which is below count(). Throws SystemError when reading fails.
    void read(std::uint64_t number, std::string& into) const;

private:
    int m_fd;
    std::uint64_t m_size;
};

// Compresses these chunks one after the other, in a single thread.
class SerialDatabaseChunks : public zip::ChunkSource {
public:
    SerialDatabaseChunks(int fd, ChunkCompressor compressor);

    std::optional<zip::Chunk> next() override;

private:
    DatabaseChunks m_chunks;
    ChunkCompressor m_compressor;
    std::uint64_t m_next = 0;
    std::string m_raw;
};

}  // namespace snapq::archive

#include "archive/archive_writer.hpp"

#include <zlib.h>

#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "archive/chunks/chunk_codec.hpp"
#include "io/file_descriptor.hpp"
#include "zip/writer.hpp"

namespace snapq::archive {
namespace {

// Passes chunks on, records their sizes and checksums, and adds the end of the stream after the last one.
class RecordedChunks : public zip::ChunkSource {
public:
    RecordedChunks(zip::ChunkSource& chunks, ManifestEntry& record) : m_chunks(&chunks), m_record(&record) {}

    std::optional<zip::Chunk> next() override {
        if (m_ended) return std::nullopt;
        std::optional<zip::Chunk> chunk = m_chunks->next();
        if (!chunk) {
            m_ended = true;
            chunk = end_of_entry(m_record->method);
            if (chunk->bytes.empty()) return std::nullopt;
        }
        record(*chunk);
        return chunk;
    }

private:
    void record(const zip::Chunk& chunk) {
        ManifestEntry& entry = *m_record;
        entry.chunks.push_back({chunk.bytes.size(), chunk.raw_size, chunk.crc32});
        entry.size += chunk.raw_size;
        entry.compressed_size += chunk.bytes.size();
        entry.crc32 = static_cast<std::uint32_t>(
            crc32_combine(entry.crc32, chunk.crc32, static_cast<z_off_t>(chunk.raw_size)));
    }

    zip::ChunkSource* m_chunks;
    ManifestEntry* m_record;
    bool m_ended = false;
};

// The text of the manifest. It is made for the first chunk, when all other entries have been written and
// recorded.
class ManifestChunks : public zip::ChunkSource {
public:
    ManifestChunks(Manifest& manifest, const CompleteManifest& complete, zip::Compression method)
        : m_manifest(&manifest), m_complete(complete), m_compressor(method) {}

    std::optional<zip::Chunk> next() override {
        if (m_text.empty()) {
            if (m_complete) m_complete(*m_manifest);
            m_text = manifest_text(*m_manifest);
        }
        const std::string_view part = std::string_view(m_text).substr(m_position, k_chunk);
        m_position += part.size();
        if (!part.empty()) return m_compressor.compress(part);
        if (std::exchange(m_ended, true)) return std::nullopt;
        return m_compressor.finish();
    }

private:
    static constexpr std::size_t k_chunk = std::size_t{256} << 10;

    Manifest* m_manifest;
    const CompleteManifest& m_complete;
    ChunkCompressor m_compressor;
    std::string m_text;
    std::size_t m_position = 0;
    bool m_ended = false;
};

std::vector<ManifestEntry> records_of(std::span<const EntryPlan> plan, zip::Compression method) {
    std::vector<ManifestEntry> records;
    for (const EntryPlan& entry : plan) {
        ManifestEntry& record = records.emplace_back();
        record.name = entry.name;
        record.device = entry.device;
        record.elements = entry.elements;
        record.method = method;
    }
    return records;
}

bool is_manifest(std::string_view text) {
    try {
        static_cast<void>(parse_manifest(text));
        return true;
    } catch (const InputError&) {
        return false;
    }
}

void write_file(io::OutputDirectory& directory, const std::string& name, zip::ChunkSource& chunks) {
    const io::Fd file = directory.create(name);
    const std::string shown = directory.display_path(name);
    while (const std::optional<zip::Chunk> chunk = chunks.next())
        io::write_fully(file.get(), chunk->bytes, shown);
}

}  // namespace

Manifest write_zip_archive(int fd, zip::Compression method, Manifest manifest,
                           std::span<const EntryPlan> plan, const CompleteManifest& complete) {
    manifest.entries = records_of(plan, method);
    std::deque<RecordedChunks> recorded;  // does not move its elements, to which the zip writer refers
    zip::ZipWriter writer(fd);
    for (std::size_t i = 0; i < plan.size(); ++i) {
        RecordedChunks& chunks = recorded.emplace_back(*plan[i].chunks, manifest.entries[i]);
        writer.add_entry(plan[i].name, method, chunks);
    }
    ManifestChunks last(manifest, complete, method);
    writer.add_entry(std::string(Manifest::k_entry_name), method, last);
    writer.finish();
    return manifest;
}

io::OwnDirectory archive_directory() {
    return {is_entry_name, std::string(Manifest::k_entry_name), is_manifest, k_largest_manifest};
}

Manifest write_directory_archive(io::OutputDirectory& directory, Manifest manifest,
                                 std::span<const EntryPlan> plan, const CompleteManifest& complete) {
    manifest.entries = records_of(plan, zip::Compression::store);
    for (std::size_t i = 0; i < plan.size(); ++i) {
        RecordedChunks chunks(*plan[i].chunks, manifest.entries[i]);
        if (plan[i].is_written) {
            while (chunks.next()) continue;
        } else {
            write_file(directory, plan[i].name, chunks);
        }
    }
    ManifestChunks last(manifest, complete, zip::Compression::store);
    write_file(directory, std::string(Manifest::k_entry_name), last);
    return manifest;
}

}  // namespace snapq::archive

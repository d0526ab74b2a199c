// Small archives with everything that a reader checks, and options that make them invalid.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "archive/archive_reader.hpp"
#include "archive/chunks/chunk_codec.hpp"
#include "archive/manifest.hpp"
#include "support/scratch_folder.hpp"
#include "support/zip_bytes.hpp"

namespace snapq::tests {

// The bytes of the database that the statements create.
inline std::string database_bytes(const std::string& sql) {
    const ScratchFolder folder;
    sqlite3* database = nullptr;
    sqlite3_open((folder / "x.db").c_str(), &database);
    sqlite3_exec(database, "PRAGMA synchronous=OFF", nullptr, nullptr, nullptr);
    char* message = nullptr;
    const int code = sqlite3_exec(database, sql.c_str(), nullptr, nullptr, &message);
    const std::string failure = message == nullptr ? "" : message;
    sqlite3_free(message);
    sqlite3_close(database);
    if (code != SQLITE_OK) throw std::runtime_error(failure);
    return read_file(folder / "x.db");
}

// An archive in the form of a folder, with the database that the statements create.
class SqlArchive {
public:
    explicit SqlArchive(const std::string& sql) : m_reader(opened(sql)) {}

    [[nodiscard]] const archive::ArchiveReader& reader() const { return m_reader; }
    [[nodiscard]] archive::Database open_database() const { return m_reader.open_database(); }

private:
    [[nodiscard]] archive::ArchiveReader opened(const std::string& sql) const {
        write_file(m_folder / "elements.db", database_bytes(sql));
        return archive::open_archive(m_folder.path());
    }

    ScratchFolder m_folder;
    archive::ArchiveReader m_reader;
};

// Two devices and the tables that a reader queries. It belongs to the timelines below.
inline const std::string k_fixture_sql = R"(
    PRAGMA page_size=1024;
    CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO meta VALUES('format_version', 1), ('viewer_device', 0), ('preexisting', 'all');
    CREATE TABLE devices(device INTEGER PRIMARY KEY, allocation_count INTEGER NOT NULL);
    INSERT INTO devices VALUES(0, 3), (1, 1);
    CREATE TABLE stacks(stack_id INTEGER PRIMARY KEY, callstack TEXT NOT NULL);
    INSERT INTO stacks VALUES(0, '(0) a.py:1:f'), (1, '(0) b.py:2:g');
    CREATE TABLE allocations(device INTEGER NOT NULL, idx INTEGER NOT NULL, size INTEGER NOT NULL,
      start_timestep INTEGER NOT NULL, end_timestep INTEGER NOT NULL, stack_id INTEGER,
      PRIMARY KEY(device, idx)) WITHOUT ROWID;
    INSERT INTO allocations VALUES(0, 0, 512, 0, 6, 0), (0, 1, 1024, 0, 7, 1), (0, 2, 2048, 1, 7, NULL),
      (1, 0, 4096, 0, 1, 0);
    CREATE VIEW allocs AS SELECT idx, size, start_timestep AS start_time, end_timestep AS end_time,
      coalesce((SELECT callstack FROM stacks WHERE stacks.stack_id = allocations.stack_id), '') AS callstack
      FROM allocations WHERE device = (SELECT value FROM meta WHERE key = 'viewer_device');
)";

inline const std::string k_timeline_0 =
    "[{\"timesteps\":[0,6],\"offsets\":[0,0],\"size\":512},\n"
    "{\"timesteps\":[0,3,6,7],\"offsets\":[512,512,0,0],\"size\":1024},\n"
    "{\"timesteps\":[1,3,6,7],\"offsets\":[1536,1536,1024,1024],\"size\":2048}]\n";
inline const std::string k_timeline_1 = "[{\"timesteps\":[0,1],\"offsets\":[0,0],\"size\":4096}]\n";

struct ArchiveFixture {
    zip::Compression method = zip::Compression::deflate;
    std::size_t chunk_size = 1024;
    std::string database = database_bytes(k_fixture_sql);
    std::string timeline_0 = k_timeline_0;
    std::string timeline_1 = k_timeline_1;
    archive::Manifest manifest = described();
    std::string manifest_bytes;  // used instead of the manifest's own text, unless empty

    static archive::Manifest described() {
        archive::Manifest manifest;
        manifest.snapq_version = "0.1.0";
        manifest.source_name = "run.pickle";
        manifest.source_kind = "pickle";
        manifest.devices = {0, 1};
        return manifest;
    }

    // Makes the member of an entry, and adds the entry to the manifest.
    ZipMember packed(const std::string& name, const std::string& bytes) {
        archive::ManifestEntry record;
        record.name = name;
        record.method = method;
        record.size = bytes.size();
        record.crc32 = crc_of(bytes);
        ZipMember member = stored(name, "");
        archive::ChunkCompressor compressor(method);
        const auto add = [&](const zip::Chunk& chunk) {
            record.chunks.push_back({chunk.bytes.size(), chunk.raw_size, chunk.crc32});
            member.packed += chunk.bytes;
        };
        for (std::size_t at = 0; at < bytes.size(); at += chunk_size) {
            add(compressor.compress(std::string_view(bytes).substr(at, chunk_size)));
        }
        add(compressor.finish());
        record.compressed_size = member.compressed_size = member.packed.size();
        member.method = static_cast<std::uint16_t>(method == zip::Compression::store     ? 0
                                                   : method == zip::Compression::deflate ? 8
                                                                                         : 93);
        member.size = record.size;
        member.crc32 = record.crc32;
        manifest.entries.push_back(std::move(record));
        return member;
    }

    [[nodiscard]] std::string zip() {
        std::vector<ZipMember> members{packed("allocations.json", timeline_0),
                                       packed("elements.db", database),
                                       packed("allocations.device1.json", timeline_1)};
        manifest.entries[0].device = 0;
        manifest.entries[2].device = 1;
        const std::string text = manifest_bytes.empty() ? archive::manifest_text(manifest) : manifest_bytes;
        members.push_back(deflated("manifest.json", text));
        return zip_bytes(members);
    }
};

// The output of SnapViewer's converter: one table, and one JSON array on one line. Each file is deflated as a
// single stream.
inline const std::string k_snapviewer_sql = R"(
    CREATE TABLE allocs(idx INTEGER PRIMARY KEY, size INTEGER, start_time INTEGER, end_time INTEGER, callstack TEXT);
    INSERT INTO allocs VALUES(0, 512, 0, 6, 'f'), (1, 1024, 0, 7, 'g'), (2, 2048, 1, 7, 'h');
)";
inline const std::string k_snapviewer_timeline =
    "[{\"timesteps\": [0, 6], \"offsets\": [0, 0], \"size\": 512}, "
    "{\"timesteps\": [0, 3, 6, 7], \"offsets\": [512, 512, 0, 0], \"size\": 1024}, "
    "{\"timesteps\": [1, 3, 6, 7], \"offsets\": [1536, 1536, 1024, 1024], \"size\": 2048}]";

inline std::string snapviewer_zip() {
    return zip_bytes({deflated("allocations.json", k_snapviewer_timeline),
                      deflated("elements.db", database_bytes(k_snapviewer_sql))});
}

inline std::string text_of(ByteSource& source) {
    std::string text;
    std::string buffer(1000, '\0');
    while (const std::size_t count = source.read(buffer)) text += buffer.substr(0, count);
    return text;
}

}  // namespace snapq::tests

#include "archive/archive_writer.hpp"

#include <filesystem>

#include "archive/database_builder.hpp"
#include "io/output_directory.hpp"
#include "support/archive_files.hpp"
#include "support/database_scene.hpp"
#include "support/error.hpp"
#include "support/skip.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::archive::tests;

namespace {

const std::string k_timeline = "[{\"timesteps\":[0,5],\"offsets\":[0,0],\"size\":512}]\n";

Manifest write_sample(int fd, zip::Compression method) {
    const UnnamedFile database;
    Scene().build(database.fd());
    TextChunks timeline(method, {k_timeline.substr(0, 10), k_timeline.substr(10)});
    SerialDatabaseChunks pages(database.fd(), ChunkCompressor(method, {}, Content::pages));
    const std::array plan{EntryPlan{"allocations.json", 0, 1, &timeline, false},
                          EntryPlan{"elements.db", {}, {}, &pages, false}};
    Manifest manifest;
    manifest.snapq_version = "0.1.0";
    manifest.devices = {0};
    return write_zip_archive(fd, method, manifest, plan);
}

class FailingChunks : public zip::ChunkSource {
public:
    std::optional<zip::Chunk> next() override { throw InputError("broken pickle", 17); }
};

}  // namespace

TEST_CASE("the manifest lists the entries, with chunks that add up") {
    for (const zip::Compression method :
         {zip::Compression::store, zip::Compression::deflate, zip::Compression::zstd}) {
        const UnnamedFile file;
        const Manifest manifest = write_sample(file.fd(), method);
        INFO(name_of(method));
        REQUIRE(manifest.entries.size() == 2);
        const ManifestEntry& timeline = manifest.entries[0];
        CHECK(timeline.name == "allocations.json");
        CHECK(timeline.device == 0);
        CHECK(timeline.elements == 1);
        CHECK(timeline.method == method);
        CHECK(timeline.size == k_timeline.size());
        CHECK(timeline.crc32 == crc32_of(k_timeline));
        CHECK(timeline.chunks.size() == (method == zip::Compression::deflate ? 3 : 2));
        // The parser checks that chunks add up to their entries.
        CHECK(parse_manifest(manifest_text(manifest)) == manifest);
    }
}

TEST_CASE("unzip and Python read the archive") {
    if (!have_program("unzip") || !have_program("python3"))
        return snapq::tests::skip_test("unzip or python3 is not installed");
    const ScratchFolder folder;
    const std::string named = folder / "a.zip";
    const UnnamedFile file;
    const Manifest manifest = write_sample(file.fd(), zip::Compression::deflate);
    std::filesystem::copy_file(file.path(), named);
    CHECK_THAT(run_program("unzip -t " + named).output, Catch::Contains("No errors detected"));
    REQUIRE(run_program("unzip -q " + named + " -d " + folder.path()).status == 0);
    CHECK(read_file(folder / "allocations.json") == k_timeline);
    CHECK(parse_manifest(read_file(folder / "manifest.json")) == manifest);
    const std::string script =
        "import json,sqlite3,sys,zipfile; z = zipfile.ZipFile(sys.argv[1]); print([i.filename for i in "
        "z.infolist()]); "
        "print(json.loads(z.read('manifest.json'))['entries'][1]['size'] == len(z.read('elements.db'))); "
        "print(sqlite3.connect(sys.argv[2]).execute('SELECT count(*) FROM events').fetchall())";
    const ProgramResult result =
        run_program("python3 -c \"" + script + "\" " + named + " " + folder / "elements.db");
    CHECK(result.output == "['allocations.json', 'elements.db', 'manifest.json']\nTrue\n[(12,)]\n");
}

TEST_CASE("equal input gives equal archives") {
    const UnnamedFile one;
    const UnnamedFile two;
    (void)write_sample(one.fd(), zip::Compression::deflate);
    (void)write_sample(two.fd(), zip::Compression::deflate);
    CHECK(one.content() == two.content());
}

TEST_CASE("the exception of a source is passed on") {
    const UnnamedFile file;
    FailingChunks broken;
    const std::array plan{EntryPlan{"allocations.json", 0, 1, &broken, false}};
    CHECK_THROWS_AS(write_zip_archive(file.fd(), zip::Compression::zstd, {}, plan), InputError);
}

TEST_CASE("a directory archive has the same content as files") {
    const ScratchFolder parent;
    const std::string target = parent / "out";
    const UnnamedFile database;
    Scene().build(database.fd());
    Manifest manifest;
    {
        io::OutputDirectory directory(target, false, archive_directory());
        const io::Fd in_place = directory.create("elements.db");
        Scene().build(in_place.get());
        TextChunks timeline(zip::Compression::store, {k_timeline});
        SerialDatabaseChunks pages(in_place.get(), ChunkCompressor(zip::Compression::store));
        const std::array plan{EntryPlan{"allocations.json", 0, 1, &timeline, false},
                              EntryPlan{"elements.db", {}, {}, &pages, true}};
        manifest = write_directory_archive(directory, {}, plan);
        directory.commit();
    }
    CHECK(read_file(target + "/allocations.json") == k_timeline);
    CHECK(read_file(target + "/elements.db") == database.content());
    CHECK(parse_manifest(read_file(target + "/manifest.json")) == manifest);
    REQUIRE(manifest.entry("elements.db") != nullptr);
    CHECK(manifest.entry("elements.db")->crc32 == crc32_of(database.content()));
    CHECK(manifest.entry("elements.db")->method == zip::Compression::store);
}

TEST_CASE("entries above 4 GiB are written with the correct sizes") {
    // Repeats one chunk of zeros: 5 GiB of raw bytes are 5 MB of deflate.
    class ManyZeros : public zip::ChunkSource {
    public:
        std::optional<zip::Chunk> next() override {
            if (m_left-- == 0) return std::nullopt;
            return m_chunk;
        }

    private:
        zip::Chunk m_chunk =
            ChunkCompressor(zip::Compression::deflate).compress(std::string(std::size_t{16} << 20, '\0'));
        int m_left = 320;
    };
    const UnnamedFile file;
    ManyZeros zeros;
    TextChunks text(zip::Compression::deflate, {"small"});
    const std::array plan{EntryPlan{"allocations.json", 0, 1, &zeros, false},
                          EntryPlan{"elements.db", {}, {}, &text, false}};
    const Manifest manifest = write_zip_archive(file.fd(), zip::Compression::deflate, {}, plan);
    CHECK(manifest.entries[0].size == std::uint64_t{5} << 30);
    if (have_program("python3")) {
        const ProgramResult result = run_program(
            "python3 -c \"import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print([i.file_size for i in "
            "z.infolist()][:2], "
            "z.getinfo('allocations.json').CRC, z.read('elements.db'))\" " +
            file.path());
        CHECK(result.output ==
              "[5368709120, 5] " + std::to_string(manifest.entries[0].crc32) + " b'small'\n");
    } else {
        snapq::tests::skip_test("python3 is not installed");
    }
}

#include "zip/writer.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zip.h>

#include <filesystem>
#include <memory>
#include <random>

#include "support/archive_files.hpp"
#include "support/error.hpp"
#include "support/skip.hpp"

using namespace snapq;
using namespace snapq::archive;
using namespace snapq::archive::tests;

namespace {

std::string lines(std::size_t count, char letter) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += std::string(1, letter) + " line " + std::to_string(i * i) + "\n";
    return text;
}

void write_zip(int fd, snapq::zip::Compression method) {
    TextChunks first(method, {lines(20000, 'a'), lines(3, 'b'), lines(9000, 'c')}, true);
    TextChunks second(method, {"x"}, true);
    snapq::zip::ZipWriter writer(fd);
    writer.add_entry("allocations.json", method, first);
    writer.add_entry("elements.db", method, second);
    writer.finish();
}

class FailingChunks : public snapq::zip::ChunkSource {
public:
    std::optional<snapq::zip::Chunk> next() override { throw InputError("broken pickle", 17); }
};

// Random chunks without an end, so that a writer reaches a limit.
class EndlessChunks : public snapq::zip::ChunkSource {
public:
    std::optional<snapq::zip::Chunk> next() override {
        std::string noise(std::size_t{1} << 20, '\0');
        for (char& c : noise) c = static_cast<char>(m_random());
        if (++m_count > 200) return std::nullopt;
        return m_compressor.compress(noise);
    }

private:
    ChunkCompressor m_compressor{snapq::zip::Compression::store};
    std::mt19937 m_random{3};
    int m_count = 0;
};

}  // namespace

TEST_CASE("libzip reads back what was written, in order") {
    for (const snapq::zip::Compression method :
         {snapq::zip::Compression::store, snapq::zip::Compression::deflate}) {
        const UnnamedFile file;
        write_zip(file.fd(), method);
        int code = 0;
        zip_t* archive = zip_open(file.path().c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
        REQUIRE(archive != nullptr);
        CHECK(zip_get_num_entries(archive, 0) == 2);
        CHECK(std::string(zip_get_name(archive, 0, 0)) == "allocations.json");
        CHECK(std::string(zip_get_name(archive, 1, 0)) == "elements.db");
        const std::string expected = lines(20000, 'a') + lines(3, 'b') + lines(9000, 'c');
        std::string text(expected.size() + 1, '?');
        zip_file_t* entry = zip_fopen_index(archive, 0, 0);
        REQUIRE(entry != nullptr);
        CHECK(zip_fread(entry, text.data(), text.size()) == static_cast<zip_int64_t>(expected.size()));
        text.pop_back();
        CHECK(text == expected);
        CHECK(zip_fclose(entry) == 0);
        zip_discard(archive);
    }
}

TEST_CASE("unzip and Python read a deflated archive") {
    const UnnamedFile file;
    write_zip(file.fd(), snapq::zip::Compression::deflate);
    if (have_program("unzip")) {
        // The name ends in .zip, because unzip requires it.
        const ScratchFolder folder;
        const std::string named = folder / "a.zip";
        std::filesystem::copy_file(file.path(), named);
        const ProgramResult result = run_program("unzip -t " + named);
        INFO(result.output);
        CHECK(result.status == 0);
        CHECK_THAT(result.output, Catch::Contains("No errors detected"));
    } else {
        snapq::tests::skip_test("unzip is not installed");
    }
    if (have_program("python3")) {
        const ProgramResult result = run_program(
            "python3 -c \"import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), "
            "[(i.filename,i.compress_type,i.date_time,i.external_attr>>16) for i in z.infolist()], "
            "len(z.read('allocations.json')))\" " +
            file.path());
        const std::size_t size = (lines(20000, 'a') + lines(3, 'b') + lines(9000, 'c')).size();
        CHECK(result.output ==
              "None [('allocations.json', 8, (1980, 1, 1, 0, 0, 0), 33188), ('elements.db', 8, "
              "(1980, 1, 1, 0, 0, 0), 33188)] " +
                  std::to_string(size) + "\n");
    } else {
        snapq::tests::skip_test("python3 is not installed");
    }
}

TEST_CASE("two runs give the same bytes") {
    for (const snapq::zip::Compression method :
         {snapq::zip::Compression::store, snapq::zip::Compression::deflate, snapq::zip::Compression::zstd}) {
        const UnnamedFile one;
        const UnnamedFile two;
        write_zip(one.fd(), method);
        write_zip(two.fd(), method);
        CHECK(one.content() == two.content());
        CHECK(one.content().size() > 100);
    }
}

TEST_CASE("a zstd entry has method 93 and its frames are stored as they are") {
    const UnnamedFile file;
    write_zip(file.fd(), snapq::zip::Compression::zstd);
    int code = 0;
    zip_t* archive = zip_open(file.path().c_str(), ZIP_RDONLY, &code);
    REQUIRE(archive != nullptr);
    zip_stat_t stat;
    REQUIRE(zip_stat_index(archive, 0, 0, &stat) == 0);
    CHECK(stat.comp_method == 93);
    std::string raw;
    zip_file_t* entry = zip_fopen_index(archive, 0, ZIP_FL_COMPRESSED);
    REQUIRE(entry != nullptr);
    std::string frames(stat.comp_size, '?');
    CHECK(zip_fread(entry, frames.data(), frames.size()) == static_cast<zip_int64_t>(frames.size()));
    raw.resize(stat.size);
    ChunkDecompressor(snapq::zip::Compression::zstd).decompress(frames, stat.crc, raw);
    CHECK(raw == lines(20000, 'a') + lines(3, 'b') + lines(9000, 'c'));
    zip_fclose(entry);
    zip_discard(archive);
}

TEST_CASE("finish reports the error of a failing source") {
    const UnnamedFile file;
    TextChunks good(snapq::zip::Compression::deflate, {"fine"}, true);
    FailingChunks bad;
    snapq::zip::ZipWriter writer(file.fd());
    writer.add_entry("a", snapq::zip::Compression::deflate, good);
    writer.add_entry("b", snapq::zip::Compression::deflate, bad);
    CHECK_THROWS_AS(writer.finish(), InputError);
}

TEST_CASE("a full disk is a system error") {
    const int full = open("/dev/full", O_RDWR | O_CLOEXEC);
    if (full < 0) return snapq::tests::skip_test("there is no /dev/full");
    EndlessChunks chunks;
    snapq::zip::ZipWriter writer(full);
    writer.add_entry("a", snapq::zip::Compression::store, chunks);
    CHECK_THROWS_WITH(writer.finish(), Catch::Contains("No space left"));
    close(full);
}

TEST_CASE("an archive that was never finished leaves the file as it was") {
    const UnnamedFile file;
    {
        TextChunks chunks(snapq::zip::Compression::deflate, {"text"}, true);
        snapq::zip::ZipWriter writer(file.fd());
        writer.add_entry("a", snapq::zip::Compression::deflate, chunks);
    }
    CHECK(file.content().empty());
}

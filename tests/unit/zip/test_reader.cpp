#include "zip/reader.hpp"

#include <fcntl.h>

#include "io/file_descriptor.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/scratch_folder.hpp"
#include "support/zip_bytes.hpp"
#include "zip/writer.hpp"

using namespace snapq;
using namespace snapq::zip;
using namespace snapq::tests;
using Catch::Matchers::Contains;

namespace {

ZipReader opened(const ScratchFolder& folder, const std::string& bytes) {
    write_file(folder / "a.zip", bytes);
    return ZipReader(std::make_shared<io::FileBytes>(folder / "a.zip"));
}

std::string refusal(const std::string& bytes) {
    const ScratchFolder folder;
    try {
        opened(folder, bytes);
    } catch (const InputError& error) {
        CHECK(error.offset().has_value());
        return error.message();
    }
    return "accepted";
}

std::string all_of(ByteSource& source) {
    std::string text;
    std::string buffer(7, '\0');
    while (const std::size_t count = source.read(buffer)) text += buffer.substr(0, count);
    return text;
}

const std::string k_text = "one two three four five one two three four five one two three";

}  // namespace

TEST_CASE("entries are listed in order with their offsets and sizes") {
    const ScratchFolder folder;
    const ZipReader zip = opened(folder, zip_bytes({stored("a.txt", "hello"), deflated("b/c.txt", k_text)}));
    REQUIRE(zip.entries().size() == 2);
    CHECK(zip.entries()[0].name == "a.txt");
    CHECK(zip.entries()[0].data_offset == 30 + 5);
    CHECK(zip.entries()[1].size == k_text.size());
    CHECK(zip.find("b/c.txt") == &zip.entries()[1]);
    CHECK(zip.find("c.txt") == nullptr);
}

TEST_CASE("entries without seek points are unpacked as streams") {
    const ScratchFolder folder;
    const ZipReader zip =
        opened(folder, zip_bytes({stored("s", k_text), deflated("d", k_text), stored("e", "")}));
    for (const char* name : {"s", "d"}) CHECK(all_of(*zip.open(*zip.find(name))) == k_text);
    CHECK(all_of(*zip.open(*zip.find("e"))).empty());
    std::string packed(zip.find("s")->size, '\0');
    zip.compressed(*zip.find("s"))->read_at(0, packed);
    CHECK(packed == k_text);
}

TEST_CASE("a comment, an empty zip and zip64 numbers are understood") {
    const ScratchFolder folder;
    CHECK(opened(folder, zip_bytes({stored("a", "x")}, "a comment with PK\x05\x06 in it")).entries().size() ==
          1);
    CHECK(opened(folder, zip_bytes({})).entries().empty());

    ZipMember big = stored("a", "hello");
    const std::string local = local_header(big) + big.packed;
    big.extra = little_endian(1, 2) + little_endian(24, 2) + little_endian(5, 8) + little_endian(5, 8) +
                little_endian(0, 8);
    big.size = big.compressed_size = big.header_offset = 0xffffffff;
    const std::string directory = directory_record(big);
    const std::string end64 = "PK\x06\x06" + little_endian(44, 8) + little_endian(45, 2) +
                              little_endian(45, 2) + little_endian(0, 8) + little_endian(1, 8) +
                              little_endian(1, 8) + little_endian(directory.size(), 8) +
                              little_endian(local.size(), 8);
    const std::string locator = "PK\x06\x07" + little_endian(0, 4) +
                                little_endian(local.size() + directory.size(), 8) + little_endian(1, 4);
    const std::string end = end_record(0xffff, 0xffffffff, 0xffffffff);
    const ZipReader zip = opened(folder, local + directory + end64 + locator + end);
    REQUIRE(zip.find("a") != nullptr);
    CHECK(all_of(*zip.open(*zip.find("a"))) == "hello");
    CHECK_THAT(refusal(local + directory + end64 + end), Contains("does not end where"));
    CHECK_THAT(refusal(local + directory + end64 + locator + end_record(2, 0xffffffff, 0xffffffff)),
               Contains("contradict each other"));
    const std::string plain_end = end_record(1, directory.size(), local.size());
    CHECK(opened(folder, local + directory + end64 + locator + plain_end).entries().size() == 1);
}

TEST_CASE("the reader reads what the writer writes") {
    class OneChunk final : public snapq::zip::ChunkSource {
    public:
        std::optional<snapq::zip::Chunk> next() override {
            if (m_done) return std::nullopt;
            m_done = true;
            return snapq::zip::Chunk{.bytes = k_text, .raw_size = k_text.size(), .crc32 = crc_of(k_text)};
        }

    private:
        bool m_done = false;
    };
    const ScratchFolder folder;
    {
        const io::Fd file(::open((folder / "a.zip").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        OneChunk first;
        OneChunk second;
        ZipWriter writer(file.get());
        writer.add_entry("one", snapq::zip::Compression::store, first);
        writer.add_entry("two", snapq::zip::Compression::store, second);
        writer.finish();
    }
    const ZipReader zip(std::make_shared<io::FileBytes>(folder / "a.zip"));
    REQUIRE(zip.entries().size() == 2);
    CHECK(all_of(*zip.open(*zip.find("two"))) == k_text);
}

TEST_CASE("two entries with the same name are refused") {
    CHECK_THAT(refusal(zip_bytes({stored("a", "x"), stored("a", "y")})), Contains("a: two entries"));
}

TEST_CASE("names that could leave a folder are refused") {
    for (const char* name : {"/etc/passwd", "../a", "a/../../b", "..", "c:\\x", "a\\..\\b", ""}) {
        INFO(name);
        CHECK_THAT(refusal(zip_bytes({stored(name, "x")})), Contains("is not allowed"));
    }
    CHECK(refusal(zip_bytes({stored("a..b/..c", "x")})) == "accepted");
}

TEST_CASE("hostile names are shown without control characters") {
    CHECK_THAT(refusal(zip_bytes({stored("/\x1b[31m\n", "x")})), Contains("/\\x1b[31m\\x0a"));
    CHECK(printable_name(std::string(1000, 'a')).size() < 90);
}

TEST_CASE("overlapping entries are refused") {
    ZipMember first = stored("a", std::string(100, 'x'));
    ZipMember inner = stored("b", "inner");
    first.packed.replace(20, local_header(inner).size() + 5, local_header(inner) + "inner");
    first.crc32 = crc_of(first.packed);
    std::string file = local_header(first) + first.packed;
    inner.header_offset = local_header(first).size() + 20;
    const std::string directory = directory_record(first) + directory_record(inner);
    CHECK_THAT(refusal(file + directory + end_record(2, directory.size(), file.size())),
               Contains("b: overlaps with a"));
}

TEST_CASE("false sizes and headers are refused") {
    const auto lying = [](auto change) {
        std::vector<ZipMember> members{stored("a", "hello"), stored("b", "world")};
        change(members);
        return refusal(zip_bytes(members));
    };
    CHECK_THAT(lying([](auto& m) { m[1].compressed_size = m[1].size = 1000; }), Contains("reach beyond"));
    CHECK_THAT(lying([](auto& m) { m[0].size = 4; }), Contains("two different sizes"));
    CHECK_THAT(lying([](auto& m) { m[0].local_name = "c"; }), Contains("something else"));
    CHECK_THAT(lying([](auto& m) { m[1].header_offset = 3; }), Contains("something else"));
    CHECK_THAT(lying([](auto& m) { m[1].header_offset = 70; }), Contains("outside the entries"));
    CHECK_THAT(lying([](auto& m) { m[0].flags = 1; }), Contains("encrypted"));

    const std::string good = zip_bytes({stored("a", "hello")});
    CHECK_THAT(refusal(good.substr(0, good.size() - 1)), Contains("no directory"));
    CHECK_THAT(refusal("x" + good), Contains("does not end where"));
    CHECK_THAT(refusal(""), Contains("no directory"));
}

TEST_CASE("an entry read as a stream is refused when it is damaged or its checksum or sizes are wrong") {
    const ScratchFolder folder;
    const auto failure = [&](auto change) -> std::string {
        ZipMember member = deflated("d", k_text);
        change(member);
        const ZipReader zip = opened(folder, zip_bytes({member}));
        try {
            return all_of(*zip.open(zip.entries()[0]));
        } catch (const InputError& error) {
            return error.message();
        }
    };
    CHECK(failure([](auto&) {}) == k_text);
    CHECK_THAT(failure([](auto& m) { m.packed[0] = '\x07'; }), Contains("damaged data"));
    CHECK_THAT(failure([](auto& m) { m.packed.resize(m.compressed_size -= 4); }), Contains("truncated"));
    CHECK_THAT(failure([](auto& m) { m.crc32 ^= 1; }), Contains("checksum"));
    CHECK_THAT(failure([](auto& m) { --m.size; }), Contains("more bytes"));
    CHECK_THAT(failure([](auto& m) { ++m.size; }), Contains("fewer bytes"));
    CHECK_THAT(failure([](auto& m) { m.method = 12; }), Contains("method 12"));
}

TEST_CASE("truncating a zip file or flipping any of its bytes is safe") {
    const ScratchFolder folder;
    const std::string good = zip_bytes({stored("a", "hello"), deflated("b", k_text)});
    const auto survives = [&](const std::string& bytes) {
        try {
            const ZipReader zip = opened(folder, bytes);
            for (const DirectoryEntry& entry : zip.entries()) all_of(*zip.open(entry));
            return true;
        } catch (const InputError&) {
            return false;
        }
    };
    REQUIRE(survives(good));
    for (std::size_t at = 0; at < good.size(); ++at) {
        CHECK_FALSE(survives(good.substr(0, at)));
        std::string flipped = good;
        flipped[at] = static_cast<char>(~flipped[at]);
        survives(flipped);  // an error or a valid result; the sanitizers watch
    }
}

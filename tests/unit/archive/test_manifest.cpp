#include "archive/manifest.hpp"

#include <string>

#include "archive/chunks/chunk_codec.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"

using namespace snapq;
using namespace snapq::archive;

namespace {

Manifest sample() {
    Manifest manifest;
    manifest.snapq_version = "0.1.0";
    manifest.source_name = "rank0 \"a\\b\"\n\x01 \xc3\xa4.pickle";
    manifest.source_bytes = 1234567890123;
    manifest.source_kind = "pickle";
    manifest.labels = {{"commit", "abc"}, {"run", "7"}};
    manifest.rank = 3;
    manifest.preexisting = timeline::Preexisting::freed;
    manifest.timeline_exact = false;
    manifest.devices = {0, 2};
    manifest.viewer_device = 2;
    manifest.entries = {
        {.name = "allocations.json",
         .device = 2,
         .method = zip::Compression::deflate,
         .size = 300,
         .compressed_size = 52,
         .crc32 = 0xffffffff,
         .elements = 9,
         .chunks = {{30, 200, 1}, {20, 100, 2}, {2, 0, 0}}},
        {.name = "elements.db",
         .device = {},
         .method = zip::Compression::zstd,
         .size = 65536,
         .compressed_size = 1000,
         .crc32 = 5,
         .elements = {},
         .chunks = {{1000, 65536, 5}}},
    };
    manifest.anomalies = {{.device = 0, .kind = "unmatched_free", .count = 438, .first_event = 17},
                          {.device = {}, .kind = "invalid_text", .count = 2, .first_event = {}}};
    return manifest;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

}  // namespace

TEST_CASE("a written manifest is parsed to the same manifest") {
    CHECK(parse_manifest(manifest_text(sample())) == sample());
    const Manifest empty;
    CHECK(parse_manifest(manifest_text(empty)) == empty);
}

TEST_CASE("each entry of a manifest begins on a new line") {
    const std::string text = manifest_text(sample());
    CHECK_THAT(text, Catch::Contains(
                         "\n{\"name\":\"allocations.json\",\"device\":2,\"method\":\"deflate\",\"size\":300,"
                         "\"compressed_size\":52,\"crc32\":4294967295,\"elements\":9,"
                         "\"chunks\":[[30,200,1],[20,100,2],[2,0,0]]},\n{\"name\":\"elements.db\""));
    CHECK(text.substr(0, 19) == "{\"format_version\":1");
    CHECK_THAT(text, Catch::Contains(
                         "{\"device\":null,\"kind\":\"invalid_text\",\"count\":2,\"first_event\":null}"));
}

TEST_CASE("entries are found by name") {
    const Manifest manifest = sample();
    REQUIRE(manifest.entry("elements.db") != nullptr);
    CHECK(manifest.entry("elements.db")->size == 65536);
    CHECK(manifest.entry("manifest.json") == nullptr);
}

TEST_CASE("unknown members are ignored") {
    const std::string text =
        replaced(manifest_text(sample()), "\"rank\":", "\"new\":{\"a\":[1,{}]},\"rank\":");
    CHECK(parse_manifest(text) == sample());
    CHECK(parse_manifest(replaced(text, "\"crc32\":5", "\"note\":null,\"crc32\":5")) == sample());
}

TEST_CASE("a missing or invalid member is an input error") {
    const std::string text = manifest_text(sample());
    for (const auto& [what, with] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"\"rank\":3,", ""},
             {"\"rank\":3", "\"rank\":\"3\""},
             {"\"rank\":3", "\"rank\":3.5"},
             {"\"rank\":3", "\"rank\":3,\"rank\":4"},
             {"\"freed\"", "\"some\""},
             {"\"format_version\":1", "\"format_version\":2"},
             {"\"deflate\"", "\"lzma\""},
             {"\"size\":300", "\"size\":-300"},
             {"\"size\":300", "\"size\":301"},
             {"\"compressed_size\":52", "\"compressed_size\":53"},
             {"\"crc32\":5", "\"crc32\":4294967296"},
             {"[2,0,0]", "[2,0]"},
             {"[2,0,0]", "[2,0,0,0]"},
             {"[2,0,0]", "7"},
             {"[[1000,65536,5]]", "[[18446744073709551615,65536,5],[1001,0,5]]"},
             {"[0,2]", "[0,null]"},
             {"\"count\":438,", ""},
             {"}\n", ""},
             {"\"labels\":{", "\"labels\":[{"},
         }) {
        INFO(what << " -> " << with);
        CHECK_THROWS_AS(parse_manifest(replaced(text, what, with)), InputError);
    }
    CHECK_THROWS_AS(parse_manifest(text + "{}"), InputError);
    CHECK_THROWS_AS(parse_manifest(""), InputError);
    CHECK_THROWS_AS(parse_manifest("[]"), InputError);
    CHECK_THROWS_AS(parse_manifest("7"), InputError);
}

TEST_CASE("chunks larger than the format allows are refused") {
    Manifest manifest;
    manifest.entries = {{.name = "elements.db",
                         .device = {},
                         .method = zip::Compression::store,
                         .size = k_max_raw_chunk + 1,
                         .compressed_size = 1,
                         .crc32 = 0,
                         .elements = {},
                         .chunks = {{1, k_max_raw_chunk + 1, 0}}}};
    CHECK_THROWS_AS(parse_manifest(manifest_text(manifest)), InputError);
}

TEST_CASE("a manifest cut anywhere is an input error and one with a flipped byte never crashes") {
    const std::string text = manifest_text(sample());
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        INFO(size);
        CHECK_THROWS_AS(parse_manifest(text.substr(0, size)), InputError);
    }
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char flip : {'\x01', '\x10', '\x40', '\x7f'}) {
            std::string damaged = text;
            damaged[at] = static_cast<char>(damaged[at] ^ flip);
            try {
                (void)parse_manifest(damaged);
            } catch (const InputError&) {
                continue;
            }
        }
    }
}

#include "input/sniff.hpp"

#include <string>

#include "input/container.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::input;
using namespace snapq::input::fixtures;
using namespace std::string_literals;

namespace {

FileKind kind_of(const std::string& head) {
    return sniff(head).kind;
}

}  // namespace

TEST_CASE("Pickles of every protocol are recognised") {
    for (char protocol = 2; protocol <= 5; ++protocol)
        CHECK(kind_of("\x80"s + protocol + "}q") == FileKind::pickle);
    CHECK(kind_of("}q\x00(X\x08"s) == FileKind::pickle);
    CHECK(kind_of("]q\x00."s) == FileKind::pickle);
    CHECK(kind_of("(dp0\nVsegments\np1\n") == FileKind::pickle);
    CHECK(kind_of("(lp0\n.") == FileKind::pickle);
    CHECK(kind_of("ccollections\nOrderedDict\np0\n(tRp1\n") == FileKind::pickle);
}

TEST_CASE("JSON is recognised after blanks and a byte order mark") {
    CHECK(kind_of("{\"segments\": []}") == FileKind::json);
    CHECK(kind_of("[]") == FileKind::json);
    CHECK(kind_of("\n\t [ ]") == FileKind::json);
    CHECK(sniff("\xEF\xBB\xBF{}").kind == FileKind::json);
    CHECK(sniff("\xEF\xBB\xBF{}").skip == 3);
    CHECK(kind_of(std::string(k_sniff_bytes, ' ')) == FileKind::json);
}

TEST_CASE("Containers are recognised") {
    const auto container_of = [](const std::string& head) {
        const Sniffed sniffed = sniff(head);
        REQUIRE(sniffed.kind == FileKind::container);
        return sniffed.container->name;
    };
    CHECK(container_of(gzip("x")) == "gzip");
    CHECK(container_of(zstd("x")) == "zstd");
    CHECK(container_of(zstd_skippable_frame("x")) == "zstd");
    CHECK(container_of(ZipBuilder().finish()) == "torch-zip");
    CHECK(container_of(torch_zip("x")) == "torch-zip");
    CHECK(container_of(html_page("x")) == "html");
    CHECK(container_of("\xEF\xBB\xBF\n <html>") == "html");
}

TEST_CASE("Files that people take for snapshots are named, with what to record") {
    const auto named = [](const std::string& head) {
        const Sniffed sniffed = sniff(head);
        CHECK(sniffed.kind == FileKind::other);
        CHECK(sniffed.hint != "");
        return sniffed.what;
    };
    const std::string printed = "a snapshot printed as text by str(), repr() or pprint";
    CHECK(named("{'segments': [{'device': 0}]}") == printed);
    CHECK(named("{'allocator_settings': {},\n 'device_traces': [[{'action': 'alloc',") == printed);
    CHECK(named("[{'device': 0,\n  'address': 1,\n  'total_size': 2}]") == printed);
    CHECK(named("{'loss': [1, 2]}") == "a Python object printed as text by str(), repr() or pprint");
    CHECK(named("[[-1, 1, 512, 0], [1700000000, 1, 256, 2]]").find("export_memory_timeline") !=
          std::string::npos);
    CHECK(named("[\n  [\n    1700000000, 1700000001], [[0, 1], [2, 3]]]").find("export_memory_timeline") !=
          std::string::npos);
    CHECK(named("|=====|\n|   PyTorch CUDA memory summary, device ID 0   |").find("memory_summary") !=
          std::string::npos);
    CHECK(named("OrderedDict([('active.all.allocated', 1), ('allocated_bytes.all.current', 2)])")
              .find("memory_stats") != std::string::npos);
    CHECK(named("step 7\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB")
              .find("out-of-memory") != std::string::npos);
    CHECK(named("\x60\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}"s) ==
          "a safetensors file");
    CHECK(named("memray\0\x0c"s).find("memory of the CPU") != std::string::npos);
}

TEST_CASE("What may be a snapshot is not refused by its first bytes") {
    for (const char* head : {"{\"rank\": 1, \"'segments':\": 2}", "[[{\"action\": \"alloc\"", "[[]]", "[ [",
                             "{\"note\": \"CUDA out of memory\"", "{\"segments\": [], \"a\": [[1, 2]]}"}) {
        INFO(head);
        CHECK(kind_of(head) == FileKind::json);
    }
}

TEST_CASE("The kinds of other files are named") {
    CHECK(sniff("").what == "an empty file");
    CHECK(sniff("\x89PNG\r\n\x1A\n").what == "a PNG picture");
    CHECK(sniff("\xFF\xD8\xFF\xE0").what == "a JPEG picture");
    CHECK(sniff("SQLite format 3\0 "s).what == "a SQLite database");
    CHECK(sniff("\x7F"
                "ELF\x02")
              .what == "a program or library (ELF)");
    CHECK(sniff(" \n ").what == "a file of nothing but blanks");
    CHECK(sniff("hello, world").what == "text");
    CHECK(sniff("(hello) world").what == "text");
    CHECK(sniff("cannot\nopen\nfile").what == "text");
    CHECK(sniff("\x01\x02\x03").what == "binary data of an unknown kind");
    CHECK(sniff("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.\x80\x02M\xE9\x03.")
              .what.find("torch.save") != std::string::npos);
    CHECK(sniff(std::string(257, 'a') + "ustar\0"s).what.find("tar archive") != std::string::npos);
}

TEST_CASE("Every kind of file may be truncated within its head") {
    for (const std::string& whole :
         {gzip("x"), zstd("x"), torch_zip("x"), html_page("x"), "(dp0\n"s, "ca\nb\np"s}) {
        for (std::size_t size = 0; size < whole.size(); ++size) CHECK_NOTHROW(sniff(whole.substr(0, size)));
    }
}

TEST_CASE("A file is recognised by its content") {
    const ScratchFolder dir;
    CHECK(sniff_file(dir.file("picture.png", pickle_bytes(10000))).kind == FileKind::pickle);
    CHECK_THROWS_AS(sniff_file(dir / "absent"), snapq::InputError);
}

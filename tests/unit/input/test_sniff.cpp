#include "input/sniff.hpp"

#include <string>

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
    CHECK(kind_of(gzip("x")) == FileKind::gzip);
    CHECK(kind_of(zstd("x")) == FileKind::zstd);
    CHECK(kind_of(zstd_skippable_frame("x")) == FileKind::zstd);
    CHECK(kind_of(ZipBuilder().finish()) == FileKind::zip);
    CHECK(kind_of(torch_zip("x")) == FileKind::zip);
    CHECK(kind_of(html_page("x")) == FileKind::html);
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

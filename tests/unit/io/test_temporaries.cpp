#include <stdlib.h>

#include "io/temporaries.hpp"
#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::io;
using namespace snapq::input::fixtures;

TEST_CASE("A temporary file has no name and can be written at any offset") {
    for (const TemporaryStyle style : {TemporaryStyle::automatic, TemporaryStyle::named}) {
        const ScratchFolder dir;
        TempFile file(dir.path(), style);
        CHECK(dir.names().empty());
        file.write_at(3, "def");
        file.write_at(0, "abc");
        CHECK(file.size() == 6);
        std::string bytes(10, '?');
        CHECK(file.read_at(1, bytes) == 5);
        CHECK(bytes == "bcdef?????");
        CHECK(read_file(file.path()) == "abcdef");
        file.resize(2);
        CHECK(file.size() == 2);
        CHECK(file.read_at(2, bytes) == 0);
    }
}

TEST_CASE("A temporary file moves with its owner") {
    const ScratchFolder dir;
    TempFile first(dir.path());
    first.write_at(0, "abc");
    const TempFile second = std::move(first);
    CHECK(second.size() == 3);
}

TEST_CASE("The directory of temporaries is TMPDIR") {
    const char* before = ::getenv("TMPDIR");
    const std::string saved = before == nullptr ? "" : before;
    ::setenv("TMPDIR", "/elsewhere", 1);
    CHECK(temporary_directory() == "/elsewhere");
    ::setenv("TMPDIR", "", 1);
    CHECK(temporary_directory() == "/tmp");
    if (before == nullptr) {
        ::unsetenv("TMPDIR");
    } else {
        ::setenv("TMPDIR", saved.c_str(), 1);
    }
}

TEST_CASE("The error names a directory that cannot hold temporaries") {
    CHECK_THROWS_AS(TempFile("/nonexistent"), snapq::SystemError);
    CHECK_THROWS_AS(TempFile("/nonexistent", TemporaryStyle::named), snapq::SystemError);
    CHECK_THROWS_WITH(TempFile("/nonexistent"),
                      "cannot make a temporary file in /nonexistent: No such file or directory");
}

using namespace snapq;

namespace {

class TextSink final : public ByteSink {
public:
    void write(std::string_view bytes) override { m_text += bytes; }
    [[nodiscard]] const std::string& text() const { return m_text; }

private:
    std::string m_text;
};

std::string copy_of(const io::SpilledText& text) {
    TextSink sink;
    text.copy_to(sink);
    return sink.text();
}

}  // namespace

TEST_CASE("A spilled text is the same whether or not it fits into memory") {
    std::string expected;
    for (int i = 0; i < 30'000; ++i) expected += std::to_string(i) + ",";
    for (const std::size_t most_held : {std::size_t{0}, std::size_t{7}, std::size_t{1000}, expected.size()}) {
        io::SpilledText text(most_held);
        CHECK(copy_of(text).empty());
        for (std::size_t i = 0; i < expected.size(); i += 100) text.write(expected.substr(i, 100));
        CHECK(text.size() == expected.size());
        CHECK(copy_of(text) == expected);
        text.write("end");
        CHECK(copy_of(text) == expected + "end");
    }
}

TEST_CASE("A spilled text that is cleared begins again") {
    io::SpilledText text(10);
    text.write("0123456789abc");
    text.write("def");
    text.clear();
    CHECK(text.size() == 0);
    CHECK(copy_of(text).empty());
    text.write("0123456789xyz");
    CHECK(copy_of(text) == "0123456789xyz");
}

TEST_CASE("A spilled text needs a directory for temporary files only when it is long") {
    const char* before = ::getenv("TMPDIR");
    const std::string saved = before == nullptr ? "" : before;
    ::setenv("TMPDIR", "/does-not-exist", 1);
    io::SpilledText text(10);
    text.write("0123456789");
    CHECK_THROWS_AS(text.write("x"), SystemError);
    if (before == nullptr) {
        ::unsetenv("TMPDIR");
    } else {
        ::setenv("TMPDIR", saved.c_str(), 1);
    }
}

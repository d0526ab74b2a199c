#include "io/spilled_text.hpp"

#include <stdlib.h>

#include "support/catch.hpp"
#include "support/error.hpp"
#include "support/input_fixtures.hpp"

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

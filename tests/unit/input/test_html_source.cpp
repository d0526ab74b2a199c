#include "input/html_source.hpp"

#include "support/catch.hpp"
#include "support/input_fixtures.hpp"

using namespace snapq::input::fixtures;

namespace {

std::string page_with(const std::string& array) {
    return "<html><script>const files = " + array + "\nshow(files)";
}

}  // namespace

TEST_CASE("A page that is truncated before the end of its array is refused") {
    const ScratchFolder dir;
    const std::string page = html_page(pickle_bytes(100));
    const std::size_t end = page.find("}]") + 2;
    for (std::size_t size = 0; size < end; ++size) {
        INFO(size);
        CHECK(failure_of(dir.file("cut.html", page.substr(0, size))) != "");
    }
    CHECK(payload_of(dir.file("cut.html", page.substr(0, end))).starts_with(pickle_bytes(100)));
}

TEST_CASE("Text that is not base64 is refused with its offset") {
    const ScratchFolder dir;
    std::string page = html_page(pickle_bytes(100));
    const std::size_t at = page.find("\"base64\": \"") + 31;
    page[at] = '*';
    const std::string path = dir.file("a.html", page);
    CHECK(failure_of(path) ==
          path + ": byte " + std::to_string(at) + ": html: a character that is not base64");
    CHECK(failure_of(dir.file("a.html", page_with("[{\"base64\": \"gAJdL\"}]"))).find("lacks characters") !=
          std::string::npos);
}

TEST_CASE("Pages in other valid forms are read") {
    const ScratchFolder dir;
    const std::string payload = "\x80\x02]q\x01.???";
    const std::string text = base64(payload);
    CHECK(text.find('/') != std::string::npos);
    const auto read = [&](const std::string& array) {
        return payload_of(dir.file("a.html", page_with(array)));
    };
    CHECK(read("[{\"base64\":\"" + text + "\",\"name\":\"a \\\"quoted\\\" name\"}]") == payload);
    CHECK(read("[ { \"base64\" :\n\"" + text + "\" } ]") == payload);
    std::string escaped = text;
    escaped.replace(escaped.find('/'), 1, "\\/");
    CHECK(read("[{\"base64\": \"" + escaped + "\"}]") == payload);
    // Padding is optional.
    CHECK(read("[{\"base64\": \"" + base64(payload + "a").substr(0, 14) + "\"}]") == payload + "a");
    // The key may also be part of a script.
    CHECK(read("0; f(\"base64\"); g = {\"base64\": x}; files = [{\"base64\": \"" + text + "\"}]") == payload);
}

TEST_CASE("A page with several snapshots is refused") {
    const ScratchFolder dir;
    const std::string one = "{\"name\": \"a\", \"base64\": \"gAJdLg==\"}";
    CHECK(failure_of(dir.file("a.html", page_with("[" + one + ", " + one + "]"))).find("several snapshots") !=
          std::string::npos);
    CHECK(failure_of(dir.file("a.html", page_with("[" + one + "]"))) == "");
}

TEST_CASE("A page without a snapshot is refused") {
    const ScratchFolder dir;
    CHECK(failure_of(dir.file("a.html", "<!DOCTYPE html><p>Hello" + std::string(1'000'000, '.')))
              .find("without an embedded snapshot") != std::string::npos);
    CHECK(failure_of(dir.file("a.html", page_with("[{\"base64\": \"aGVsbG8=\"}]")))
              .find("the data inside html is text") != std::string::npos);
}

TEST_CASE("A key across the end of a buffer is found") {
    const ScratchFolder dir;
    for (std::size_t filler = 262'100; filler < 262'150; ++filler) {
        const std::string page = "<html>" + std::string(filler, '.') + "[{\"base64\": \"gAJdLg==\"}]";
        CHECK(payload_of(dir.file("a.html", page)) == "\x80\x02].");
    }
}
